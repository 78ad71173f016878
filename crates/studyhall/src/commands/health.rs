//! `studyhall health`: asks both databases, not a running server, and judges as `/health` does, with all workers in view.

use serde_json::{Value, json};
use studyhall::api::assess;
use twinbase::{
    Health, SideHealth,
    core::primary::{Pause, WorkerRecord},
};

use super::{
    judgement::{Judgement, Seen},
    pauses, workers,
};
use crate::{
    config::Config,
    system::{System, place},
    terminal::{
        Exit, Failure, Output, table,
        text::{one_line, span},
    },
};

/// What was read; `None` when the primary did not say.
struct Engine {
    workers: Option<Vec<WorkerRecord>>,
    pauses: Option<Vec<Pause>>,
}

pub(super) async fn run(config: &Config, output: Output) -> Result<Exit, Failure> {
    let system = System::visit(config).await?;
    let twin = &system.twin;
    let (health, workers, pauses) = tokio::join!(twin.health(), twin.workers(), twin.pauses());
    system.twin.close().await;
    let engine = Engine {
        workers: workers.ok(),
        pauses: pauses.ok(),
    };
    let judgement = Seen {
        health: &health,
        workers: engine.workers.as_deref(),
        pauses: engine.pauses.as_deref(),
        backlog_cap: config.backlog_cap.value,
    }
    .judge();
    let whole = whole(&judgement, &health, &engine);
    output.data(&whole, std::slice::from_ref(&whole), || {
        show(&judgement, &health, &engine)
    })?;
    Ok(if judgement.is_bad() {
        Exit::CheckFailed
    } else {
        Exit::Done
    })
}

/// The answer of `/health`, with what only whoever has a shell here may see.
fn whole(judgement: &Judgement, health: &Health, engine: &Engine) -> Value {
    let mut whole = json!(assess(health));
    whole["status"] = judgement.status.into();
    whole["alerts"] = json!(judgement.alerts);
    for (name, side) in [("primary", &health.primary), ("replica", &health.replica)] {
        whole[name]["location"] = place(side.kind, &side.location).into();
        whole[name]["error"] = side.answer.as_ref().err().cloned().into();
    }
    let all = engine.workers.as_ref();
    whole["workers"] = all.map_or(Value::Null, |all| all.iter().map(workers::json).collect());
    let all = engine.pauses.as_ref();
    whole["pauses"] = all.map_or(Value::Null, |all| all.iter().map(pauses::json).collect());
    whole
}

fn show(judgement: &Judgement, health: &Health, engine: &Engine) -> String {
    let side = |name: &str, side: &SideHealth| {
        let answer = match &side.answer {
            Ok(latency) => format!("answers in {:.1} ms", latency.as_secs_f64() * 1_000.0),
            Err(error) => one_line(error),
        };
        let place = one_line(&place(side.kind, &side.location));
        [name.to_owned(), place, answer]
    };
    let mut rows = vec![
        side("primary", &health.primary),
        side("replica", &health.replica),
        [
            "sync".to_owned(),
            "primary to replica".to_owned(),
            sync(health),
        ],
    ];
    rows.extend(worker_rows(engine.workers.as_deref()));
    let mut lines = vec![
        table(["", "where", "state"], rows),
        format!("It is {}.", judgement.status),
    ];
    lines.extend(judgement.alerts.iter().map(|alert| alert.message.clone()));
    lines.join("\n")
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
        _ => "not known: the primary did not say".to_owned(),
    }
}
