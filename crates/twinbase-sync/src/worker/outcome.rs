//! From the replica's answers to marks and charges, pure.

use jiff::{SignedDuration, Timestamp};
use twinbase_core::{Event, EventRef, Key, MAX_RETRIES, Outcome, Schema, Version, primary::Charge};

use super::{
    WorkerOptions, metrics,
    plan::{Failure, Group},
};
use crate::backoff::Backoff;

/// What is to be written to the outbox after a batch.
#[derive(Debug, Default)]
pub(crate) struct Settlement {
    /// Events that are done.
    pub(crate) applied: Vec<EventRef>,
    /// Keys whose charged events up to a version are done too.
    pub(crate) healed: Vec<(Key, Version)>,
    /// Events that failed.
    pub(crate) charges: Vec<Charge>,
    /// How many documents were written, and how many events a newer one stood in for.
    pub(crate) written: u64,
    pub(crate) superseded: u64,
}

impl Settlement {
    /// Takes the outcomes of one collection's changes, in the order of their groups.
    pub(crate) fn take(
        &mut self,
        schema: &'static Schema,
        groups: Vec<Group>,
        outcomes: Vec<Outcome>,
        now: Timestamp,
        options: &WorkerOptions,
        jitter: f64,
    ) {
        let (written, superseded) = (self.written, self.superseded);
        for (group, outcome) in groups.into_iter().zip(outcomes) {
            let done = match outcome {
                Outcome::Applied => {
                    self.written += 1;
                    0
                }
                Outcome::Superseded => 1,
                Outcome::Rejected { code, reason } => {
                    let code = code.map_or_else(|| "rejected".into(), |c| format!("rejected-{c}"));
                    let failure = Failure::new(code, format!("the replica refuses it: {reason}"));
                    self.charge(schema.collection, &group, failure, now, options, jitter);
                    continue;
                }
            };
            self.superseded += done + group.older.len() as u64;
            self.applied.extend(group.events());
            self.healed.push(group.healed());
        }
        metrics::events(schema.collection, "applied", self.written - written);
        metrics::events(
            schema.collection,
            "superseded",
            self.superseded - superseded,
        );
    }

    /// Charges a group's newest event. Its older ones stay pending and are tried
    /// by themselves: perhaps only the newest is bad.
    pub(crate) fn charge(
        &mut self,
        collection: &'static str,
        group: &Group,
        failure: Failure,
        now: Timestamp,
        options: &WorkerOptions,
        jitter: f64,
    ) {
        let delay = delay(&group.newest, options, jitter);
        let again = Some(now.saturating_add(delay).unwrap_or(Timestamp::MAX));
        self.charge_event(collection, &group.newest, failure, again);
    }

    /// Charges one event, to be tried again at this time or never.
    pub(crate) fn charge_event(
        &mut self,
        collection: &'static str,
        event: &Event,
        failure: Failure,
        next_attempt_at: Option<Timestamp>,
    ) {
        let is_last = next_attempt_at.is_none() || event.retry_count >= MAX_RETRIES;
        metrics::events(collection, if is_last { "failed" } else { "charged" }, 1);
        self.charges.push(Charge {
            at: event.at,
            seen_retry_count: event.retry_count,
            error: failure.error,
            error_key: failure.key,
            next_attempt_at,
        });
    }
}

/// How long an event waits that is charged now.
pub(crate) fn delay(event: &Event, options: &WorkerOptions, jitter: f64) -> SignedDuration {
    let delay = Backoff {
        base: options.retry_base,
        cap: options.retry_cap,
    }
    .delay(event.retry_count + 1, jitter);
    SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use twinbase_core::{AggregateId, HEARTBEAT, Partition};

    use super::*;

    fn group(retry_count: u32) -> Group {
        let at = |seq| EventRef {
            partition: Partition(0),
            seq,
        };
        Group {
            id: AggregateId::new("a").unwrap(),
            newest: Event {
                at: at(2),
                event_type: "todo.updated".into(),
                aggregate_type: "todo".into(),
                aggregate_id: "a".into(),
                version: Version::new(2),
                mapping: None,
                payload: None,
                retry_count,
                created_at: Timestamp::UNIX_EPOCH,
                traceparent: None,
            },
            older: vec![at(1)],
        }
    }

    fn settled(retry_count: u32, outcome: Outcome) -> Settlement {
        let mut settlement = Settlement::default();
        let options = WorkerOptions::default();
        let groups = vec![group(retry_count)];
        settlement.take(
            HEARTBEAT,
            groups,
            vec![outcome],
            Timestamp::UNIX_EPOCH,
            &options,
            1.0,
        );
        settlement
    }

    #[test]
    fn a_superseded_change_is_done_with_all_its_events() {
        for outcome in [Outcome::Applied, Outcome::Superseded] {
            let settlement = settled(0, outcome);
            assert_eq!(settlement.applied.len(), 2);
            assert_eq!(settlement.healed[0].1, Version::new(2));
            assert!(settlement.charges.is_empty());
        }
    }

    #[test]
    fn a_refused_change_charges_its_newest_event_alone_and_waits_longer_each_time() {
        let refused = || Outcome::Rejected {
            code: Some(121),
            reason: "no".into(),
        };
        let first = settled(0, refused());
        assert!(first.applied.is_empty() && first.healed.is_empty());
        let charge = &first.charges[0];
        assert_eq!((charge.at.seq, charge.seen_retry_count), (2, 0));
        assert_eq!(charge.error_key, "rejected-121");
        let third = settled(2, refused());
        let wait = |s: &Settlement| s.charges[0].next_attempt_at.unwrap().as_second();
        assert_eq!((wait(&first), wait(&third)), (1, 4));
    }
}
