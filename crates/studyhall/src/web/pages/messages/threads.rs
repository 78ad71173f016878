//! The list of threads.

use axum::{extract::State, http::Uri, response::Response};
use futures_util::TryFutureExt as _;
use maud::{Markup, html};
use twinbase::prelude::*;
use twinbase_web::{Page as Items, Problem, cursor};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::{
    api::AppState,
    domain::{
        Topic,
        queries::{ThreadEntry, threads},
    },
    web::{
        layout::{Page, Place},
        parts::{empty, live_panel, number, when},
        viewer::{Viewer, params},
    },
};

const PAGE: u32 = 30;
const TOPICS: &[Topic] = &[Topic::Message, Topic::Thread];
/// So much of the last message is shown: a line or two on a phone.
const GLIMPSE: usize = 100;

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut params = params(&uri)?;
    let after = params.take("cursor", cursor::read)?;
    params.finish()?;
    let found = threads(state.twin(), viewer.id(), after, PAGE).map_ok(Answer::from_primary);
    let body = html! {
        (live_panel("threads", "Threads", TOPICS, &viewer.about, found, |found| list(&found, &viewer)).await)
    };
    Ok(Page::new("Messages", Place::Messages, body)
        .live(TOPICS)
        .of(&viewer))
}

fn list(found: &Items<ThreadEntry>, viewer: &Viewer) -> Markup {
    html! {
        @if found.items.is_empty() { (empty("No messages yet. Write to a friend.", Some(("/friends", "Friends")))) }
        ul.rows { @for thread in &found.items { (row(thread, viewer)) } }
        @if let Some(cursor) = &found.next_cursor {
            p.pager { a href={ "/messages?cursor=" (cursor) } { "Older" } }
        }
    }
}

fn row(thread: &ThreadEntry, viewer: &Viewer) -> Markup {
    let (name, last) = (&thread.with.username, &thread.last);
    html! {
        li id={ "thread-" (thread.with.id) } {
            div.text {
                a href={ "/messages/" (name) } { bdi { (name) } }
                @if thread.unread > 0 { " " span.badge { (number(thread.unread)) " unread" } }
                p.quiet { @if last.sender_id == *viewer.id() { "You: " } bdi { (glimpse(&last.text)) } }
            }
            span.quiet { (when(last.created_at, viewer.about.now, &viewer.zone())) }
        }
    }
}

fn glimpse(text: &str) -> String {
    match text.grapheme_indices(true).nth(GLIMPSE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{GLIMPSE, glimpse};

    #[test]
    fn a_glimpse_ends_between_characters_as_readers_see_them() {
        let flags = "🇳🇵".repeat(GLIMPSE);
        assert_eq!(glimpse(&flags), flags);
        assert_eq!(glimpse(&format!("{flags}🇰🇮")), format!("{flags}…"));
        assert_eq!(glimpse(""), "");
    }
}
