//! A verb on many events, chunk by chunk.

use std::{num::NonZeroU32, time::Duration};

use tokio::time::{Instant, timeout};
use twinbase_core::{
    Disposition, OutboxStatus, PrimaryError,
    primary::{EventFilter, EventStatus},
};

use super::Ended;
use crate::{
    Sides, error_chain,
    operate::{CHUNK, Operation, Verb},
    worker::Signals,
};

/// How long a primary that does not answer is waited for.
const PATIENCE: Duration = Duration::from_mins(1);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Does what a verb asks for: changes at most so many events of a status, or counts them without a number.
pub(super) async fn ask(
    sides: &Sides,
    signals: &Signals,
    verb: &Verb,
    filter: &EventFilter,
    status: EventStatus,
    limit: Option<u32>,
) -> Result<u64, PrimaryError> {
    let primary = &*sides.primary;
    let filter = verb.filter(filter, status);
    let Some(limit) = limit else {
        return primary.count_events(&filter).await;
    };
    let changed = verb.apply(primary, &filter, limit).await?;
    if changed > 0 && verb.makes_work() {
        signals.wake.notify();
        // A hint that is lost costs a poll's delay.
        if let Err(error) = primary.notify().await {
            tracing::debug!(%error, "workers of other processes were not notified of retried events");
        }
    }
    Ok(changed)
}

/// Asks until nothing is left to change. `ask` changes at most so many events of a status, or counts them without a number.
pub(super) async fn change<F>(
    operation: &Operation,
    statuses: &[EventStatus],
    rate: Option<NonZeroU32>,
    ask: impl Fn(EventStatus, Option<u32>) -> F,
) -> Result<(), Ended>
where
    F: Future<Output = Result<u64, PrimaryError>>,
{
    let (mut total, mut is_least) = (0, false);
    for &status in statuses {
        let count = insist(operation, || ask(status, None)).await?;
        total += count;
        is_least |= count >= OutboxStatus::COUNT_LIMIT;
    }
    operation.update(|progress| {
        progress.estimated_total = Some(total);
        progress.total_is_least = is_least;
    });
    let started = Instant::now();
    // Of a rate, a tenth of a second's worth.
    let chunk = |rate: NonZeroU32| rate.get().div_ceil(10).min(CHUNK);
    let chunk = rate.map_or(CHUNK, chunk);
    for &status in statuses {
        // What is changed does not match any more: a filter says what was so at its `as_of`.
        loop {
            let begun = Instant::now();
            let count = insist(operation, || ask(status, Some(chunk))).await?;
            if count == 0 {
                break;
            }
            operation.update(|progress| progress.advance(count, started.elapsed()));
            // Time that was lost is not caught up, so there is no burst after a slow statement.
            let nanos = count.saturating_mul(1_000_000_000);
            let nanos = rate.map_or(0, |rate| nanos / u64::from(rate.get()));
            let rest = Duration::from_nanos(nanos);
            pause(operation, rest.saturating_sub(begun.elapsed())).await?;
        }
    }
    Ok(())
}

/// Asks until the primary answers, it refuses, or patience ends. A change of
/// which nobody knows whether it committed is made again: that is safe, but its events may go uncounted.
async fn insist<F>(operation: &Operation, ask: impl Fn() -> F) -> Result<u64, Ended>
where
    F: Future<Output = Result<u64, PrimaryError>>,
{
    let begun = Instant::now();
    let mut rest = FIRST_PAUSE;
    loop {
        if operation.is_cancelling() {
            return Err(Ended::Cancelled);
        }
        let error = match ask().await {
            Ok(count) => return Ok(count),
            Err(error) => error,
        };
        let may_pass = matches!(
            error.disposition(),
            Disposition::Retry | Disposition::RetryLater
        );
        if !may_pass || begun.elapsed() >= PATIENCE {
            return Err(error.into());
        }
        operation.update(|progress| {
            progress.error = Some(error_chain(&error));
            progress.eta = None;
        });
        pause(operation, rest).await?;
        rest = (rest * 2).min(LONGEST_PAUSE);
    }
}

