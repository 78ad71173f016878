//! The way back: readers move to the collection that was kept.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use twinbase_core::{
    AggregateId, Body, Change, Key, Operation, Outcome, PrimaryError, Schema, Version,
    primary::{CollectionRecord, EventCursor, EventFilter, EventRecord, EventStatus, Phase},
};

use super::{
    RebuildError, RebuildStatus, Rebuilds,
    carry::as_readers_have,
    rebuilds::{FOLLOW, busy, not_kept},
    record::{self, enter},
};
use crate::generations::{SETTLE, in_generation};

/// How long a rollback waits until it can be: longer than readers need to move.
const PATIENCE: Duration = SETTLE.saturating_mul(2);

/// A worker that knows only the order of writing of before has written what it will after this time: its batches are not that old.
const STRAGGLERS: Duration = Duration::from_mins(2);

/// How many events are looked at together.
const PAGE: u32 = 500;

impl Rebuilds {
    /// Has readers move back to the kept collection. Waits some seconds for those who have not moved to the new one yet, and for what they may
    /// have seen there.
    pub async fn roll_back(&self, collection: &str) -> Result<RebuildStatus, RebuildError> {
        let ours = self.known(collection)?;
        let kept = self.is_level(collection).await?;
        let floor = self.sides.primary.recorded().await?.floor;
        self.change(collection, |record, now| {
            let serving = record.mapping;
            let Some(rebuild) = &mut record.rebuild else {
                return Err(not_kept(record));
            };
            match rebuild.phase {
                Phase::Kept if rebuild.generation == kept => {}
                phase @ Phase::Settling => return Err(busy(record, phase)),
                _ => return Err(not_kept(record)),
            }
            if rebuild.mapping != Some(ours) {
                let collection = record.collection.clone();
                return Err(RebuildError::OtherMapping { collection });
            }
            if serving == Some(ours) && !record::is_before(rebuild, floor) {
                record::switch(record, now);
            } else {
                enter(rebuild, Phase::Verifying, now);
                rebuild.dual_since = Some(now);
                rebuild.until = None;
                rebuild.is_paused = false;
            }
            Ok(())
        })
        .await
    }

    /// Has whatever readers may have seen in the kept collection too, and returns its generation.
    ///
    /// Until all readers have moved, the new one is written first: what was read by then must be done. What is tried again, has failed or was
    /// discarded may never be; of that the kept collection gets what readers have.
    async fn is_level(&self, collection: &str) -> Result<u32, RebuildError> {
        let began = Instant::now();
        let mut newest = None;
        loop {
            let record = record::read(&self.sides, collection).await?;
            let schema = self.sides.registry.by_collection(collection);
            let (Some(rebuild), Some(schema)) = (&record.rebuild, schema) else {
                return Err(not_kept(&record));
            };
            let refusal = match rebuild.phase {
                Phase::Settling => busy(&record, rebuild.phase),
                Phase::Kept => {
                    let newest = match newest {
                        Some(newest) => newest,
                        None => *newest.insert(self.newest(schema).await?),
                    };
                    let now = self.sides.primary.now().await?;
                    let lasted = now.duration_since(rebuild.since);
                    let is_early = Duration::try_from(lasted).unwrap_or_default() < STRAGGLERS;
                    let waits = self.waits(schema, EventStatus::Pending, newest).await?
                        || is_early && self.waits(schema, EventStatus::Retrying, newest).await?;
                    if !waits {
                        self.take_along(schema, &record, rebuild.dual_since).await?;
                        return Ok(rebuild.generation);
                    }
                    let collection = collection.to_owned();
                    RebuildError::Behind { collection }
                }
                _ => return Err(not_kept(&record)),
            };
            if began.elapsed() > PATIENCE {
                return Err(refusal);
            }
            sleep(FOLLOW).await;
        }
    }

    /// No event that is open now has a higher number.
    async fn newest(&self, schema: &Schema) -> Result<i64, PrimaryError> {
        let open = of(schema, None);
        let newest = self.sides.primary.events(&open, None, 1).await?;
        Ok(newest.first().map_or(i64::MIN, |event| event.at.seq))
    }

