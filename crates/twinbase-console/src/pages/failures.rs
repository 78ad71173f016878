//! What fails, by its cause; and lists of events.

use axum::{extract::State, response::Response};
use maud::{Markup, html};
use twinbase::{core::primary::EventRecord, prelude::*};
use twinbase_web::{Params, Problem, fields::hidden};

use super::{
    Console,
    frame::page,
    parts::{moment, number, perhaps, query, status},
};
use crate::{
    Operator,
    failure::not_done,
    query::{filter, status as read_status},
    read_cursor, write_cursor,
};

/// How many causes are shown.
const MOST_GROUPS: u32 = 50;

/// How many events a page has.
const PAGE: u32 = 50;

pub(super) async fn groups(
    State(console): State<Console>,
    operator: Operator,
) -> Result<Response, Problem> {
    let groups = console.twin.outbox().groups(MOST_GROUPS).await;
    let groups = groups.map_err(not_done)?;
    let body = html! {
        @if groups.is_empty() {
            p.lead { "Nothing fails." }
            p { "A change that the replica refuses shows here with its cause." }
        }
        @for group in &groups {
            @let key = Some(group.error_key.as_str());
            section {
                h2 { (number(group.failed)) " failed, " (number(group.retrying)) " tried again" }
                p.error { (group.sample_error) }
                dl {
                    dt { "Cause" } dd { code { (group.error_key) } }
                    dt { "Oldest" } dd { (moment(group.oldest)) }
                    dt { "Failed last" } dd { (perhaps(group.last_failed_at)) }
                    dt { "One of them" } dd { a href=(console.path(&format!("/events/{}", group.sample_id))) { (group.sample_id) } }
                }
                p.buttons {
                    a href=(console.path(&format!("/events{}", query(&[("errorKey", key)])))) { "See all" }
                    a.button href=(confirm(&console, "retry", key)) { "Try again…" }
                    a.button href=(confirm(&console, "discard", key)) { "Give up…" }
                }
            }
        }
        p { a href=(console.path("/events")) { "All that is not done" } " · " a href=(console.path("/events?status=discarded")) { "What was given up" } }
    };
    Ok(page(&console, &operator, ("Failures", "/failures"), &body))
}

fn confirm(console: &Console, verb: &str, error_key: Option<&str>) -> String {
    let query = query(&[("verb", Some(verb)), ("errorKey", error_key)]);
    console.path(&format!("/confirm{query}"))
}

pub(super) async fn list(
    State(console): State<Console>,
    operator: Operator,
    mut params: Params,
) -> Result<Response, Problem> {
    let chosen = params.take("status", chosen)?.flatten();
    let filter = EventFilter {
        status: chosen,
        ..filter(&mut params)?
    };
    let after = params.take("cursor", read_cursor)?;
    params.finish()?;
    let outbox = console.twin.outbox();
    let found = outbox.list(&filter, after.as_ref(), PAGE).await;
    let found = found.map_err(not_done)?;
    let older = found.next.as_ref().map(|next| {
        let next = write_cursor(next);
        let status = filter.status.map(EventStatus::name);
        let more = [("status", status), ("cursor", Some(&*next))];
        let mut pairs: Vec<(&str, Option<&str>)> = more.to_vec();
        let others = others(&filter);
        pairs.extend(others.iter().map(|(name, value)| (*name, value.as_deref())));
        let query = query(&pairs);
        console.path(&format!("/events{query}"))
    });
    let body = html! {
        (choose(&console, &filter))
        @if found.items.is_empty() { p { "There is no such event." } } @else { (events(&console, &found.items)) }
        @if let Some(older) = older { p { a href=(older) rel="next" { "Older" } } }
    };
    Ok(page(&console, &operator, ("Events", "/failures"), &body))
}

/// What the filter says beside the status, by the names of the query: a page has no fields for it, and keeps it.
fn others(filter: &EventFilter) -> [(&'static str, Option<String>); 5] {
    [
        ("errorKey", filter.error_key.clone()),
        ("aggregateType", filter.aggregate_type.clone()),
        ("aggregateId", filter.aggregate_id.clone()),
        ("eventType", filter.event_type.clone()),
        ("asOf", filter.as_of.map(|at| at.to_string())),
    ]
}

/// A status as the form sends it, which has a name for none.
fn chosen(text: &str) -> Result<Option<EventStatus>, &'static str> {
    let status = (!text.is_empty()).then(|| read_status(text));
    status.transpose()
}

/// Which events.
fn choose(console: &Console, filter: &EventFilter) -> Markup {
    html! {
        form.inline action=(console.path("/events")) {
            label for="status" { "Status" }
            select id="status" name="status" {
                option value="" { "not done" }
                @for one in EventStatus::ALL {
                    option value=(one.name()) selected[filter.status == Some(one)] { (one.name()) }
                }
            }
            @for (name, value) in others(filter) {
                @if let Some(value) = value { (hidden(name, &value)) }
            }
            button { "Show" }
        }
    }
}

/// A table of events.
pub(super) fn events(console: &Console, events: &[EventRecord]) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "Event" } th scope="col" { "Of" } th scope="col" { "Version" } th scope="col" { "Status" } th scope="col" { "Written" } th scope="col" { "Tries failed" } } }
            tbody {
                @for event in events {
                    tr {
                        th scope="row" { a href=(console.path(&format!("/events/{}", event.id))) { (event.event_type) } }
                        td data-label="Of" { (document_link(console, event)) }
                        td data-label="Version" { (event.version) }
                        td data-label="Status" {
                            (status(event.status))
                            @if let Some(next) = event.next_attempt_at { br; "again at " (moment(next)) }
                        }
                        td data-label="Written" { (moment(event.created_at)) }
                        td data-label="Tries failed" { (event.retry_count) }
                    }
                }
            }
        }
    }
}

/// To the document that an event is about; its bare id where this program knows no such type.
pub(super) fn document_link(console: &Console, event: &EventRecord) -> Markup {
    let schema = console.twin.registry().by_type(&event.aggregate_type);
    html! {
        @match schema {
            Some(schema) => a href=(console.document(&schema.collection, &event.aggregate_id)) { (event.aggregate_id) },
            None => (event.aggregate_id),
        }
    }
}
