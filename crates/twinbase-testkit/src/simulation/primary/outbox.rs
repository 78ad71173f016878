//! The outbox, and waking up.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use rand::Rng as _;
use twinbase_core::{
    AggregateId, EventRef, Key, MAX_RETRIES, PrimaryError, Schema, Version,
    primary::{FailedAttempt, Hints, Outbox, OutboxStatus, Pending, PendingRequest, Retired, Wake},
};

use super::{SimPrimary, hash};
use crate::simulation::{
    database::EventRow,
    faults::Sabotage,
    keys::KeyNumber,
    oracle::{judge_charge, judge_mark},
    trace::mix,
    world::World,
};

#[async_trait]
impl Outbox for SimPrimary {
    async fn pending(&self, request: &PendingRequest) -> Result<Pending, PrimaryError> {
        let caller = self.caller;
        self.shared.world().judge_held(caller, self.may_hold);
        let detail = request
            .cursors
            .iter()
            .fold(u64::from(request.limit), |hash, (_, after)| {
                mix(hash, after.cast_unsigned())
            });
        let request = request.clone();
        self.call("read", detail, move |world| world.pending(caller, &request))
            .await
    }

    async fn mark_applied(
        &self,
        events: &[EventRef],
        healed: &[(Key, Version)],
    ) -> Result<u64, PrimaryError> {
        let (events, healed) = (events.to_vec(), healed.to_vec());
        self.call("mark", hash(&events), move |world| {
            let now = world.now();
            let mut marked = 0;
            for event in &events {
                let Some(row) = world.database.events.get_mut(&event.seq) else {
                    continue;
                };
                let (key, version) = (row.key, row.version);
                if row.waits() {
                    row.done = Some(now);
                    row.next_attempt = None;
                    marked += 1;
                    world.index(event.seq);
                }
                let verdict = judge_mark(&world.subjects[key], world.memory[key], version);
                world.check(verdict);
            }
            for (key, version) in &healed {
                if let Some(key) = world.numbers.find(&key.aggregate_type, &key.id) {
                    let verdict =
                        judge_mark(&world.subjects[key], world.memory[key], version.get());
                    world.check(verdict);
                    marked += world.heal(key, version.get(), now);
                }
            }
            marked
        })
        .await
    }

    async fn record_failed(&self, charges: &[FailedAttempt]) -> Result<u64, PrimaryError> {
        let events: Vec<_> = charges.iter().map(|charge| charge.at).collect();
        let charges = charges.to_vec();
        self.call("record_failed", hash(&events), move |world| {
            let now = world.now();
            let mut counted = 0;
            for charge in &charges {
                let seq = charge.at.seq;
                let Some(row) = world.database.events.get_mut(&seq) else {
                    continue;
                };
                if !row.waits() || row.retry_count != charge.seen_retry_count {
                    continue;
                }
                row.retry_count += 1;
                if charge.next_attempt_at.is_none() {
                    row.retry_count = row.retry_count.max(MAX_RETRIES + 1);
                }
                row.next_attempt = charge.next_attempt_at.filter(|_| row.waits());
                row.failed_at = Some(now);
                let is_kept = world.sabotage != Some(Sabotage::HidesFailures);
                row.error = is_kept.then(|| (charge.error.clone(), charge.error_key.clone()));
                let (key, failed) = (row.key, row.has_failed());
                counted += 1;
                world.index(seq);
                if failed {
                    world.trace.count("set aside");
                }
                let memory = &mut world.memory[key];
                memory.charged += 1;
                let verdict =
                    judge_charge(&world.subjects[key], world.memory[key], &charge.error_key);
                world.check(verdict);
            }
            counted
        })
        .await
    }

