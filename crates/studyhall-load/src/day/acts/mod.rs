//! What is done at one time by one of the people: a request, and after a write the reads that must show it.

mod bonds;
mod study;

use std::sync::Arc;

use rand::{Rng, SeedableRng as _, rngs::StdRng};
use reqwest::Method;
use serde_json::Value;
use tokio::time::Instant;

use super::{
    kind::Kind,
    players::{Community, Player, lock},
    record::Record,
};
use crate::{Person, Reply, WriteToken, pages};

/// Pages are read as browsers ask for them.
const ENCODINGS: &str = "gzip, deflate, br";

/// Something that is to be done.
pub(super) struct Act {
    community: Arc<Community>,
    record: Arc<Record>,
    kind: Kind,
    /// Who does it, by their place.
    who: usize,
    /// When it is due.
    at: Instant,
    rng: StdRng,
}

impl Act {
    /// Draws what is done at this time, and by whom.
    pub(super) fn draw(
        community: &Arc<Community>,
        record: &Arc<Record>,
        at: Instant,
        rng: &mut StdRng,
    ) -> Self {
        Self {
            community: Arc::clone(community),
            record: Arc::clone(record),
            kind: Kind::draw(rng),
            who: rng.random_range(0..community.players.len()),
            at,
            rng: StdRng::from_rng(rng),
        }
    }

    /// Does it.
    pub(super) async fn run(mut self) {
        match self.kind {
            Kind::OpenHome => self.open("/").await,
            Kind::OpenTodos => self.open("/todos").await,
            Kind::OpenPoints => self.open("/points").await,
            Kind::OpenSessions => self.open("/sessions").await,
            Kind::OpenReports => self.open("/reports?view=week").await,
            Kind::OpenBoard => {
                let which = self.rng.random_range(0..pages::BOARDS.len());
                self.open(pages::BOARDS[which]).await;
            }
            Kind::OpenMessages => self.open("/messages").await,
            Kind::OpenThread => self.open_of_friend("/messages").await,
            Kind::OpenFriends => self.open("/friends").await,
            Kind::OpenForms => self.open("/forms").await,
            Kind::OpenProfile => self.open_of_friend("/u").await,
            Kind::Search => self.open("/search?q=chapter").await,
            Kind::ReadStatistics => self.read_statistics().await,
            Kind::AddTodo => self.add_todo().await,
            Kind::AddTodoByForm => self.add_todo_by_form().await,
            Kind::Complete => self.complete().await,
            Kind::Undo => self.undo().await,
            Kind::DeleteTodo => self.delete_todo().await,
            Kind::UseTimer => self.use_timer().await,
            Kind::Report => self.report().await,
            Kind::Write => self.write_message().await,
            Kind::Befriend => self.befriend().await,
            Kind::MakeForm => self.make_form().await,
            Kind::Respond => self.respond().await,
            Kind::SignUp => self.sign_up().await,
            // No act of its own: it follows each write.
            Kind::SeeOwnWrite => {}
        }
    }

    fn player(&self) -> &Player {
        &self.community.players[self.who]
    }

    fn me(&self) -> &Person {
        &self.player().person
    }

    /// One of the player's friends; there is always one.
    fn friend(&mut self) -> usize {
        let friends = lock(&self.community.players[self.who].friends).clone();
        friends[self.rng.random_range(0..friends.len())]
    }

    /// Words that nobody else writes.
    fn words(&mut self, about: &str) -> String {
        format!("{about} w{:010x}", self.rng.random_range(0..1_u64 << 40))
    }

    async fn open(&self, path: &str) {
        let reply = self.me().open(path, ENCODINGS).await;
        self.judge(path, self.at, reply);
    }

    async fn open_of_friend(&mut self, below: &str) {
        let friend = self.friend();
        let path = format!("{below}/{}", self.community.players[friend].person.name);
        self.open(&path).await;
    }

    async fn read_statistics(&self) {
        let path = "/statistics";
        let reply = self.me().call(Method::GET, path, None, None).await;
        self.judge(path, self.at, reply);
    }

    /// Writes, as this act; `None` where that failed, which is noted.
    async fn write(&self, (method, path): (Method, &str), body: Option<&Value>) -> Option<Reply> {
        let reply = self.me().call(method, path, body, None).await;
        self.judge(path, self.at, reply)
    }

    /// Notes how a request that was due at a time was answered; returns the answer of a success.
    fn judge(&self, path: &str, due: Instant, reply: anyhow::Result<Reply>) -> Option<Reply> {
        let why = match reply {
            Ok(reply) if reply.status.is_success() || reply.status.is_redirection() => {
                self.record.done(self.kind, due);
                return Some(reply);
            }
            Ok(reply) => format!("{}: {}", reply.status, reply.text()),
            Err(error) => format!("{error:#}"),
        };
        self.record.failed(self.kind, &format!("{path}: {why}"));
        None
    }

    /// Reads with a write's token: what is read must show what was written. What nobody answers is an error; any other
    /// answer is a lie.
    async fn see(
        &self,
        by: &Person,
        token: Option<&WriteToken>,
        path: &str,
        shows: impl Fn(&Reply) -> bool,
    ) {
        let due = Instant::now();
        self.compare(
            path,
            due,
            by.call(Method::GET, path, None, token).await,
            shows,
        );
    }

    /// The same of a page, which reads with the cookie of the form that was sent. Panels that are not there yet are waited for.
    async fn see_page(&self, path: &str, shows: impl Fn(&Reply) -> bool) {
        let due = Instant::now();
        let mut reply = self.me().open(path, "identity").await;
        if reply.as_ref().is_ok_and(is_loading) {
            let joint = if path.contains('?') { '&' } else { '?' };
            let whole = format!("{path}{joint}whole=yes");
            reply = self.me().open(&whole, "identity").await;
        }
        self.compare(path, due, reply, shows);
    }

    fn compare(
        &self,
        path: &str,
        due: Instant,
        reply: anyhow::Result<Reply>,
        shows: impl Fn(&Reply) -> bool,
    ) {
        let why = match reply {
            Ok(reply) if shows(&reply) => return self.record.done(Kind::SeeOwnWrite, due),
            Ok(reply) if !reply.status.is_server_error() => {
                let source = reply.headers.get("x-read-source");
                let what = self.kind.name();
                let status = reply.status;
                let said = format!("{what}: {path} does not show it: {status}, {source:?}");
                return self.record.broken(said);
            }
            Ok(reply) => format!("{}: {}", reply.status, reply.text()),
            Err(error) => format!("{error:#}"),
        };
        self.record
            .failed(Kind::SeeOwnWrite, &format!("{path}: {why}"));
    }
}

/// Whether a page has a panel that its reader is still to ask for.
fn is_loading(page: &Reply) -> bool {
    page.text().contains("aria-busy=\"true\"")
}

/// Whether a list has an item with this id.
fn has(reply: &Reply, id: &str) -> bool {
    let list = reply.json();
    let items = list["items"].as_array();
    items.is_some_and(|items| items.iter().any(|item| item["id"] == id))
}

/// The id of what was made.
fn id(reply: &Reply) -> String {
    reply.json()["id"].as_str().unwrap_or_default().to_owned()
}
