//! From the replica's outcomes to what is written to the outbox, pure.

use jiff::{SignedDuration, Timestamp};
use twinbase_core::{
    Event, EventRef, Key, MAX_RETRIES, Name, Outcome, Schema, Version, primary::FailedAttempt,
};

use super::{
    metrics,
    plan::{Failure, Group},
    shared::Shared,
};
use crate::backoff::Backoff;

/// What is to be written to the outbox after a batch.
#[derive(Debug, Default)]
pub(crate) struct Settlement {
    /// Events that are done.
    pub(crate) applied: Vec<EventRef>,
    /// Keys whose failed events up to a version are done too.
    pub(crate) healed: Vec<(Key, Version)>,
    /// Failed attempts.
    pub(crate) failures: Vec<FailedAttempt>,
    /// How many documents were written, and how many events a newer one stood in for.
    pub(crate) written: u64,
    pub(crate) superseded: u64,
    now: Timestamp,
    retry: Backoff,
    jitter: f64,
}

impl Settlement {
    /// Nothing yet, by the worker's clock and options.
    pub(crate) fn new(shared: &Shared) -> Self {
        Self {
            now: shared.sides.clock.now(),
            retry: Backoff {
                base: shared.options.retry_base,
                cap: shared.options.retry_cap,
            },
            jitter: shared.jitter(),
            ..Self::default()
        }
    }

    /// Takes the outcomes of one collection's changes, in the order of their groups.
    pub(crate) fn take(&mut self, schema: &Schema, groups: Vec<Group>, outcomes: Vec<Outcome>) {
        let (mut written, mut superseded) = (0, 0);
        for (group, outcome) in groups.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Applied => written += 1,
                Outcome::Superseded => superseded += 1,
                Outcome::Rejected { code, reason } => {
                    let code = code.map_or_else(|| "rejected".into(), |c| format!("rejected-{c}"));
                    let failure = Failure::new(code, format!("the replica refuses it: {reason}"));
                    // Its older events stay pending and are tried by themselves: perhaps only the newest is bad.
                    self.fail(&schema.collection, &group.newest, failure);
                    continue;
                }
            }
            superseded += group.older.len() as u64;
            self.applied.extend(group.events());
            self.healed.push(group.healed());
        }
        metrics::events(&schema.collection, "applied", written);
        metrics::events(&schema.collection, "superseded", superseded);
        self.written += written;
        self.superseded += superseded;
    }

    /// Records a failed attempt of an event.
    pub(crate) fn fail(&mut self, collection: &Name, event: &Event, failure: Failure) {
        let is_last = event.retry_count >= MAX_RETRIES;
        metrics::events(collection, if is_last { "failed" } else { "charged" }, 1);
        let delay = self.retry.delay(event.retry_count + 1, self.jitter);
        let delay = SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX);
        self.failures.push(FailedAttempt {
            at: event.at,
            seen_retry_count: event.retry_count,
            error: failure.error,
            error_key: failure.key,
            next_attempt_at: Some(self.now.saturating_add(delay).unwrap_or(Timestamp::MAX)),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use twinbase_core::{AggregateId, HEARTBEAT};

    use super::*;
    use crate::worker::cursors::tests::event;

    fn group(retry_count: u32) -> Group {
        Group {
            id: AggregateId::new("a").unwrap(),
            newest: Event {
                version: Version::new(2),
                retry_count,
                ..event(0, 2)
            },
            older: vec![event(0, 1).at],
        }
    }

    fn settled(retry_count: u32, outcome: Outcome) -> Settlement {
        let mut settlement = Settlement {
            retry: Backoff {
                base: Duration::from_secs(1),
                cap: Duration::from_mins(1),
            },
            jitter: 1.0,
            ..Settlement::default()
        };
        settlement.take(&HEARTBEAT, vec![group(retry_count)], vec![outcome]);
        settlement
    }

    #[test]
    fn a_superseded_change_is_done_with_all_its_events() {
        for outcome in [Outcome::Applied, Outcome::Superseded] {
            let settlement = settled(0, outcome);
            assert_eq!(settlement.applied.len(), 2);
            assert_eq!(settlement.healed[0].1, Version::new(2));
            assert!(settlement.failures.is_empty());
        }
    }

    #[test]
    fn a_refused_change_fails_its_newest_event_alone_and_waits_longer_each_time() {
        let refused = || Outcome::Rejected {
            code: Some(121),
            reason: "no".into(),
        };
        let first = settled(0, refused());
        assert!(first.applied.is_empty() && first.healed.is_empty());
        let failure = &first.failures[0];
        assert_eq!((failure.at.seq, failure.seen_retry_count), (2, 0));
        assert_eq!(failure.error_key, "rejected-121");
        let third = settled(2, refused());
        let wait = |s: &Settlement| s.failures[0].next_attempt_at.unwrap().as_second();
        assert_eq!((wait(&first), wait(&third)), (1, 4));
    }
}
