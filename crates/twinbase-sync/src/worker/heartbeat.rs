//! The heartbeat: a change of a row of our own that goes through the whole path, so
//! that lag is measured when nothing else is written.

use std::{sync::Arc, time::Duration};

use metrics::{gauge, histogram};
use tokio::{sync::watch, time::Instant};
use twinbase_core::{
    HEARTBEAT, Key, PrimaryError, Token, Value, heartbeat_id,
    write::{Action, Assignment, Comparison, Condition, Target, Write},
};

use super::{Signals, WorkerStatus, status::Heartbeat};
use crate::{Freshness, Sides, metrics as names};

/// How long a heartbeat is waited for; then the next is sent.
const PATIENCE: Duration = Duration::from_mins(1);

/// Sends heartbeats until it is dropped.
pub(crate) async fn beat(
    sides: Sides,
    every: Duration,
    signals: Signals,
    status: watch::Sender<WorkerStatus>,
) {
    let freshness = Freshness::new(sides.clone(), signals.progress.subscribe());
    let mut last = Instant::now();
    loop {
        tokio::time::sleep(every).await;
        let is_paused = !status.borrow().pauses.is_empty();
        if is_paused {
            continue;
        }
        match once(&sides, &signals, &freshness).await {
            Ok(Some(heartbeat)) => {
                last = Instant::now();
                histogram!(names::HEARTBEAT_SECONDS).record(heartbeat.took);
                status.send_modify(|status| status.heartbeat = Some(heartbeat));
            }
            Ok(None) => tracing::warn!("a heartbeat did not come through within a minute"),
            Err(error) => tracing::debug!(
                error = &error as &dyn std::error::Error,
                "a heartbeat could not be written"
            ),
        }
        gauge!(names::HEARTBEAT_AGE_SECONDS).set(last.elapsed());
    }
}

/// Writes one and waits for it; `None` when it did not come through.
async fn once(
    sides: &Sides,
    signals: &Signals,
    freshness: &Arc<Freshness>,
) -> Result<Option<Heartbeat>, PrimaryError> {
    let at = sides.clock.now();
    let written = sides.primary.write(&change(at)).await?;
    let committed = Instant::now();
    signals.wake.notify_one();
    let mut token = Token::default();
    for state in &written.states {
        let key = Key::new(HEARTBEAT.aggregate_type, state.id.clone());
        token.insert(key, state.version);
    }
    let arrived = freshness.caught_up(&token, PATIENCE).await;
    Ok(arrived.is_ok().then(|| Heartbeat {
        at,
        took: committed.elapsed(),
    }))
}

fn change(at: jiff::Timestamp) -> Write {
    Write {
        target: Target::Aggregate(HEARTBEAT),
        action: Action::Update {
            set: vec![Assignment::set("at", Value::Timestamp(at))],
            filter: vec![Condition {
                column: HEARTBEAT.key().column,
                comparison: Comparison::Equal,
                values: vec![Value::Text(heartbeat_id().as_str().to_owned())],
            }],
        },
        expected: None,
        traceparent: None,
    }
}
