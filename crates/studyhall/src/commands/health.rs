//! `studyhall health`: asks both databases, not a running server, and judges as `/health` does.

use serde_json::{Value, json};
use studyhall::api::{HealthReport, assess};
use twinbase::{Health, SideHealth};

use crate::{
    config::Config,
    system::{System, place},
    terminal::{Exit, Failure, Output, table},
};

pub(super) async fn run(config: &Config, output: Output) -> Result<Exit, Failure> {
    let system = System::visit(config).await?;
    let health = system.twin.health().await;
    system.twin.close().await;
    let report = assess(&health);
    let whole = whole(&report, &health);
    output.data(&whole, std::slice::from_ref(&whole), || {
        show(&report, &health)
    })?;
    let critical = report.alerts.iter().any(|a| a.severity == "critical");
    Ok(if critical {
        Exit::CheckFailed
    } else {
        Exit::Done
    })
}

/// The answer of `/health`, with what only whoever has a shell here may see.
fn whole(report: &HealthReport, health: &Health) -> Value {
    let mut whole = json!(report);
    for (name, side) in [("primary", &health.primary), ("replica", &health.replica)] {
        whole[name]["location"] = place(side.kind, &side.location).into();
        whole[name]["error"] = side.answer.as_ref().err().cloned().into();
    }
    whole
}

fn show(report: &HealthReport, health: &Health) -> String {
    let side = |name: &str, side: &SideHealth| {
        let answer = match &side.answer {
            Ok(latency) => format!("answers in {:.1} ms", latency.as_secs_f64() * 1_000.0),
            Err(error) => error.clone(),
        };
        [name.to_owned(), place(side.kind, &side.location), answer]
    };
    let text = table(
        ["", "where", "state"],
        [
            side("primary", &health.primary),
            side("replica", &health.replica),
            [
                "sync".to_owned(),
                "primary to replica".to_owned(),
                sync(health),
            ],
        ],
    );
    let status = json!(report.status);
    let mut lines = vec![
        text,
        format!("It is {}.", status.as_str().unwrap_or_default()),
    ];
    lines.extend(report.alerts.iter().map(|alert| alert.message.clone()));
    lines.join("\n")
}

/// Not known is not zero.
fn sync(health: &Health) -> String {
    match (&health.outbox, health.lag()) {
        (Some(outbox), Some(lag)) => format!(
            "lag {:.1} s, {} pending of which {} are retrying, {} failed",
            lag.as_secs_f64(),
            outbox.backlog,
            outbox.retrying,
            outbox.failed
        ),
        _ => "not known: the primary did not say".to_owned(),
    }
}
