//! Looks at the outbox now and then: gauges for the metrics, the alarm of a long
//! backlog, and whether the worker has stalled.

use std::{sync::Arc, time::Duration};

use metrics::gauge;
use tokio::{sync::watch, time::Instant};
use twinbase_core::{OutboxStatus, PrimaryError};

use super::{WorkerOptions, WorkerState, WorkerStatus, heartbeat::Pulse, metrics::count};
use crate::{Sides, metrics as names};

/// How often the outbox is looked at.
const EVERY: Duration = Duration::from_secs(5);

/// A look takes at most one part in so many of the time: with a long backlog it takes long.
const SHARE: u32 = 20;

/// How often the worker itself is.
const TICK: Duration = Duration::from_secs(1);

/// Observes until it is dropped.
pub(crate) async fn observe(
    sides: Sides,
    options: Arc<WorkerOptions>,
    status: watch::Sender<WorkerStatus>,
) {
    let mut due = Instant::now() + EVERY;
    let mut progress = Progress::new(&status.borrow(), Instant::now());
    let mut pulse = Pulse::new(Instant::now());
    loop {
        tokio::time::sleep(TICK).await;
        let now = Instant::now();
        let at = sides.clock.now();
        status.send_if_modified(|status| {
            progress.is_stalled(status, options.stalled_after, now)
                && status.enter(WorkerState::Stalled, at)
        });
        if options.heartbeat.is_some() {
            gauge!(names::HEARTBEAT_AGE_SECONDS).set(pulse.age(&status.borrow(), now));
        }
        if now >= due {
            if let Err(error) = look(&sides, &options, &status).await {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "the outbox could not be looked at"
                );
            }
            let ended = Instant::now();
            due = ended + EVERY.max((ended - now) * SHARE);
        }
    }
}

async fn look(
    sides: &Sides,
    options: &WorkerOptions,
    status: &watch::Sender<WorkerStatus>,
) -> Result<(), PrimaryError> {
    let primary = &sides.primary;
    let outbox = primary.status().await?;
    let by_type = primary.status_by_type().await?;
    gauges(&outbox, options);
    for schema in sides.registry.iter() {
        let found = by_type
            .iter()
            .find(|(aggregate_type, _)| **aggregate_type == *schema.aggregate_type)
            .map(|(_, status)| status.clone())
            .unwrap_or_default();
        let lag = found.oldest_unapplied.unwrap_or_default();
        gauge!(names::COLLECTION_LAG_SECONDS, "collection" => schema.collection).set(lag);
        gauge!(names::COLLECTION_BACKLOG_EVENTS, "collection" => schema.collection)
            .set(number(found.backlog));
    }
    // Counting stops early, so a cap beyond that is held against what is known.
    let cap = options.backlog_cap.min(OutboxStatus::COUNT_LIMIT);
    let over = (outbox.backlog >= cap).then_some(outbox.backlog);
    let before = status.borrow().over_cap;
    if over.is_some() && before.is_none() {
        tracing::error!(
            backlog = outbox.backlog,
            cap = options.backlog_cap,
            "the backlog is over its cap; nothing is dropped, but somebody should look why it grows"
        );
    }
    status.send_if_modified(|status| {
        let changes = status.over_cap != over;
        status.over_cap = over;
        changes
    });
    Ok(())
}

fn gauges(outbox: &OutboxStatus, options: &WorkerOptions) {
    gauge!(names::LAG_SECONDS).set(outbox.oldest_pending.unwrap_or_default());
    let pending = outbox.backlog.saturating_sub(outbox.retrying);
    for (status, events) in [
        ("pending", pending),
        ("retrying", outbox.retrying),
        ("failed", outbox.failed),
    ] {
        gauge!(names::BACKLOG_EVENTS, "status" => status).set(number(events));
    }
    gauge!(names::BACKLOG_CAP_EVENTS).set(number(options.backlog_cap));
}

fn number(n: u64) -> f64 {
    count(usize::try_from(n).unwrap_or(usize::MAX))
}

/// What the worker had done, and since when it has done no more.
struct Progress {
    done: u64,
    since: Instant,
}

impl Progress {
    fn new(status: &WorkerStatus, now: Instant) -> Self {
        Self {
            done: done(status),
            since: now,
        }
    }

    /// Whether it is at work and nothing has come of it for long.
    fn is_stalled(&mut self, status: &WorkerStatus, after: Duration, now: Instant) -> bool {
        let at_work = matches!(
            status.state,
            WorkerState::Working | WorkerState::CatchingUp | WorkerState::Stalled
        );
        if done(status) != self.done || !at_work {
            *self = Self::new(status, now);
        }
        at_work && now.duration_since(self.since) >= after
    }
}

const fn done(status: &WorkerStatus) -> u64 {
    status.applied + status.superseded + status.charged
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_worker_at_work_that_gets_nothing_done_has_stalled_and_an_idle_one_has_not() {
        let start = Instant::now();
        let after = Duration::from_secs(30);
        let mut status = WorkerStatus::starting("w".into(), Timestamp::UNIX_EPOCH);
        let mut progress = Progress::new(&status, start);
        let mut at = |status: &WorkerStatus, seconds| {
            progress.is_stalled(status, after, start + Duration::from_secs(seconds))
        };
        assert!(!at(&status, 100));
        status.state = WorkerState::Working;
        assert!(!at(&status, 101));
        assert!(at(&status, 131));
        status.applied += 1;
        assert!(!at(&status, 132));
    }
}
