//! A Studyhall, and people at browsers.

use std::ops::Deref;

use twinbase_testkit::{
    browser::{Browser, Tab},
    faults::Faults,
};

use crate::support::{Combination, Member, PASSWORD, Studyhall};

/// Whether people's browsers run scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    On,
    Off,
}

/// A Studyhall with people at browsers of their own.
pub(crate) struct Hall {
    pub(crate) app: Studyhall,
    browser: &'static Browser,
    scripts: Scripts,
}

impl Hall {
    /// On embedded databases; `None` where there is no browser, which is recorded.
    pub(crate) async fn open(scripts: Scripts) -> Option<Self> {
        let browser = Browser::from_env()?;
        let app = Studyhall::start(Combination::SqliteEmbedded).await;
        Some(Self {
            app,
            browser,
            scripts,
        })
    }

    /// Another Studyhall, whose replica fails on purpose, and whose pages wait for none of their panels.
    pub(crate) async fn hurried(self) -> (Self, Faults) {
        let (app, faults) = Studyhall::hurried(Combination::SqliteEmbedded).await;
        (Self { app, ..self }, faults)
    }

    pub(crate) const fn scripts(&self) -> Scripts {
        self.scripts
    }

    /// Somebody whom nobody knows here.
    pub(crate) async fn person(&self) -> Person {
        let tab = self.browser.tab().await;
        if self.scripts == Scripts::Off {
            tab.without_scripts().await;
        }
        let base = format!("http://{}", self.app.host());
        Person { base, tab }
    }

    /// What others wrote comes by itself, or with the page without scripts.
    pub(crate) async fn arrives(&self, at: &Person) {
        if self.scripts == Scripts::Off {
            at.reload().await;
        }
    }

    /// A member who is signed in, where that is not the matter.
    pub(crate) async fn member(&self, name: &str) -> Person {
        let member = self.app.member(name).await;
        self.person_of(&member).await
    }

    /// The same for one who is there.
    pub(crate) async fn person_of(&self, member: &Member) -> Person {
        let person = self.person().await;
        self.sign_in(&person, member).await;
        person
    }

    /// Signs somebody in at a browser that is there.
    pub(crate) async fn sign_in(&self, person: &Person, member: &Member) {
        let cookie = ("studyhall_session", &*member.token);
        person.tab.set_cookie(&person.base, cookie).await;
    }
}

/// Somebody at a browser, who wants no trouble.
pub(crate) struct Person {
    base: String,
    tab: Tab,
}

impl Deref for Person {
    type Target = Tab;

    fn deref(&self) -> &Tab {
        &self.tab
    }
}

impl Person {
    pub(crate) async fn visit(&self, path: &str) {
        self.tab.goto(&format!("{}{path}", self.base)).await;
    }

    /// Signs up from the front page on.
    pub(crate) async fn sign_up(&self, name: &str) {
        self.visit("/").await;
        self.follow("main a", "Sign up").await;
        self.fill("#username", name).await;
        self.fill("#email", &format!("{name}@example.com")).await;
        self.fill("#password", PASSWORD).await;
        self.follow("main button", "Sign up").await;
        self.until_text(".toast", "Welcome.").await;
    }

    /// A second tab of the same person.
    pub(crate) async fn beside(&self) -> Self {
        let (base, tab) = (self.base.clone(), self.tab.beside().await);
        Self { base, tab }
    }

    /// Visits what is not there for this person.
    pub(crate) async fn misses(&self, path: &str) {
        self.visit(path).await;
        self.until_text("main", "We cannot find this.").await;
        let refused = format!("answer 404: {}{path}", self.base);
        assert_eq!(self.troubles(), [refused]);
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.troubles(), [""; 0]);
        }
    }
}
