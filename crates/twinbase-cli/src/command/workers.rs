//! `workers`: the workers of all machines, as the primary lists them.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use twinbase::{Twinbase, core::primary::WorkerRecord};
use twinbase_console::view::{WorkerView, applied_per_second};

use super::visit;
use crate::{
    Host,
    terminal::{
        Exit, Failure, Output, table,
        text::{count, fit, one_line, rate, span},
    },
};

/// How much of a machine's name people need.
const MACHINE_COLUMNS: usize = 14;

/// How much of its state is in a table; `health` and `--json` have all of it.
const STATE_COLUMNS: usize = 60;

pub(super) const EXAMPLES: &str = "\
Examples:
  {program} workers
  {program} workers --json | jq '[.items[] | select(.alive)] | length'

It reads the primary, so it lists the workers of all machines, and those that died
within the last hour.";

pub(super) async fn run(host: &impl Host, output: Output) -> Result<Exit, Failure> {
    let twin = visit(host).await?;
    let workers = twin.sides().primary.workers().await;
    let now = twin.sides().clock.now();
    twin.close().await;
    let workers = workers?;
    let lines: Vec<_> = workers.iter().map(json).collect();
    output.data(&json!({ "items": lines }), &lines, || {
        show(&workers, now, &host.worker_remedy())
    })?;
    Ok(Exit::Done)
}

/// For programs.
pub(super) fn json(worker: &WorkerRecord) -> Value {
    json!(WorkerView::from(worker))
}

/// The worker as people tell it from others. What names a machine for programs is long and random.
pub(super) fn name(worker: &WorkerRecord) -> String {
    let report = &worker.report;
    let machine = fit(&one_line(&report.machine), MACHINE_COLUMNS);
    format!("{} on {machine}", report.process)
}

/// What it is doing, and what fails; what a dead one reported last is not true any more.
pub(super) fn state(worker: &WorkerRecord) -> String {
    let report = &worker.report;
    match (worker.alive, report.failing.is_empty()) {
        (false, _) => "DEAD".to_owned(),
        (true, true) => one_line(&report.state),
        (true, false) => {
            let state = format!("{}; {}", report.state, report.failing);
            fit(&one_line(&state), STATE_COLUMNS)
        }
    }
}

/// How to start a worker when none runs; `None` when one does, or when that is not known.
pub(super) async fn missing(host: &impl Host, twin: &Twinbase) -> Option<String> {
    let workers = twin.sides().primary.workers().await.ok()?;
    let alive = workers.iter().any(|worker| worker.alive);
    (!alive).then(|| host.worker_remedy())
}

/// How long ago, in whole seconds; zero when another clock is ahead.
pub(super) fn age(then: Timestamp, now: Timestamp) -> String {
    let age: Duration = now.duration_since(then).try_into().unwrap_or_default();
    span(Duration::from_secs(age.as_secs()))
}

fn show(workers: &[WorkerRecord], now: Timestamp, remedy: &str) -> String {
    if workers.is_empty() {
        return format!("No worker runs, so changes stay pending. {remedy}");
    }
    let row = |worker: &WorkerRecord| {
        let report = &worker.report;
        [
            name(worker),
            state(worker),
            worker.partitions.to_string(),
            age(worker.started_at, now),
            age(worker.seen_at, now),
            count(report.applied),
            rate(applied_per_second(worker)),
            count(report.superseded),
            count(report.failed_attempts),
        ]
    };
    table(
        [
            "process",
            "state",
            "partitions",
            "started",
            "seen",
            "applied",
            "on average",
            "superseded",
            "failed attempts",
        ],
        workers.iter().map(row),
    )
}
