//! Reads how the outbox is now and then: gauges for the metrics, and the alarm of a long backlog.
//!
//! Only the worker that leads does: with a long backlog it takes long.

use std::{sync::Arc, time::Duration};

use metrics::gauge;
use tokio::time::Instant;
use twinbase_core::{OutboxStatus, PrimaryError};

use super::{heartbeat::Age, metrics::count, shared::Shared};
use crate::metrics as names;

/// How often the outbox is observed.
const EVERY: Duration = Duration::from_secs(5);

/// Observing takes at most one part in so many of the time.
const SHARE: u32 = 100;

/// From this age on a heartbeat is late, as for the alert of Prometheus.
const LATE: Duration = Duration::from_mins(1);

/// How often the age of the last heartbeat is.
const TICK: Duration = Duration::from_secs(1);

/// Observes until it is dropped.
pub(crate) async fn observe(shared: Arc<Shared>) {
    let mut due = Instant::now() + EVERY;
    let mut age = Age::new(Instant::now());
    let mut led = false;
    loop {
        tokio::time::sleep(TICK).await;
        let now = Instant::now();
        if let Some(every) = shared.options.heartbeat {
            let age = age.at(&shared.status.borrow(), now);
            gauge!(names::HEARTBEAT_AGE_SECONDS).set(age);
            let late = (age > LATE.max(every * 3)).then_some(age);
            shared.status.send_if_modified(|status| {
                let changes = status.late_heartbeat.is_some() != late.is_some();
                status.late_heartbeat = late;
                changes
            });
        }
        let leads = shared.status.borrow().leads;
        if led && !leads {
            // What this worker knew last is not true for ever: from now on another one reports.
            publish(&shared, &OutboxStatus::default(), &[]);
        }
        led = leads;
        if leads && now >= due {
            if let Err(error) = observe_once(&shared).await {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "the outbox could not be observed"
                );
            }
            let ended = Instant::now();
            due = ended + EVERY.max((ended - now) * SHARE);
        }
    }
}

async fn observe_once(shared: &Shared) -> Result<(), PrimaryError> {
    let outbox = shared.sides.primary.status().await?;
    let by_type = shared.sides.primary.status_by_type().await?;
    publish(shared, &outbox, &by_type);
    Ok(())
}

/// Sets the gauges and the alarm.
fn publish(shared: &Shared, outbox: &OutboxStatus, by_type: &[(Arc<str>, OutboxStatus)]) {
    let cap = shared.options.backlog_cap;
    gauge!(names::BACKLOG_CAP_EVENTS).set(count(cap));
    gauge!(names::LAG_SECONDS).set(outbox.oldest_pending.unwrap_or_default());
    for (status, events) in [
        ("pending", outbox.backlog.saturating_sub(outbox.retrying)),
        ("retrying", outbox.retrying),
        ("failed", outbox.failed),
    ] {
        gauge!(names::BACKLOG_EVENTS, "status" => status).set(count(events));
    }
    for schema in shared.sides.registry.iter() {
        let mut found = by_type.iter();
        let found = found.find(|(aggregate_type, _)| **aggregate_type == *schema.aggregate_type);
        let found = found.map(|(_, status)| status.clone()).unwrap_or_default();
        let lag = found.oldest_unapplied.unwrap_or_default();
        gauge!(names::COLLECTION_LAG_SECONDS, "collection" => schema.collection.clone()).set(lag);
        gauge!(names::COLLECTION_BACKLOG_EVENTS, "collection" => schema.collection.clone())
            .set(count(found.backlog));
    }
    // Counting stops early, so a cap beyond that is held against what is known.
    let is_over = outbox.backlog >= cap.min(OutboxStatus::COUNT_LIMIT);
    let over = is_over.then_some(outbox.backlog);
    if is_over && shared.status.borrow().over_cap.is_none() {
        tracing::error!(
            backlog = outbox.backlog,
            cap,
            "the backlog is over its cap; nothing is dropped, but somebody should find out why it grows"
        );
    }
    shared.status.send_if_modified(|status| {
        let changes = status.over_cap != over;
        status.over_cap = over;
        changes
    });
}
