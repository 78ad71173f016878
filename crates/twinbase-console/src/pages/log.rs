//! Who did what, and how far what runs is.

use axum::{extract::State, response::Response};
use maud::{Markup, html};
use serde::Deserialize as _;
use serde_json::Value;
use twinbase::{
    core::primary::Undocumented,
    operate::{OperationState, OperationView as Seen, Task, Verb},
    sync::verify::CollectionReport,
};
use twinbase_web::{Params, Path, Problem, params::plain};

use super::{
    Console,
    frame::{again, page},
    parts::{lasting, moment, number, perhaps, query, state},
};
use crate::{Operator, failure::not_done, operations};

/// How many operations a page has.
const PAGE: u32 = 50;

pub(super) async fn list(
    State(console): State<Console>,
    operator: Operator,
    mut params: Params,
) -> Result<Response, Problem> {
    let before = params.take("before", plain(64))?;
    params.finish()?;
    let all = &console.twin.outbox().operations;
    let found = all.list(before.as_deref(), PAGE + 1).await;
    let mut found = found.map_err(not_done)?;
    let is_more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let older = found.last().filter(|_| is_more);
    let body = html! {
        @if found.is_empty() { p { "Nobody has done anything yet." } } @else {
            table {
                thead { tr { th scope="col" { "What" } th scope="col" { "To" } th scope="col" { "Who" } th scope="col" { "When" } th scope="col" { "State" } th scope="col" { "Done" } } }
                tbody {
                    @for one in &found {
                        tr {
                            th scope="row" { a href=(console.path(&format!("/log/{}", one.id))) { (one.kind) } }
                            td data-label="To" { (one.about()) }
                            td data-label="Who" { (one.who()) }
                            td data-label="When" { (moment(one.started_at)) }
                            td data-label="State" { (state_of(one.progress.state)) }
                            td data-label="Done" { (number(one.progress.done)) }
                        }
                    }
                }
            }
        }
        @if let Some(last) = older {
            p { a href=(console.path(&format!("/log{}", query(&[("before", Some(&last.id))])))) rel="next" { "Older" } }
        }
    };
    Ok(page(&console, &operator, ("Log", "/log"), &body))
}

pub(super) async fn show(
    State(console): State<Console>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let one = operations::find(&console.twin, &id).await?;
    let progress = &one.progress;
    let runs = !progress.state.is_over();
    let body = html! {
        p.lead role="status" { (state_of(progress.state)) @if runs { ", " (progress.phase()) } }
        @if let Some(total) = progress.estimated_total && runs {
            progress max=(total.max(1)) value=(progress.done) { (progress.done) " of " (total) }
        }
        dl {
            dt { "To" } dd { (one.about()) }
            dt { "Who" } dd { (one.who()) }
            dt { "Begun" } dd { (moment(one.started_at)) }
            dt { "Ended" } dd { (perhaps(progress.finished_at)) }
            dt { "Done" } dd {
                (number(progress.done))
                @if let Some(total) = progress.estimated_total { " of " (number(total)) @if progress.total_is_least { " or more" } }
                @if progress.rate > 0.0 { ", " (format!("{:.0}", progress.rate)) " a second" }
                @if let Some(eta) = progress.eta { ", " (lasting(eta)) " left" @if progress.eta_guessed { " (guessed)" } }
            }
            @if let Some(collection) = progress.collection.as_deref().filter(|_| runs) { dt { "Now" } dd { (collection) } }
        }
        @if let Some(error) = &progress.error { p.error { (error) } }
        @if runs { (end(&console, &one)) }
        (undo(&console, &one))
        @if let Some(all) = undocumented(progress.found.as_ref()) { p { (all) ". Verify names them." } }
        @else if let Some(found) = &progress.found { (report(&console, &one, found)) }
    };
    let page = page(&console, &operator, (&one.kind, "/log"), &body);
    Ok(if runs { again(page) } else { page })
}

pub(super) async fn cancel(
    State(console): State<Console>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let one = operations::find(&console.twin, &id).await?;
    let all = &console.twin.outbox().operations;
    // One that has ended meanwhile shows how.
    all.cancel(&one.id, &operator.name)
        .await
        .map_err(not_done)?;
    Ok(console.see(&format!("/log/{}", one.id)))
}

