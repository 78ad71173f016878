//! `/points`: why my number is what it is.

use axum::{Router, extract::State, http::Uri, response::Response, routing::get};
use futures_util::TryFutureExt as _;
use maud::{Markup, html};
use twinbase::prelude::*;
use twinbase_web::{Page as Items, Problem, cursor};

use crate::{
    api::AppState,
    domain::Topic,
    domain::queries::{LEDGER_LENGTH, PointEntry, ledger},
    web::{
        layout::{Page, Place},
        parts::{date, empty, live_panel, number, when},
        viewer::{Viewer, params},
    },
};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/points", get(show))
}

const TOPICS: &[Topic] = &[Topic::Points];

async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut params = params(&uri)?;
    let after = params.take("cursor", cursor::read::<AggregateId>)?;
    params.finish()?;
    let entries = ledger(state.twin(), viewer.id(), after.as_ref(), LEDGER_LENGTH);
    let entries = entries.map_ok(Answer::from_primary);
    let body = html! {
        (live_panel("ledger", "Where they come from", TOPICS, &viewer.about, entries, |entries| table(&entries, &viewer)).await)
    };
    Ok(Page::new("Points", Place::Points, body)
        .live(TOPICS)
        .of(&viewer))
}

fn table(entries: &Items<PointEntry>, viewer: &Viewer) -> Markup {
    html! {
        p.lead { "You have " strong { (number(viewer.user.total_points.into())) } @if viewer.user.total_points == 1 { " point" } @else { " points" } ". Each completed todo gives one, once." }
        @if entries.items.is_empty() {
            (empty("No points yet.", Some(("/todos", "Complete a todo"))))
        } @else {
            table.cards {
                thead {
                    tr {
                        th scope="col" { "When" } th scope="col" { "What for" } th scope="col" { "Week of" }
                        th.count scope="col" { "Points" } th.count scope="col" { "Sum" }
                    }
                }
                tbody { @for entry in &entries.items { (row(entry, viewer)) } }
            }
            @if let Some(cursor) = &entries.next_cursor { p.pager { a href={ "/points?cursor=" (cursor) } { "Older" } } }
        }
    }
}

fn row(entry: &PointEntry, viewer: &Viewer) -> Markup {
    html! {
        tr {
            td data-label="When" { (when(entry.at, viewer.about.now, &viewer.zone())) }
            td data-label="What for" {
                @match (&entry.todo_id, &entry.title) {
                    (Some(id), Some(title)) => a href={ "/todos/" (id) "/edit" } { bdi { (title) } },
                    (Some(_), None) => "A todo that is deleted",
                    (None, _) => "From before points had a list",
                }
            }
            td data-label="Week of" { (date(entry.week)) }
            td.count data-label="Points" {
                @if entry.amount > 0 { "+" (number(entry.amount.into())) } @else { (number(entry.amount.into())) " taken back" }
            }
            td.count data-label="Sum" { (number(entry.sum)) }
        }
    }
}
