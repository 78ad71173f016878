//! `health`: asks both databases, not a running server, and judges as `/health` does, with all workers in view.

use std::{fmt::Write as _, time::Duration};

use serde_json::{Value, json};
use twinbase::{
    Health, SideHealth, Twinbase,
    core::primary::{Pause, WorkerRecord},
    health::{Alert, HealthReport, Level, Seen, Thresholds},
    sync::{rebuild::RebuildStatus, worker::EngineError},
};

use super::{pauses, workers};
use crate::{
    Databases, Host, Side, Unopened, place, require_migrated,
    terminal::{
        Exit, Failure, Output, table,
        text::{one_line, span},
    },
};

/// What was learnt; `None` when the primary did not say.
struct Look {
    health: Health,
    workers: Option<Vec<WorkerRecord>>,
    pauses: Option<Vec<Pause>>,
    /// The side that was not asked, because the other one could not be opened.
    unasked: Option<Side>,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  {program} health
  {program} health --json

It asks the databases themselves, not a running server. Exit code 3 when unhealthy.";

pub(super) async fn run(host: &impl Host, output: Output) -> Result<Exit, Failure> {
    let look = match host.visit().await {
        Ok(twin) => match twin.check_timeline().await {
            Err(error @ EngineError::UnknownReplica) => {
                return Err(host.databases().strange(&error));
            }
            _ => ask(&twin).await,
        },
        // That is a finding too, and the worst one.
        Err(Unopened::Away(side, away)) => apart(host.databases(), side, &away.error),
        Err(Unopened::Failed(failure)) => return Err(failure),
    };
    let seen = Seen {
        health: &look.health,
        workers: look.workers.as_deref(),
        pauses: look.pauses.as_deref(),
        backlog_cap: Some(host.backlog_cap()),
    };
    let alerts = seen.alerts();
    let whole = whole(&alerts, &look);
    output.data(&whole, std::slice::from_ref(&whole), || {
        show(&alerts, &look)
    })?;
    Ok(match Level::of(&alerts) {
        Level::Healthy | Level::Degraded => Exit::Done,
        Level::Unhealthy => Exit::CheckFailed,
    })
}

async fn ask(twin: &Twinbase) -> Look {
    // What becomes of it is in the health. Without the migrations there is nothing to write to.
    if require_migrated(twin).await.is_ok() {
        twin.probe_writes().await.ok();
    }
    let primary = &twin.sides().primary;
    let (health, workers, pauses) =
        tokio::join!(twin.health(), primary.workers(), primary.pauses());
    twin.close().await;
    Look {
        health,
        workers: workers.ok(),
        pauses: pauses.ok(),
        unasked: None,
    }
}

/// One side does not answer, so that nothing was opened.
fn apart(databases: &Databases, away: Side, error: &str) -> Look {
    let answer = |side| {
        if side == away {
            Err(error.to_owned())
        } else {
            // Nothing is held against a side that was not asked; it is left out of what is shown.
            Ok(Duration::ZERO)
        }
    };
    let (primary, replica) = (&databases.primary, &databases.replica);
    Look {
        health: Health {
            primary: SideHealth {
                kind: primary.kind(),
                location: primary.redacted(),
                answer: answer(Side::Primary),
            },
            replica: SideHealth {
                kind: replica.kind(),
                location: replica.redacted(),
                answer: answer(Side::Replica),
            },
            outbox: None,
            write_error: None,
            unproven: None,
            verified: None,
            rebuilds: None,
            trend: None,
            worker: None,
            workers_alive: None,
            thresholds: Thresholds::default(),
        },
        workers: None,
        pauses: None,
        unasked: Some(match away {
            Side::Primary => Side::Replica,
            Side::Replica => Side::Primary,
        }),
    }
}

/// The document of `/health`, with what only whoever has a shell here may see.
fn whole(alerts: &[Alert], look: &Look) -> Value {
    let health = &look.health;
    let mut whole = json!(HealthReport::new(health, None, alerts.to_vec()));
    for (name, side) in [("primary", &health.primary), ("replica", &health.replica)] {
        whole[name]["location"] = place(side.kind, &side.location).into();
        whole[name]["error"] = side.answer.as_ref().err().cloned().into();
    }
    for of in health.verified.iter().flatten() {
        let mut all = whole["verified"].as_array_mut().into_iter().flatten();
        if let Some(one) = all.find(|one| one["collection"] == of.collection.as_str()) {
            one["error"] = of.stopped_by.clone().into();
        }
    }
    for of in health.rebuilds.iter().flatten() {
        let mut all = whole["rebuilds"].as_array_mut().into_iter().flatten();
        if let Some(one) = all.find(|one| one["collection"] == of.collection.as_str()) {
            one["waitsFor"] = of.waits_for.clone().into();
        }
    }
    whole["primary"]["writeError"] = health.write_error.clone().into();
    // Not known is neither good nor bad.
    match look.unasked {
        Some(Side::Primary) => {
            whole["primary"] = Value::Null;
            whole["databases"]["cockroachdb"] = Value::Null;
        }
        Some(Side::Replica) => {
            whole["replica"] = Value::Null;
            whole["databases"]["mongodb"] = Value::Null;
        }
        None => {}
    }
    let all = look.workers.as_ref();
    whole["workers"] = all.map_or(Value::Null, |all| all.iter().map(workers::json).collect());
    let all = look.pauses.as_ref();
    whole["pauses"] = all.map_or(Value::Null, |all| all.iter().map(pauses::json).collect());
    whole
}

fn show(alerts: &[Alert], look: &Look) -> String {
    let health = &look.health;
    let row = |name: &str, side: Side, health: &SideHealth| {
        let answer = match &health.answer {
            _ if look.unasked == Some(side) => "not asked".to_owned(),
            Ok(latency) => format!("answers in {:.1} ms", latency.as_secs_f64() * 1_000.0),
            Err(error) => one_line(error),
        };
        let place = one_line(&place(health.kind, &health.location));
        [name.to_owned(), place, answer]
    };
    let mut rows = vec![
        row("primary", Side::Primary, &health.primary),
        row("replica", Side::Replica, &health.replica),
        [
            "sync".to_owned(),
            "primary to replica".to_owned(),
            sync(health),
        ],
    ];
    rows.extend(worker_rows(look.workers.as_deref()));
    let mut lines = vec![
        table(["", "where", "state"], rows),
        format!("It is {}.", Level::of(alerts).name()),
    ];
    lines.extend(alerts.iter().map(|alert| {
        let severity = alert.severity.name();
        format!("{severity}: {} {}", alert.message, alert.remedy)
    }));
    let refused = health.write_error.iter();
    lines.extend(refused.map(|error| format!("The primary's reason: {}", one_line(error))));
    let stopped = health.verified.iter().flatten();
    lines.extend(stopped.filter_map(|of| {
        let reason = one_line(of.stopped_by.as_ref()?);
        Some(format!("{} is not compared: {reason}", of.collection))
    }));
    lines.extend(health.rebuilds.iter().flatten().map(rebuild));
    let pauses = look.pauses.iter().flatten();
    lines.extend(pauses.map(|pause| format!("Paused: {}", pauses::describe_pause(pause))));
    lines.join("\n")
}

/// A rebuild that is under way: how far, what it waits for, what continues it.
fn rebuild(of: &RebuildStatus) -> String {
    let mut text = format!("Rebuild of {}: {}", of.collection, of.phase.name());
    if of.paused {
        text.push_str(", paused");
    }
    if let Some(at) = of.paused_since {
        let _ = write!(text, " since {}", at.strftime("%Y-%m-%d %H:%M:%S UTC"));
    }
    if let Some(error) = of.waits_for.as_ref().filter(|_| of.is_failing()) {
        let _ = write!(text, ", waits: {}", one_line(error));
    }
    text.push('.');
    if let Some(remedy) = of.remedy() {
        let _ = write!(text, " {remedy}");
    }
    text
}

fn worker_rows(workers: Option<&[WorkerRecord]>) -> Vec<[String; 3]> {
    let Some(workers) = workers else {
        return vec![["workers".to_owned(), String::new(), "not known".to_owned()]];
    };
    let row = |worker: &WorkerRecord| {
        let state = workers::state(worker);
        let state = format!("{state}, {} partitions", worker.partitions);
        ["worker".to_owned(), workers::name(worker), state]
    };
    workers.iter().map(row).collect()
}

/// Not known is not zero.
fn sync(health: &Health) -> String {
    match (&health.outbox, health.lag()) {
        (Some(outbox), Some(lag)) => format!(
            "lag {}, {} pending of which {} are retrying, {} failed",
            span(lag),
            outbox.backlog,
            outbox.retrying,
            outbox.failed
        ),
        _ => "not known: the primary did not report it".to_owned(),
    }
}
