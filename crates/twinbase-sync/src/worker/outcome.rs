//! From the replica's answers to marks and charges, pure.

use jiff::{SignedDuration, Timestamp};
use twinbase_core::{EventRef, Key, Outcome, Version, primary::Charge};

use super::{
    WorkerOptions,
    plan::{Failure, Group, Item},
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
    /// Takes the outcomes of one collection's changes, in their order.
    pub(crate) fn take(
        &mut self,
        items: Vec<Item>,
        outcomes: Vec<Outcome>,
        now: Timestamp,
        options: &WorkerOptions,
        jitter: f64,
    ) {
        for (item, outcome) in items.into_iter().zip(outcomes) {
            let done = match outcome {
                Outcome::Applied => {
                    self.written += 1;
                    0
                }
                Outcome::Superseded => 1,
                Outcome::Rejected { code, reason } => {
                    let code = code.map_or_else(|| "rejected".into(), |c| format!("rejected-{c}"));
                    let failure = Failure::new(code, format!("the replica refuses it: {reason}"));
                    self.charge(&item.group, failure, now, options, jitter);
                    continue;
                }
            };
            self.superseded += done + item.group.older.len() as u64;
            self.applied.extend(item.group.events());
            self.healed.push(item.group.healed());
        }
    }

    /// Charges a group's newest event. Its older ones stay pending and are tried
    /// by themselves: perhaps only the newest is bad.
    pub(crate) fn charge(
        &mut self,
        group: &Group,
        failure: Failure,
        now: Timestamp,
        options: &WorkerOptions,
        jitter: f64,
    ) {
        let delay = Backoff {
            base: options.retry_base,
            cap: options.retry_cap,
        }
        .delay(group.newest.retry_count + 1, jitter);
        let delay = SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX);
        self.charges.push(Charge {
            at: group.newest.at,
            seen_retry_count: group.newest.retry_count,
            error: failure.error,
            error_key: failure.key,
            next_attempt_at: now.saturating_add(delay).unwrap_or(Timestamp::MAX),
        });
    }
}
