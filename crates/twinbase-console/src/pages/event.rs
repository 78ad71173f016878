//! One event: what it carries, why it is as it is, its document now.

use axum::{extract::State, response::Response};
use maud::{Markup, html};
use twinbase::{
    bson::Bson,
    core::primary::EventRecord,
    operate::{CurrentDocument, EventDetail},
    prelude::*,
};
use twinbase_web::{Path, Problem};

use super::{
    Console,
    failures::document_link,
    frame::page,
    parts::{json, json_text, moment, perhaps, query, status},
};
use crate::{Operator, failure::not_done};

pub(super) async fn show(
    State(console): State<Console>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = console.twin.outbox().show(&id).await.map_err(not_done)?;
    let found = found.ok_or_else(|| Problem::not_found("event"))?;
    let event = &found.record;
    let body = html! {
        dl {
            dt { "Id" } dd { (event.id) }
            dt { "Of" } dd { (event.aggregate_type) " " (document_link(&console, event)) }
            dt { "Version" } dd { (event.version) }
            dt { "Status" } dd { (status(event.status)) }
            dt { "Written" } dd { (moment(event.created_at)) }
            dt { "Done" } dd { (perhaps(event.processed_at)) }
            dt { "Tries failed" } dd { (event.retry_count) }
            @if let Some(at) = event.failed_at { dt { "Failed last" } dd { (moment(at)) } }
            @if let Some(at) = event.next_attempt_at { dt { "Next try" } dd { (moment(at)) } }
            @if let Some(reason) = &event.discard_reason { dt { "Given up because" } dd { (reason) } }
            @if let Some(trace) = &event.traceparent { dt { "Trace" } dd { code { (trace) } } }
        }
        @if let Some(error) = &event.last_error { section.alert { h2.bad { "Why it failed last" } p { (error) } } }
        (verbs(&console, event))
        section { h2 { "What it carries" } (json_text(&found.payload)) }
        section { h2 { "Its document now" } (document(&found)) }
    };
    Ok(page(
        &console,
        &operator,
        (&event.event_type, "/failures"),
        &body,
    ))
}

/// What can be done with it.
fn verbs(console: &Console, event: &EventRecord) -> Markup {
    let verbs: &[(&str, &str)] = match event.status {
        EventStatus::Failed | EventStatus::Retrying => {
            &[("retry", "Try again…"), ("discard", "Give up…")]
        }
        EventStatus::Pending => &[("discard", "Give up…")],
        EventStatus::Discarded => &[("restore", "Take back…")],
        EventStatus::Applied => &[],
    };
    html! {
        @if !verbs.is_empty() {
            p.buttons {
                @for (verb, words) in verbs {
                    @let query = query(&[("verb", Some(verb)), ("id", Some(&event.id)), ("status", Some(event.status.name()))]);
                    a.button href=(console.path(&format!("/confirm{query}"))) { (words) }
                }
            }
        }
    }
}

fn document(found: &EventDetail) -> Markup {
    html! {
        @match &found.document {
            Err(error) => p.error { "It could not be read: " (error.to_string()) },
            Ok(CurrentDocument::Missing) => p { "There is none." },
            Ok(CurrentDocument::Unknown) => p { "This program knows no collection for it." },
            Ok(CurrentDocument::Deleted { version }) => p { "It was deleted by version " (version) "." },
            Ok(CurrentDocument::Present { version, document }) => {
                p { "Version " (version) "." }
                (json(&Bson::Document(document.clone()).into_relaxed_extjson()))
            }
        }
    }
}
