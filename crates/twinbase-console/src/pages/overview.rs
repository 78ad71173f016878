//! The first page: is all well, what is behind, who works, what is paused.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use maud::{Markup, html};
use twinbase::{
    core::{
        OutboxStatus,
        primary::{Pause, WorkerRecord},
    },
    health::{Health, HealthReport, Level, Seen, Severity},
    operate::scope_name,
    sync::rebuild::RebuildStatus,
};
use twinbase_web::fields::hidden;

use super::{
    Console,
    confirm::{REASON, reason},
    draft::{Draft, Label},
    parts::{lasting, moment, number, state},
    rebuild::state_of as rebuild_state,
};
use crate::{Operator, view::applied_per_second};

pub(super) async fn show(State(console): State<Console>, operator: Operator) -> Response {
    page(&console, &operator, &Draft::default()).await
}

/// The page, with what was typed to pause workers.
pub(super) async fn page(console: &Console, operator: &Operator, draft: &Draft) -> Response {
    let primary = &console.twin.sides().primary;
    let (health, types, workers, pauses) = (
        console.twin.health().await,
        primary.status_by_type().await,
        primary.workers().await,
        primary.pauses().await,
    );
    // What cannot be asked is shown as not known: this page is for bad days.
    let (workers, pauses) = (workers.ok(), pauses.ok());
    let seen = Seen {
        workers: workers.as_deref(),
        ..Seen::of(&health, pauses.as_deref())
    };
    let report = HealthReport::new(&health, pauses.as_deref(), seen.alerts());
    let body = html! {
        (draft.summary("pause", &[SCOPE, REASON]))
        (alerts(&report))
        section {
            h2 { "Waiting" }
            (backlog(&health))
            (collections(console, types.ok().as_deref(), &health))
        }
        (of_rebuilds(console, health.rebuilds.as_deref()))
        section { h2 { "Workers" } (of_workers(workers.as_deref())) }
        section { h2 { "Pauses" } (of_pauses(console, pauses.as_deref(), draft)) }
        section { h2 { "Databases" } (databases(&report)) }
    };
    draft.page(console, operator, ("Overview", ""), &body)
}

fn alerts(report: &HealthReport) -> Markup {
    let (class, words) = match report.status {
        Level::Healthy => ("good", "All is well"),
        Level::Degraded => ("warn", "It works, and somebody should look"),
        Level::Unhealthy => ("bad", "Something does not work"),
    };
    html! {
        p.lead { (state(class, words)) }
        @for alert in &report.alerts {
            @let class = match alert.severity {
                Severity::Warning => "warn",
                Severity::Critical => "bad",
            };
            section.alert {
                h2 { (state(class, &alert.message)) }
                p { (alert.remedy) }
            }
        }
    }
}

fn backlog(health: &Health) -> Markup {
    let Some(outbox) = &health.outbox else {
        return html! { p { (state("quiet", "not known: the primary does not answer")) } };
    };
    let eta = health.trend.and_then(|trend| trend.eta);
    html! {
        dl {
            dt { "Changes that wait" } dd {
                (number(outbox.backlog))
                @if !outbox.backlog_is_exact { " (estimated)" }
                @if let Some(eta) = eta { ", done in about " (lasting(eta)) }
            }
            dt { "Failed for good" } dd { (number(outbox.failed)) }
            dt { "Behind by" } dd { (lasting(health.lag().unwrap_or_default())) }
        }
    }
}

fn collections(
    console: &Console,
    types: Option<&[(Arc<str>, OutboxStatus)]>,
    health: &Health,
) -> Markup {
    let of_worker = |collection: &str| {
        let worker = health.worker.as_ref()?;
        let mut all = worker.collections.iter();
        all.find(|of| *of.collection == *collection)
    };
    html! {
        table {
            thead { tr { th scope="col" { "Collection" } th scope="col" { "State" } th scope="col" { "Waiting" } th scope="col" { "Failed" } th scope="col" { "Oldest not applied" } th scope="col" { "Agrees with its rows" } } }
            tbody {
                @for schema in console.twin.registry().iter() {
                    @let of = &schema.aggregate_type;
                    tr {
                        th scope="row" { (schema.collection) }
                        td data-label="State" {
                            @match of_worker(&schema.collection) {
                                Some(of) if of.state.is_failing() => {
                                    (state("bad", of.state.name()))
                                    @if let Some(error) = &of.error { br; span.bad { (error) } }
                                    @if let Some(remedy) = of.remedy { br; (remedy) }
                                }
                                Some(of) => { (state("good", of.state.name())) }
                                None => { (state("quiet", "no worker here")) }
                            }
                        }
                        td data-label="Waiting" { (known(types, of, |status| number(status.backlog))) }
                        td data-label="Failed" { (known(types, of, |status| number(status.failed))) }
                        td data-label="Oldest not applied" {
                            (known(types, of, |status| status.oldest_unapplied.map_or_else(|| "none".to_owned(), lasting)))
                        }
                        td data-label="Agrees with its rows" { (agrees(health, &schema.collection)) }
                    }
                }
            }
        }
    }
}