async fn pause(operation: &Operation, pause: Duration) -> Result<(), Ended> {
    match timeout(pause, operation.cancelled()).await {
        Ok(()) => Err(Ended::Cancelled),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::ready,
        sync::{Arc, Mutex},
    };

    use twinbase_core::{Timestamp, primary::OperationState};

    use super::*;
    use crate::operate::Task;

    /// Runs `retry` on so many failed events, at this rate unless it is 0; the first asks get these errors.
    fn start(failed: u64, rate: u32, errors: Vec<PrimaryError>) -> Arc<Operation> {
        let rate = NonZeroU32::new(rate);
        let task = Task::Events {
            verb: Verb::Retry,
            filter: EventFilter::default(),
            rate,
        };
        let operation = Operation::new(String::new(), task, String::new(), Timestamp::UNIX_EPOCH);
        let left = Mutex::new((failed, errors));
        let ask = move |_, limit: Option<u32>| {
            let (failed, errors) = &mut *left.lock().unwrap();
            ready(match (errors.pop(), limit) {
                (Some(error), _) => Err(error),
                (None, None) => Ok((*failed).min(OutboxStatus::COUNT_LIMIT)),
                (None, Some(limit)) => {
                    let count = (*failed).min(limit.into());
                    *failed -= count;
                    Ok(count)
                }
            })
        };
        let of = operation.clone();
        tokio::spawn(async move {
            let (state, error) = match change(&of, &[EventStatus::Failed], rate, ask).await {
                Ok(()) => (OperationState::Succeeded, None),
                Err(Ended::Failed(error)) => (OperationState::Failed, Some(error)),
                Err(Ended::Cancelled | Ended::TakenOver) => (OperationState::Cancelled, None),
            };
            of.end(state, error, Timestamp::UNIX_EPOCH);
        });
        operation
    }

    fn away(times: usize) -> Vec<PrimaryError> {
        let error = |_| PrimaryError::Unavailable {
            operation: "retry events",
            source: "connection refused".into(),
        };
        (0..times).map(error).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_is_kept_and_reported() {
        let begun = Instant::now();
        let operation = start(600, 20, Vec::new());
        let mut watch = operation.watch();
        let half = watch.wait_for(|progress| progress.done >= 300).await;
        let half = half.unwrap().clone();
        assert_eq!(begun.elapsed().as_secs(), 14);
        assert!((20.0..21.0).contains(&half.rate), "{}", half.rate);
        assert_eq!(
            (half.eta.unwrap().as_secs(), half.phase()),
            (14, "changing")
        );
        assert_eq!(operation.wait().await.done, 600);
        assert_eq!(begun.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn cancelling_stops_midway_and_at_once() {
        let operation = start(1_000, 1, Vec::new());
        let mut watch = operation.watch();
        watch.wait_for(|progress| progress.done == 3).await.unwrap();
        let begun = Instant::now();
        assert!(operation.cancel());
        assert_eq!(operation.progress().phase(), "cancelling");
        let end = operation.wait().await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert_eq!((end.state, end.done), (OperationState::Cancelled, 3));
        assert!(!operation.cancel());
        assert_eq!(operation.progress().phase(), "ended");
    }

    #[tokio::test(start_paused = true)]
    async fn a_primary_that_comes_back_is_waited_for() {
        let operation = start(10, 0, away(8));
        let mut watch = operation.watch();
        let waiting = watch.wait_for(|progress| progress.phase() == "waiting");
        let error = waiting.await.unwrap().error.clone().unwrap();
        assert!(
            error.ends_with("retry events: connection refused"),
            "{error}"
        );
        let end = operation.wait().await;
        assert_eq!((end.state, end.done), (OperationState::Succeeded, 10));
        assert_eq!(end.error, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_primary_that_stays_away_fails_the_operation_after_a_minute() {
        let begun = Instant::now();
        let end = start(10, 0, away(1_000)).wait().await;
        assert_eq!(end.state, OperationState::Failed);
        assert!(end.error.unwrap().contains("connection refused"));
        assert!((PATIENCE..PATIENCE + LONGEST_PAUSE).contains(&begun.elapsed()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_count_that_stopped_gives_no_time_left() {
        let many = OutboxStatus::COUNT_LIMIT + 5_000;
        let end = start(many, 0, Vec::new()).wait().await;
        assert!(end.total_is_least);
        assert_eq!((end.done, end.eta), (many, None));
    }
}
