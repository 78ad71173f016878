//! `/points`: why my number is what it is.

use axum::{Router, extract::State, http::Uri, response::Response, routing::get};
use futures_util::{TryFutureExt as _, future::try_join};
use maud::{Markup, html};
use twinbase::prelude::*;
use twinbase_web::{Page as Items, Problem, cursor};

use crate::{
    api::AppState,
    domain::Topic,
    domain::queries::{LEDGER_LENGTH, PointEntry, ledger, points_of},
    web::{
        layout::{Page, Place},
        parts::{counted, date, empty, live_panel, number, when},
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
    let (twin, me) = (state.twin(), viewer.id());
    let entries = ledger(twin, me, after.as_ref(), LEDGER_LENGTH);
    let found = try_join(points_of(twin, me), entries).map_ok(Answer::from_primary);
    let body = html! {
        (live_panel("ledger", "Where they come from", TOPICS, &viewer.about, found, |(points, entries)| table(points, &entries, &viewer)).await)
    };
    Ok(Page::new("Points", Place::Points, body)
        .live(TOPICS)
        .of(&viewer))
}

fn table((points, unlisted): (i64, i64), entries: &Items<PointEntry>, viewer: &Viewer) -> Markup {
    html! {
        p.lead { "You have " strong { (number(points)) } @if points == 1 { " point" } @else { " points" } ". Each completed todo gives one, once." }
        @match unlisted {
            0 => {}
            1.. => p { (counted(unlisted, "point", "points")) " of them came from another program, which listed none: the sum below is less by as much." }
            _ => p { "Another program took " (counted(-unlisted, "point", "points")) " away, and listed none: the sum below is more by as much." }
        }
        @if entries.items.is_empty() && unlisted == 0 {
            (empty("No points yet.", Some(("/todos", "Complete a todo"))))
        } @else if !entries.items.is_empty() {
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
