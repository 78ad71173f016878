//! `/points`: why my number is what it is.

use axum::{Router, extract::State, response::Response, routing::get};
use futures_util::TryFutureExt as _;
use maud::{Markup, html};
use twinbase::prelude::*;

use crate::{
    api::AppState,
    domain::Topic,
    domain::queries::{LEDGER_LENGTH, PointEntry, ledger},
    web::{
        layout::{Page, Place},
        parts::{date, empty, live_panel, number, when},
        viewer::Viewer,
    },
};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/points", get(show))
}

const TOPICS: &[Topic] = &[Topic::Points];

async fn show(State(state): State<AppState>, viewer: Viewer) -> Response {
    let entries = ledger(state.twin(), viewer.id()).map_ok(Answer::from_primary);
    let body = html! {
        (live_panel("ledger", "Where they come from", TOPICS, &viewer.about, entries, |entries| table(&entries, &viewer)).await)
    };
    Page::new("Points", Place::Points, body)
        .live(TOPICS)
        .of(&viewer)
}

fn table(entries: &[PointEntry], viewer: &Viewer) -> Markup {
    html! {
        p.lead { "You have " strong { (number(viewer.user.total_points.into())) } " points. Each completed todo gives one, once." }
        @if entries.is_empty() {
            (empty("No points yet.", Some(("/todos", "Complete a todo"))))
        } @else {
            table.cards {
                thead {
                    tr {
                        th scope="col" { "When" } th scope="col" { "What for" } th scope="col" { "Week of" }
                        th.count scope="col" { "Points" } th.count scope="col" { "Sum" }
                    }
                }
                tbody { @for entry in entries { (row(entry, viewer)) } }
            }
            @if entries.len() == LEDGER_LENGTH { p.quiet { "The newest " (LEDGER_LENGTH) " are shown." } }
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
