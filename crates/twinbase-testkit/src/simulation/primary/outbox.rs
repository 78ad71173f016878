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
    primary::{
        EventStatus, FailedAttempt, Hints, Outbox, OutboxStatus, Pending, PendingRequest, Retired,
        Wake,
    },
};

use super::{SimPrimary, hash};
use crate::simulation::{
    database::EventRow, faults::Sabotage, keys::KeyNumber, trace::mix, world::World,
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
            for EventRef { seq, .. } in events.iter().copied() {
                let Some(row) = world.database.events.get(&seq) else {
                    continue;
                };
                let (key, version, waits) = (row.key, row.record.version, row.waits());
                if waits {
                    world.database.alter(seq, |row| row.end(now));
                    marked += 1;
                }
                world.judge_mark(key, version.get());
            }
            for (key, version) in &healed {
                if let Some(key) = world.find(&key.aggregate_type, &key.id) {
                    world.judge_mark(key, version.get());
                    marked += world.heal(key, *version, now);
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
                let counts = |row: &&Arc<EventRow>| {
                    row.waits() && row.record.retry_count == charge.seen_retry_count
                };
                let Some(row) = world.database.events.get(&seq).filter(counts) else {
                    continue;
                };
                let key = row.key;
                let is_kept = world.sabotage != Some(Sabotage::HidesFailures);
                world.database.alter(seq, |EventRow { record, .. }| {
                    record.retry_count += 1;
                    if charge.next_attempt_at.is_none() {
                        record.retry_count = record.retry_count.max(MAX_RETRIES + 1);
                    }
                    let again = record.retry_count <= MAX_RETRIES;
                    record.next_attempt_at = charge.next_attempt_at.filter(|_| again);
                    record.failed_at = Some(now);
                    record.last_error = is_kept.then(|| charge.error.clone());
                    record.error_key = is_kept.then(|| charge.error_key.clone());
                });
                counted += 1;
                if world.database.events[&seq].has_failed() {
                    world.trace.count("set aside");
                }
                world.subjects[key].charged += 1;
                world.judge_charge(key, &charge.error_key);
            }
            counted
        })
        .await
    }

    async fn touch(
        &self,
        schema: &Schema,
        above: &[(AggregateId, Version)],
    ) -> Result<Vec<(AggregateId, Version)>, PrimaryError> {
        let of_type = schema.aggregate_type.clone();
        let above = above.to_vec();
        loop {
            let (of_type, above) = (of_type.clone(), above.clone());
            let count = above.len() as u64;
            let touch = self.call("touch", count, move |world| world.touch(&of_type, &above));
            match touch.await? {
                // A database waits for the locks of others.
                Err(PrimaryError::Contention { .. }) => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                touched => return touched,
            }
        }
    }

    async fn unapplied(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<HashSet<AggregateId>, PrimaryError> {
        let of_type = schema.aggregate_type.clone();
        let ids = ids.to_vec();
        self.call("unapplied", ids.len() as u64, move |world| {
            let waiting: HashSet<_> = world.database.waiting.values().map(|row| row.key).collect();
            let keys = world.of_ids(&of_type, &ids);
            let found = keys.filter(|key| waiting.contains(key));
            found
                .map(|key| world.subjects[key].key.id.clone())
                .collect()
        })
        .await
    }

    async fn status(&self) -> Result<OutboxStatus, PrimaryError> {
        self.call("status", 0, |world| world.outbox_status(None))
            .await
    }

    async fn status_by_type(&self) -> Result<Vec<(Arc<str>, OutboxStatus)>, PrimaryError> {
        self.call("status by type", 0, |world| {
            let types = world.subjects.iter().map(|of| &of.key.aggregate_type);
            let types: BTreeSet<_> = types.collect();
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
            let rows = world.database.events.values();
            let done = rows.filter_map(|row| Some((row.record.processed_at?, row.record.at.seq)));
            let mut old: Vec<_> = done.filter(|(done, _)| *done < before).collect();
            old.sort_unstable();
            old.truncate(limit as usize);
            let mut retired = Retired::default();
            for (_, seq) in old {
                let Some(row) = world.database.events.remove(&seq) else {
                    continue;
                };
                retired.removed += 1;
                let subject = &world.subjects[row.key];
                let version = row.record.version;
                if row.payload.is_none() && version.get() == subject.head() {
                    retired.deleted.push((subject.key.clone(), version));
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
                let Some(key) = world.find(&key.aggregate_type, &key.id) else {
                    continue;
                };
                let mut rows = world.database.events.values();
                let waits = rows.any(|row| row.key == key && row.is_open());
                let subject = &mut world.subjects[key];
                if subject.head() == version.get() && !subject.locked && !waits {
                    subject.history.clear();
                    subject.discarded.clear();
                    subject.copies.clear();
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
        let rows = self.database.events.values();
        let marked = rows.filter(|row| {
            row.record.status == EventStatus::Applied && row.record.processed_at >= Some(since)
        });
        for seq in marked.map(|row| row.record.at.seq).collect::<Vec<_>>() {
            self.database.alter(seq, |row| {
                row.record.processed_at = None;
                row.committed = tokio::time::Instant::now();
            });
            self.trace.count("mark taken back");
        }
    }

    fn heal(&mut self, key: KeyNumber, version: Version, now: Timestamp) -> u64 {
        let charged = self.database.charged_of(key);
        let healed = charged.filter(|row| row.record.version <= version);
        let healed: Vec<_> = healed.map(|row| row.record.at.seq).collect();
        for seq in &healed {
            self.database.alter(*seq, |row| row.end(now));
        }
        healed.len() as u64
    }

    /// The outbox in numbers, of one type or of all.
    fn outbox_status(&self, aggregate_type: Option<&str>) -> OutboxStatus {
        let now = self.now();
        let mut status = OutboxStatus {
            floor: self.database.floor,
            unproven: self.database.raised.is_some(),
            ..OutboxStatus::default()
        };
        let is_of =
            |row: &&Arc<EventRow>| aggregate_type.is_none_or(|of| of == row.record.aggregate_type);
        let age = |row: &EventRow| {
            let age = now.duration_since(row.record.created_at);
            Some(Duration::try_from(age).unwrap_or_default())
        };
        for row in self.database.waiting.values().filter(is_of) {
            status.backlog += 1;
            status.retrying += u64::from(row.is_charged());
            status.oldest_pending = status.oldest_pending.max(age(row));
        }
        status.oldest_unapplied = status.oldest_pending;
        let charged = self.database.charged.values().filter(is_of);
        for row in charged.filter(|row| row.has_failed()) {
            status.failed += 1;
            status.oldest_unapplied = status.oldest_unapplied.max(age(row));
        }
        status
    }
}
