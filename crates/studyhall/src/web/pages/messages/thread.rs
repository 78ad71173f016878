//! One thread.

use std::future::ready;

use axum::{extract::State, http::Uri, response::Response};
use jiff::civil::Date;
use maud::{Markup, html};
use twinbase::prelude::*;
use twinbase_web::Problem;

use crate::{
    api::{AppState, PathName},
    domain::{
        Message, Topic, TypedName,
        queries::{History, Part, history},
    },
    web::{
        layout::{Page, Place},
        parts::{Fields, date, empty, hidden, key, panel_at, refusal, summary},
        viewer::{Viewer, params},
    },
};

const PAGE: u32 = 50;
/// So many messages an open page may grow to before the newer ones are behind a link.
const GROWN: u32 = 200;
const TOPICS: &[Topic] = &[Topic::Message, Topic::Thread, Topic::Friends];

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    PathName(name): PathName,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut params = params(&uri)?;
    let position = |text: &str| {
        text.parse()
            .map_err(|_| "must be the position of a message")
    };
    let before = params.take("before", position)?;
    let after = params.take("after", position)?;
    params.finish()?;
    let part = match (before, after) {
        (Some(at), _) => Part::Before(at),
        (None, Some(at)) => Part::After(at),
        (None, None) => Part::Newest,
    };
    page(&state, &viewer, &name, part, &Unsent::default()).await
}

/// What was written and is not sent.
#[derive(Default)]
pub(super) struct Unsent {
    pub(super) fields: Fields,
    /// Why, where it is no field's fault.
    pub(super) why: Option<String>,
}

impl Unsent {
    fn is_any(&self) -> bool {
        self.why.is_some() || self.fields.is_refused()
    }

    fn reason(&self) -> Markup {
        let why = self.why.as_ref().map(|why| format!("Not sent. {why}"));
        refusal(why.as_deref())
    }

    /// The reason, and the text for whoever has no box to write in.
    pub(super) fn to_copy(&self) -> Markup {
        html! {
            (self.reason())
            @if self.is_any() { blockquote { p.words dir="auto" { (self.fields.value("text")) } } }
        }
    }
}

/// The page, with the form to write as it was sent when it was refused.
pub(super) async fn page(
    state: &AppState,
    viewer: &Viewer,
    name: &TypedName,
    part: Part,
    unsent: &Unsent,
) -> Result<Response, Problem> {
    let (twin, about) = (state.twin(), &viewer.about);
    // An open page reads itself again from its first message on, so that none of those above moves.
    let is_grown = about.panel.is_some() && matches!(part, Part::After(_));
    let limit = if is_grown { GROWN } else { PAGE };
    let found = history(twin, viewer.id(), name, part, limit, &viewer.freshness()).await?;
    let with = found.value.with.username.clone();
    let are_friends = found.value.are_friends;
    let again = about.panel_path(PANEL).and_then(|here| match part {
        Part::Newest => {
            let first = found.value.items.first();
            Some(first.map_or(here, |first| grown(&with, first.position - 1)))
        }
        Part::After(at) if is_grown => Some(grown(&with, at)),
        Part::After(_) | Part::Before(_) => None,
    });
    let again = again.map(|path| (path, TOPICS));
    // The page is about whom it is with, so it has waited for the history.
    let read = ready(Ok::<_, ReadError>(found));
    let body = html! {
        div.thread {
            (panel_at(PANEL, "Messages", again, about, read, |found| messages(&found, viewer)).await)
            @if are_friends { (write(state, &with, unsent)) } @else { (unsent.to_copy()) (not_friends(state, &with)) }
            p.buttons { a href="/messages" { "All threads" } a href={ "/u/" (with) } { "Profile of " bdi { (with) } } }
        }
    };
    let title = if unsent.is_any() {
        format!("Error: {with}")
    } else {
        with
    };
    let page = Page::new(title, Place::Messages, body).live(TOPICS);
    Ok(page.of(viewer))
}

const PANEL: &str = "thread";

/// Where an open page finds its messages and those that have come since.
fn grown(with: &str, after: i32) -> String {
    format!("/messages/{with}?after={after}&panel={PANEL}")
}

/// The newest message to the reader, when it is not read.
fn unread(found: &History, viewer: &Viewer) -> Option<i32> {
    let messages = found.items.iter().rev();
    let mut to_me = messages.filter(|message| message.recipient_id == *viewer.id());
    let position = to_me.next()?.position;
    (position > found.read_to).then_some(position)
}

fn messages(found: &History, viewer: &Viewer) -> Markup {
    let zone = viewer.zone();
    let path = format!("/messages/{}", found.with.username);
    let mut day: Option<Date> = None;
    html! {
        @if found.items.is_empty() { (empty("Nothing is written here yet.", None)) }
        @if let Some(before) = found.before.filter(|before| *before > 1) { p.pager { a href={ (path) "?before=" (before) } { "Older" } } }
        ol.messages aria-live="polite" {
            @for message in &found.items {
                @let at = message.created_at.to_zoned(zone.clone());
                @if day.replace(at.date()) != Some(at.date()) {
                    li.day { time datetime=(at.date()) { (date(at.date())) } }
                }
                (entry(message, &path, &at.strftime("%H:%M").to_string(), viewer))
            }
        }
        @if let Some(after) = found.after { p.pager { a href={ (path) "?after=" (after) } { "Newer" } } }
        @if let Some(position) = unread(found, viewer) { (mark(&found.with.username, position)) }
    }
}

fn entry(message: &Message, path: &str, at: &str, viewer: &Viewer) -> Markup {
    let is_own = message.sender_id == *viewer.id();
    html! {
        li.mine[is_own] id={ "message-" (message.position) } {
            p.words dir="auto" { (message.text) }
            p.quiet {
                @if is_own { "You, " }
                time datetime=(message.created_at) { (at) }
                @if is_own { " " a href={ (path) "/delete/" (message.id) } { "Delete" } }
            }
        }
    }
}

/// Says up to where was read: by itself with script, by a button without. Each message makes another form, which is sent
/// once.
fn mark(with: &str, position: i32) -> Markup {
    let path = format!("/messages/{with}/read");
    html! {
        form id={ "unread-" (position) } method="post" action=(path) hx-post=(path) hx-trigger="load" hx-target="this" hx-swap="delete" {
            (hidden("position", &position.to_string()))
            button { "Mark as read" }
        }
    }
}

fn write(state: &AppState, with: &str, unsent: &Unsent) -> Markup {
    let (path, form) = (format!("/messages/{with}"), &unsent.fields);
    html! {
        (unsent.reason())
        (summary(form))
        form.stack method="post" action=(path) hx-post=(path) {
            (key(state.twin()))
            (form.lines("text", "Write a message", "Ctrl and Enter sends it.", 3))
            p.buttons { button.primary { "Send" } }
        }
    }
}

fn not_friends(state: &AppState, with: &str) -> Markup {
    html! {
        div.stack {
            p { "You can write to friends only. What was written stays readable." }
            form.buttons method="post" action="/friends" {
                (key(state.twin()))
                (hidden("username", with))
                button { "Ask to be friends" }
            }
        }
    }
}