fn state_of(of: OperationState) -> Markup {
    let class = match of {
        OperationState::Running => "quiet",
        OperationState::Succeeded => "good",
        OperationState::Cancelled => "warn",
        OperationState::Failed => "bad",
    };
    state(class, of.name())
}

/// Ends it. Of a rebuild that throws away what was filled, so its page says so first.
fn end(console: &Console, one: &Seen) -> Markup {
    if let Some(Task::Rebuild(of)) = &one.task {
        let query = query(&[("collection", Some(&of.about)), ("act", Some("cancel"))]);
        return html! {
            p { a.button href=(console.path(&format!("/rebuild/confirm{query}"))) { "Cancel…" } }
        };
    }
    html! {
        form method="post" action=(console.path(&format!("/log/{}/cancel", one.id))) { button { "Cancel" } }
    }
}

/// The way back, where there is one.
fn undo(console: &Console, one: &Seen) -> Markup {
    let is_discard = matches!(
        one.task,
        Some(Task::Events {
            verb: Verb::Discard { .. },
            ..
        })
    );
    let query = query(&[("verb", Some("restore")), ("of", Some(&one.id))]);
    html! {
        @if is_discard && one.progress.state.is_over() && one.progress.done > 0 {
            p { a.button href=(console.path(&format!("/confirm{query}"))) { "Take it back…" } }
        }
    }
}

/// What a rebuild counted.
fn undocumented(found: Option<&Value>) -> Option<Undocumented> {
    Undocumented::deserialize(&found?["withoutDocument"]).ok()
}

/// What a comparison found.
fn report(console: &Console, one: &Seen, found: &Value) -> Markup {
    let collections = found["collections"].as_array().map(Vec::as_slice);
    let collections = collections.unwrap_or_default().iter();
    let repaired = matches!(one.task, Some(Task::Repair(_)));
    let count = |of: &Value, name: &str| number(of[name].as_u64().unwrap_or_default());
    let read = |of: &Value| CollectionReport::deserialize(of).unwrap_or_default();
    let all: Vec<_> = collections.map(|of| (read(of), of)).collect();
    html! {
        section {
            h2 { "Found" }
            table {
                thead { tr {
                    th scope="col" { "Collection" } th scope="col" { "Rows" } th scope="col" { "Documents" } th scope="col" { "On its way" } th scope="col" { "Wrong" }
                    @if repaired { th scope="col" { "Mended" } th scope="col" { "Not mended" } }
                } }
                tbody {
                    @for (report, of) in &all {
                        tr {
                            th scope="row" { (report.collection) }
                            td data-label="Rows" { (number(report.rows)) }
                            td data-label="Documents" { (number(report.documents)) }
                            td data-label="On its way" { (number(report.in_flight)) }
                            td data-label="Wrong" { (state(if report.is_clean() { "good" } else { "bad" }, &number(report.drifted()))) }
                            @if repaired {
                                td data-label="Mended" { (count(of, "mended")) }
                                td data-label="Not mended" { (count(of, "notMended")) }
                            }
                        }
                    }
                }
            }
            @for (report, of) in &all {
                @if let Some(error) = &report.error { p.error { (report.collection) ": " (error) } }
                @for id in &report.absent { p { "Nothing in " (report.collection) " has the id " code { (id) } "." } }
                (samples(console, report))
                (left(console, report, of))
            }
        }
    }
}

/// The first of those that a repair could not mend, each with why and what to do.
fn left(console: &Console, report: &CollectionReport, of: &Value) -> Markup {
    let all = of["left"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    html! {
        @if !all.is_empty() {
            h3 { (report.collection) ": not mended" }
            ul {
                @for one in all {
                    @let id = text(one, "id");
                    li { a href=(console.document(&report.collection, &id)) { (id) } " " (text(one, "drift")) ": " (text(one, "reason")) "." }
                }
            }
        }
    }
}

/// The first of the wrong documents, each with what is wrong.
fn samples(console: &Console, report: &CollectionReport) -> Markup {
    html! {
        @if !report.samples.is_empty() {
            h3 { (report.collection) }
            ul {
                @for sample in &report.samples {
                    li {
                        a href=(console.document(&report.collection, &sample.id)) { (sample.id) }
                        " " (sample.drift.name())
                        @if !sample.fields.is_empty() { ": " (sample.fields.join(", ")) }
                    }
                }
            }
        }
    }
}
