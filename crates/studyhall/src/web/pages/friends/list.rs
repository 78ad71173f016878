//! The lists: who asks, who is a friend, whom one has asked, blocked and hidden.

use axum::{extract::State, response::Response};
use futures_util::TryFutureExt as _;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use twinbase::prelude::*;

use crate::{
    api::AppState,
    domain::{
        Topic,
        commands::Act,
        queries::{Friend, Friends, friends},
    },
    web::{
        layout::{Page, Place},
        parts::{Fields, empty, key, live_panel, summary, when},
        viewer::Viewer,
    },
};

const TOPICS: &[Topic] = &[Topic::Friends];

pub(super) async fn show(State(state): State<AppState>, viewer: Viewer) -> Response {
    page(&state, &viewer, &Fields::default()).await
}

/// The page, with the form to ask as it was sent when it was refused.
pub(super) async fn page(state: &AppState, viewer: &Viewer, form: &Fields) -> Response {
    let found = friends(state.twin(), viewer.id()).map_ok(Answer::from_primary);
    let body = html! {
        (summary(form))
        form.add method="post" action="/friends" {
            (key(state.twin()))
            (form.line("username", "Add a friend by name", "If somebody has this name, they see that you ask.", "text", "off"))
            button.primary { "Ask" }
        }
        (live_panel("friends", "You and others", TOPICS, &viewer.about, found, |all| lists(&all, viewer.about.now, &viewer.zone())).await)
    };
    let title = if form.is_refused() {
        "Error: friends"
    } else {
        "Friends"
    };
    Page::new(title, Place::Friends, body)
        .live(TOPICS)
        .of(viewer)
}

fn lists(all: &Friends, now: Timestamp, zone: &TimeZone) -> Markup {
    let list = |title: &str, people: &[Friend], acts: &[(Act, &str)], may_write: bool| {
        html! {
            @if !people.is_empty() {
                h3 { (title) }
                ul.rows { @for friend in people { (row(friend, acts, may_write, now, zone)) } }
            }
        }
    };
    html! {
        (list("They ask you", &all.received, &[(Act::Accept, "Accept"), (Act::Decline, "Decline")], false))
        h3 { "Friends" }
        @if all.friends.is_empty() { (empty("No friends yet. Ask somebody by name above.", None)) }
        ul.rows { @for friend in &all.friends { (row(friend, &[], true, now, zone)) } }
        @if !all.sent.is_empty() {
            h3 { "You asked" }
            ul.rows {
                @for sent in &all.sent {
                    li {
                        div.text { bdi { (sent.username) } p.quiet { "Asked " (when(sent.sent_at, now, zone)) } }
                        div.actions { (button(&sent.username, Act::Withdraw, "Take back")) }
                    }
                }
            }
        }
        (list("Hidden from your boards", &all.hidden, &[(Act::Unhide, "Show again")], false))
        (list("Blocked", &all.blocked, &[(Act::Unblock, "Unblock")], false))
    }
}

fn row(
    friend: &Friend,
    acts: &[(Act, &str)],
    may_write: bool,
    now: Timestamp,
    zone: &TimeZone,
) -> Markup {
    let name = &friend.person.username;
    html! {
        li id={ "person-" (friend.person.id) } {
            div.text {
                @if may_write { a href={ "/u/" (name) } { bdi { (name) } } } @else { bdi { (name) } }
                p.quiet { "Since " (when(friend.since, now, zone)) }
            }
            div.actions {
                @for (act, words) in acts { (button(name, *act, words)) }
                @if may_write {
                    a href={ "/messages/" (name) } { "Message" }
                    a href={ "/friends/" (name) "/remove" } { "Remove" }
                }
                @if !acts.iter().any(|(act, _)| *act == Act::Unblock) {
                    a href={ "/friends/" (name) "/block" } { "Block" }
                }
            }
        }
    }
}

fn button(name: &str, act: Act, words: &str) -> Markup {
    let path = format!("/friends/{name}/{}", act.name());
    html! {
        form method="post" action=(path) hx-post=(path) { button aria-label={ (words) ": " (name) } { (words) } }
    }
}
