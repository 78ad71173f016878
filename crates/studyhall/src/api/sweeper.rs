//! The background task that deletes expired idempotency keys and sessions.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{MissedTickBehavior, interval, sleep};
use twinbase::Twinbase;

use super::idempotency;
use crate::domain::{Error, sweep_sessions};

/// How often it looks for expired rows; that they are gone within the hour is enough.
const EVERY: Duration = Duration::from_mins(10);
/// Between two batches, so that a long backlog of them does not occupy the primary.
const PAUSE: Duration = Duration::from_millis(200);

/// Sweeps until it is dropped, which is always safe. Errors are logged, and it tries again later.
pub async fn sweep_forever(twin: &Twinbase) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = sweep(twin).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "expired keys and sessions could not be deleted; the next attempt is in ten minutes"
            );
        }
    }
}

async fn sweep(twin: &Twinbase) -> Result<(), Error> {
    while sweep_batch(twin).await? {
        sleep(PAUSE).await;
    }
    Ok(())
}

/// Deletes a batch of each; returns whether there may be more.
pub async fn sweep_batch(twin: &Twinbase) -> Result<bool, Error> {
    let now: Timestamp = twinbase::core::to_millis(twin.sides().clock.now());
    let keys = idempotency::sweep(twin, now).await?;
    Ok(sweep_sessions(twin, now).await? || keys)
}