    async fn unapplied(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<HashSet<AggregateId>, PrimaryError> {
        let ids = ids.to_vec();
        self.call("unapplied", ids.len() as u64, move |world| {
            let waiting = world.database.waiting.iter().flatten();
            let waiting: HashSet<_> = waiting.map(|(_, waiting)| waiting.key).collect();
            let keys = world.numbers.of_ids(schema.aggregate_type, &ids);
            let found = keys.filter(|key| waiting.contains(key));
            found.map(|key| world.subjects[key].id.clone()).collect()
        })
        .await
    }

    async fn status(&self) -> Result<OutboxStatus, PrimaryError> {
        self.call("status", 0, |world| world.outbox_status(None))
            .await
    }

    async fn status_by_type(&self) -> Result<Vec<(Arc<str>, OutboxStatus)>, PrimaryError> {
        self.call("status by type", 0, |world| {
            let types: BTreeSet<_> = world.subjects.iter().map(|of| &of.aggregate_type).collect();
            let all = types
                .into_iter()
                .map(|of| (of.clone(), world.outbox_status(Some(of))));
            all.filter(|(_, status)| status.backlog + status.failed > 0)
                .collect()
        })
        .await
    }

    async fn retire(&self, before: Timestamp, limit: u32) -> Result<Retired, PrimaryError> {
        self.call("retire", 0, move |world| {
            let rows = world.database.events.iter();
            let is_old = |row: &EventRow| row.done.is_some_and(|done| done < before);
            let mut old: Vec<_> = rows
                .filter(|(_, row)| is_old(row))
                .map(|(seq, row)| (row.done, *seq))
                .collect();
            old.sort_unstable();
            old.truncate(limit as usize);
            let mut retired = Retired::default();
            for (_, seq) in old {
                let Some(row) = world.database.events.remove(&seq) else {
                    continue;
                };
                retired.removed += 1;
                let subject = &world.subjects[row.key];
                if row.payload.is_none() && row.version == subject.head() {
                    retired
                        .deleted
                        .push((subject.key(), Version::new(row.version)));
                }
                world.trace.count("event retired");
            }
            retired
        })
        .await
    }

    async fn forget(&self, heads: &[(Key, Version)]) -> Result<u64, PrimaryError> {
        let heads = heads.to_vec();
        self.call("forget", 0, move |world| {
            let mut forgotten = 0;
            for (key, version) in &heads {
                let Some(key) = world.numbers.find(&key.aggregate_type, &key.id) else {
                    continue;
                };
                let mut rows = world.database.events.values();
                let waits = rows.any(|row| row.key == key && row.done.is_none());
                let subject = &mut world.subjects[key];
                if subject.head() == version.get() && !subject.locked && !waits {
                    subject.history.clear();
                    subject.discarded.clear();
                    world.memory[key].highest = 0;
                    forgotten += 1;
                }
            }
            forgotten
        })
        .await
    }
}

#[async_trait]
impl Wake for SimPrimary {
    async fn notify(&self) -> Result<(), PrimaryError> {
        let hints = self.shared.hints.clone();
        self.call("notify", 0, move |_| hints.notify_waiters())
            .await
    }

    async fn listen(&self) -> Result<Option<Hints>, PrimaryError> {
        let shared = self.shared.clone();
        self.call("listen", 0, move |_| {
            // Counts from now, whenever it is polled first.
            let next = shared.hints.clone().notified_owned();
            // One connection in ten is lost with the next hint.
            let hints = stream::unfold((shared.clone(), next), |(shared, next)| async move {
                next.await;
                let next = shared.hints.clone().notified_owned();
                let goes_on = shared.world().random.random_bool(0.9);
                goes_on.then_some(((), (shared, next)))
            });
            Some(hints.boxed())
        })
        .await
    }
}

impl World {
    /// Takes back the marks of the last time: the primary crashed before they were on disk.
    pub(in crate::simulation) fn take_back_marks(&mut self, of_last: Duration) {
        let since = self.now().saturating_sub(of_last).unwrap_or(Timestamp::MIN);
        let rows = self.database.events.iter_mut();
        let marked = rows.filter(|(_, row)| {
            row.discarded.is_none() && row.done.is_some_and(|done| done >= since)
        });
        let mut seqs = Vec::new();
        for (seq, row) in marked {
            row.done = None;
            row.committed = tokio::time::Instant::now();
            seqs.push(*seq);
        }
        for seq in seqs {
            self.index(seq);
            self.trace.count("mark taken back");
        }
    }

    fn heal(&mut self, key: KeyNumber, version: i64, now: Timestamp) -> u64 {
        let Some(charged) = self.database.charged.get(&key).cloned() else {
            return 0;
        };
        let mut healed = 0;
        for seq in charged {
            let Some(row) = self.database.events.get_mut(&seq) else {
                continue;
            };
            if row.version <= version {
                row.done = Some(now);
                row.next_attempt = None;
                row.retry_count = row.retry_count.min(MAX_RETRIES);
                healed += 1;
                self.index(seq);
            }
        }
        healed
    }

    /// The outbox in numbers, of one type or of all.
    fn outbox_status(&self, aggregate_type: Option<&str>) -> OutboxStatus {
        let now = self.now();
        let mut status = OutboxStatus::default();
        let is_of = |key: KeyNumber| {
            aggregate_type.is_none_or(|of| *of == *self.subjects[key].aggregate_type)
        };
        let age = |at: Timestamp| Duration::try_from(now.duration_since(at)).unwrap_or_default();
        for (seq, waiting) in self.database.waiting.iter().flatten() {
            if is_of(waiting.key) {
                let row = &self.database.events[seq];
                status.backlog += 1;
                status.retrying += u64::from(waiting.is_charged);
                status.oldest_pending = status.oldest_pending.max(Some(age(row.created)));
            }
        }
        status.oldest_unapplied = status.oldest_pending;
        for seq in self.database.charged.values().flatten() {
            let row = &self.database.events[seq];
            if is_of(row.key) && row.has_failed() {
                status.failed += 1;
                status.oldest_unapplied = status.oldest_unapplied.max(Some(age(row.created)));
            }
        }
        status
    }
}