    /// Whether an event of a status waits that has this number at most.
    async fn waits(
        &self,
        schema: &Schema,
        status: EventStatus,
        newest: i64,
    ) -> Result<bool, PrimaryError> {
        let after = EventCursor {
            processed_at: None,
            seq: newest.saturating_add(1),
        };
        let filter = of(schema, Some(status));
        let waiting = self.sides.primary.events(&filter, Some(&after), 1).await?;
        Ok(!waiting.is_empty())
    }

    /// Has the kept collection have what readers have of aggregates whose events may never be applied.
    async fn take_along(
        &self,
        schema: &Arc<Schema>,
        record: &CollectionRecord,
        dual_since: Option<Timestamp>,
    ) -> Result<(), RebuildError> {
        // What is not done, whatever it is just now; and what somebody discards or restores meanwhile.
        for status in [
            Some(EventStatus::Discarded),
            None,
            Some(EventStatus::Discarded),
        ] {
            let (filter, mut after) = (of(schema, status), None);
            loop {
                let page = self.sides.primary.events(&filter, after.as_ref(), PAGE);
                let page = page.await?;
                let Some(last) = page.last() else { break };
                after = Some(last.cursor());
                let mut ids: Vec<_> = page.iter().filter_map(id).collect();
                ids.sort_unstable();
                ids.dedup();
                self.take(schema, record, &ids).await?;
                // The last ones come first. What was discarded before changes went to both is in both, or in neither.
                let is_of_before = status.is_some() && last.processed_at < dual_since;
                if is_of_before || page.len() < PAGE as usize {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn take(
        &self,
        schema: &Arc<Schema>,
        record: &CollectionRecord,
        ids: &[AggregateId],
    ) -> Result<(), RebuildError> {
        let serving = in_generation(schema, record.generation);
        let generation = record.rebuild.as_ref().map_or(0, |of| of.generation);
        let kept = in_generation(schema, generation);
        let mut changes = as_readers_have(&self.sides, &serving, ids).await?;
        let has = |id: &AggregateId| changes.iter().any(|change| change.id == *id);
        let absent: Vec<_> = ids.iter().filter(|id| !has(id)).cloned().collect();
        let deleted = self.deleted(schema, &kept, &absent).await?;
        let now = self.sides.clock.now();
        changes.extend(deleted.into_iter().map(|(id, version)| Change {
            id,
            version,
            body: Body::Tombstone(now),
        }));
        let outcomes = self.sides.replica.apply(&kept, &changes).await?;
        for (change, outcome) in changes.iter().zip(outcomes) {
            if let Outcome::Rejected { reason, .. } = outcome {
                return Err(RebuildError::Refused {
                    collection: record.collection.clone(),
                    reason: format!("document {}: {reason}", change.id),
                });
            }
        }
        Ok(())
    }

    /// The last deletions of what the kept collection has still and readers find no more: what was deleted before the serving one was filled has
    /// no tombstone there.
    async fn deleted(
        &self,
        schema: &Schema,
        kept: &Schema,
        absent: &[AggregateId],
    ) -> Result<Vec<(AggregateId, Version)>, RebuildError> {
        let mut deleted = Vec::new();
        if absent.is_empty() {
            return Ok(deleted);
        }
        let found = self.sides.replica.versions(kept, absent).await?;
        for of in found.into_iter().filter(|of| !of.deleted) {
            let key = Key::new(schema.aggregate_type.clone(), of.id.clone());
            let history = self.sides.primary.history(&key, PAGE).await?;
            let is_deletion = |event: &&EventRecord| {
                Operation::is_delete(&event.event_type, &event.aggregate_type)
            };
            let Some(last) = history.iter().find(is_deletion) else {
                return Err(RebuildError::Refused {
                    collection: schema.collection.to_string(),
                    reason: format!(
                        "document {} is there still, and its deletion is not known",
                        of.id
                    ),
                });
            };
            deleted.push((of.id, last.version));
        }
        Ok(deleted)
    }
}

fn of(schema: &Schema, status: Option<EventStatus>) -> EventFilter {
    EventFilter {
        status,
        aggregate_type: Some(schema.aggregate_type.to_string()),
        ..EventFilter::default()
    }
}

fn id(event: &EventRecord) -> Option<AggregateId> {
    AggregateId::new(&event.aggregate_id).ok()
}