/// Up to when a comparison has shown that a collection agrees with its rows, and what it found.
fn agrees(health: &Health, collection: &str) -> Markup {
    let Some(verified) = &health.verified else {
        return html! { "not known" };
    };
    let of = verified.iter().find(|of| *of.collection == *collection);
    html! {
        @match of.map(|of| (of, of.through)) {
            Some((of, _)) if of.wrong > 0 => { (state("bad", &format!("{} wrong", number(of.wrong)))) }
            Some((of, _)) if of.stopped_by.is_some() => {
                (state("bad", "cannot be compared"))
                br; span.bad { (of.stopped_by.as_deref().unwrap_or_default()) }
            }
            Some((_, Some(through))) => { "as of " (moment(through)) }
            _ => "not compared yet",
        }
    }
}

/// A number of what waits of a type; nothing waits where the primary lists none.
fn known(
    types: Option<&[(Arc<str>, OutboxStatus)]>,
    of: &str,
    shown: impl FnOnce(&OutboxStatus) -> String,
) -> String {
    let Some(types) = types else {
        return "not known".to_owned();
    };
    let status = types.iter().find(|(name, _)| **name == *of);
    match status {
        Some((_, status)) => shown(status),
        None => shown(&OutboxStatus::default()),
    }
}

/// Those that are under way: how far each is, and what continues it.
fn of_rebuilds(console: &Console, rebuilds: Option<&[RebuildStatus]>) -> Markup {
    html! {
        @if let Some([_, ..]) = rebuilds {
            section {
                h2 { "Rebuilds" }
                ul.rows {
                    @for one in rebuilds.into_iter().flatten() {
                        li {
                            span {
                                (one.collection) ": " (rebuild_state(one))
                                @if let Some(error) = one.waits_for.as_ref().filter(|_| one.is_failing()) { br; span.bad { (error) } }
                            }
                            a href=(console.path("/rebuild")) { @if one.remedy().is_some() { "Continue or cancel it" } @else { "How far it is" } }
                        }
                    }
                }
            }
        }
    }
}

fn of_workers(workers: Option<&[WorkerRecord]>) -> Markup {
    let Some(workers) = workers else {
        return html! { p { (state("quiet", "not known: the primary does not answer")) } };
    };
    if workers.is_empty() {
        return html! { p { (state("bad", "No worker runs: changes are kept, and reach the replica when one does.")) } };
    }
    html! {
        table {
            thead { tr { th scope="col" { "Worker" } th scope="col" { "State" } th scope="col" { "Partitions" } th scope="col" { "Applied" } th scope="col" { "A second" } th scope="col" { "Seen" } } }
            tbody {
                @for worker in workers {
                    tr {
                        th scope="row" { (worker.report.machine) " " (worker.report.process) }
                        td data-label="State" {
                            @if worker.alive { (state("good", &worker.report.state)) } @else { (state("quiet", "gone")) }
                            @if !worker.report.failing.is_empty() { br; span.bad { (worker.report.failing) } }
                        }
                        td data-label="Partitions" { (worker.partitions) }
                        td data-label="Applied" { (number(worker.report.applied)) }
                        td data-label="A second" { (format!("{:.1}", applied_per_second(worker))) }
                        td data-label="Seen" { (moment(worker.seen_at)) }
                    }
                }
            }
        }
    }
}

const SCOPE: Label = ("scope", "What");

fn of_pauses(console: &Console, pauses: Option<&[Pause]>, draft: &Draft) -> Markup {
    let names = console.twin.registry().iter();
    let names: Vec<_> = names
        .map(|of| {
            (
                format!("collection:{}", of.collection),
                of.collection.to_string(),
            )
        })
        .collect();
    let names = names.iter().map(|(scope, name)| (&**scope, &**name));
    let everything = [("everything", "everything")].into_iter();
    let choices: Vec<_> = everything.chain(names).collect();
    html! {
        @match pauses {
            None => p { (state("quiet", "not known: the primary does not answer")) },
            Some([]) => p { "Nothing is paused." },
            Some(pauses) => ul.rows {
                @for pause in pauses {
                    li {
                        span { (state("warn", &scope_name(&pause.scope))) " since " (moment(pause.since)) ": " (pause.reason) }
                        form method="post" action=(console.path("/resume")) {
                            (hidden("scope", &scope_name(&pause.scope)))
                            button { "Resume" }
                        }
                    }
                }
            },
        }
        details open[draft.problem().is_some()] {
            summary { "Pause workers" }
            p { "Changes wait in the primary and are applied after the pause. Writers go on." }
            form method="post" action=(console.path("/pause")) {
                (draft.choice(SCOPE.0, SCOPE.1, "", &choices))
                (reason(draft))
                button { "Pause" }
            }
        }
    }
}

fn databases(report: &HealthReport) -> Markup {
    let sides = [("Primary", &report.primary), ("Replica", &report.replica)];
    html! {
        dl {
            @for (name, side) in sides {
                dt { (name) }
                dd {
                    (side.kind) ", "
                    @if side.connected { (state("good", "answers")) } @else { (state("bad", "does not answer")) }
                    @if let Some(latency) = side.latency_ms { " in " (format!("{latency:.1}")) " ms" }
                }
            }
        }
    }
}
