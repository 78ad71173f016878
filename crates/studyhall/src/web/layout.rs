//! What every page has around its own: head, navigation, what was just done.

use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::domain::Topic;

use super::{
    assets::STAMP,
    parts::{number, toast, triggers},
    seen,
    viewer::{About, Viewer, Visitor},
};

/// A page of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Home,
    Todos,
    Sessions,
    Messages,
    Reports,
    Board,
    Friends,
    Forms,
    Search,
    Points,
    Account,
    /// None of them.
    Elsewhere,
}

/// Always in sight, and behind "More" on a phone.
const FIRST: [(Place, &str, &str); 4] = [
    (Place::Home, "/", "Home"),
    (Place::Todos, "/todos", "Todos"),
    (Place::Sessions, "/sessions", "Sessions"),
    (Place::Messages, "/messages", "Messages"),
];
const MORE: [(Place, &str, &str); 7] = [
    (Place::Reports, "/reports", "Reports"),
    (Place::Board, "/leaderboard", "Board"),
    (Place::Friends, "/friends", "Friends"),
    (Place::Forms, "/forms", "Forms"),
    (Place::Search, "/search", "Search"),
    (Place::Points, "/points", "Points"),
    (Place::Account, "/account", "Account"),
];

/// What a page is: its title, its place in the navigation, and its own content.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) title: String,
    pub(super) place: Place,
    pub(super) body: Markup,
    /// What the page shows that can change.
    topics: &'static [Topic],
}

impl Page {
    pub(super) fn new(title: impl Into<String>, place: Place, body: Markup) -> Self {
        Self {
            title: title.into(),
            place,
            body,
            topics: &[],
        }
    }

    /// With panels that change with these.
    pub(super) fn live(self, topics: &'static [Topic]) -> Self {
        Self { topics, ..self }
    }

    /// The page for somebody who is signed in.
    pub(super) fn of(self, viewer: &Viewer) -> Response {
        self.answer(Some(viewer), &viewer.about)
    }

    /// The page for anybody.
    pub(super) fn for_visitor(self, visitor: &Visitor) -> Response {
        self.answer(visitor.viewer(), visitor.about())
    }

    fn answer(self, viewer: Option<&Viewer>, about: &About) -> Response {
        if let Some(panel) = &about.panel {
            // One panel: what is around it is there.
            return match viewer {
                Some(viewer) if panel == UNREAD => unread(viewer).into_response(),
                _ => self.body.into_response(),
            };
        }
        let mut response = self.whole(viewer, about).into_response();
        if about.said.is_some() {
            response
                .headers_mut()
                .extend(seen::unsay().map(|cookie| (axum::http::header::SET_COOKIE, cookie)));
        }
        response
    }

    fn whole(&self, viewer: Option<&Viewer>, about: &About) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" data-theme=[about.theme] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                    meta name="color-scheme" content="light dark";
                    // Its own style would be inline, which the policy refuses.
                    meta name="htmx-config" content=r#"{"includeIndicatorCSS":false}"#;
                    title { (self.title) " · Studyhall" }
                    link rel="stylesheet" href={ "/assets/studyhall.css?" (*STAMP) };
                    link rel="icon" type="image/svg+xml" href="/assets/studyhall.svg";
                    script src={ "/assets/htmx.js?" (*STAMP) } defer {}
                    script src={ "/assets/studyhall.js?" (*STAMP) } defer {}
                }
                // The beginning of the paths that script goes to.
                body data-keys[viewer.is_some() && about.has_keys] data-root="/" {
                    a.skip href="#main" { "Skip to the content" }
                    // Here the names of what has changed arrive, as events.
                    @if let Some(position) = &about.position {
                        div #live data-stream={ "/live?on=" (self.names()) } data-from=(position) {}
                    }
                    @match viewer {
                        Some(viewer) => (navigation(self.place, viewer)),
                        None => (entrance()),
                    }
                    @if viewer.is_some() && about.has_keys {
                        div #keys popover aria-label="Keys" hx-get="/keys?panel=key-list" hx-trigger="toggle once" hx-target="this" {}
                    }
                    // A form or link with `hx-post` or `hx-get` replaces this and nothing else.
                    main #main tabindex="-1" hx-target:inherited="#main" hx-select:inherited="#main" hx-swap:inherited="outerMorph" {
                        (toast(about))
                        h1 dir="auto" { (self.title) }
                        (self.body)
                    }
                }
            }
        }
    }
}

impl Page {
    /// The topics of the page, and those of its navigation.
    fn names(&self) -> String {
        let mut names: Vec<_> = self.topics.iter().map(|topic| topic.name()).collect();
        for topic in OF_NAVIGATION {
            if !self.topics.contains(&topic) {
                names.push(topic.name());
            }
        }
        names.join(",")
    }
}

/// What changes the number of unread messages.
const OF_NAVIGATION: [Topic; 2] = [Topic::Message, Topic::Thread];
const UNREAD: &str = "unread";

/// How many messages are not read.
fn unread(viewer: &Viewer) -> Markup {
    let count = viewer.unread;
    let again = viewer
        .about
        .is_live()
        .then(|| format!("/messages?panel={UNREAD}"));
    html! {
        span #unread hx-get=[&again] hx-trigger=[again.is_some().then(|| triggers(&OF_NAVIGATION))] hx-target="this" hx-swap="outerHTML" {
            // On a phone the number alone is seen.
            @if count > 0 { " " span.badge { (number(count)) span { " unread" } } }
        }
    }
}

fn navigation(here: Place, viewer: &Viewer) -> Markup {
    let item = |(place, path, name): (Place, &str, &str)| {
        html! {
            li {
                a href=(path) aria-current=[(place == here).then_some("page")] {
                    (name) @if place == Place::Messages { (unread(viewer)) }
                }
            }
        }
    };
    html! {
        nav.main aria-label="Main" {
            a.brand href="/" { "Studyhall" }
            ul { @for place in FIRST { (item(place)) } }
            button type="button" popovertarget="more" { "More" }
            div #more popover {
                ul { @for place in MORE { (item(place)) } }
                form method="post" action="/logout" { button.plain { "Sign out " bdi { (viewer.user.username) } } }
            }
        }
    }
}

fn entrance() -> Markup {
    html! {
        nav.main.entrance aria-label="Main" {
            a.brand href="/" { "Studyhall" }
            ul {
                li { a href="/leaderboard" { "Board" } }
                li { a href="/login" { "Sign in" } }
                li { a href="/signup" { "Sign up" } }
            }
        }
    }
}
