//! What is seen of an operation of this process while it runs.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use twinbase::operate::Operation;

use crate::{Stop, terminal::Progress};

/// How often the progress is polled.
const POLL_EVERY: Duration = Duration::from_millis(100);

/// Shows the progress until the end. The first signal cancels.
pub(super) async fn follow(
    operation: &Operation,
    doing: &'static str,
    stop: &Stop,
    total: Option<u64>,
) {
    let progress = Progress::new(doing, total);
    let mut look = interval(POLL_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let ended = operation.wait();
    tokio::pin!(ended);
    let (mut waits_for, mut cancelled) = (None, false);
    loop {
        tokio::select! {
            _ = &mut ended => break,
            () = stop.asked(), if !cancelled => cancelled = operation.cancel(),
            _ = look.tick() => {
                let now = operation.progress();
                progress.set(now.done);
                if now.error.is_some() && now.error != waits_for {
                    let error = now.error.as_deref().unwrap_or_default();
                    tracing::warn!(error, "the primary does not answer; retrying for up to a minute");
                }
                waits_for = now.error;
            }
        }
    }
    progress.finish();
}
