//! The way back: readers move to the collection that was kept.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use twinbase_core::{
    PrimaryError, Schema,
    primary::{EventCursor, EventStatus, Phase},
};

use super::{
    RebuildError, RebuildStatus, Rebuilds,
    carry::{STRAGGLERS, Taken, events_of, take_along, take_everything},
    rebuilds::{FOLLOW, busy, done, not_kept, other_mapping},
    record,
};
use crate::{Sides, generations::SETTLE, operate::ROLLBACK};

/// How long a rollback waits until it can be: longer than readers need to move.
const PATIENCE: Duration = SETTLE.saturating_mul(2);

impl Rebuilds {
    /// Has readers move back to the kept collection. Waits some seconds for those who have not moved to the new one yet, and for what they may
    /// have seen there.
    pub async fn roll_back(&self, collection: &str) -> Result<RebuildStatus, RebuildError> {
        let ours = self.known(collection)?;
        let kept = self.is_level(collection, ours).await?;
        let floor = self.sides.primary.recorded().await?.floor;
        let now = record::read(&self.sides, collection).await?;
        let must_compare = |rebuild| now.mapping != Some(ours) || record::is_before(rebuild, floor);
        if now.rebuild.as_ref().is_some_and(must_compare) {
            self.require_worker().await?;
        }
        let operation = self.outbox.operations.new_id();
        let moved = self.change(collection, |record, now| {
            let serving = record.mapping;
            let Some(rebuild) = &mut record.rebuild else {
                return Err(not_kept(record));
            };
            match rebuild.phase {
                // What made it is known: of one generation that is always the same.
                Phase::Kept if rebuild.generation == kept => {}
                phase if phase == Phase::Settling || phase.is_before_switch() => {
                    return Err(busy(record, phase));
                }
                _ => return Err(not_kept(record)),
            }
            if serving == Some(ours) && !record::is_before(rebuild, floor) {
                record::switch(record, now);
            } else {
                record::compare_kept(rebuild, now);
            }
            if let Some(rebuild) = &mut record.rebuild {
                rebuild.requested_at = now;
                rebuild.operation = Some(operation.clone());
                // What the other collection lacks was counted.
                rebuild.undocumented = None;
            }
            Ok(())
        });
        let status = moved.await?;
        self.begin(operation.clone(), done(ROLLBACK, collection))
            .await;
        Ok(status)
    }

    /// Has whatever readers may have seen in the kept collection too, and returns its generation.
    ///
    /// Until all readers have moved, the new one is written first: what was read by then must be done. What is tried again, has failed or was
    /// discarded may never be; that is taken along.
    async fn is_level(&self, collection: &str, ours: i64) -> Result<u32, RebuildError> {
        let began = Instant::now();
        let mut newest = None;
        loop {
            let looked = Instant::now();
            let record = record::read(&self.sides, collection).await?;
            let schema = self.sides.registry.by_collection(collection);
            let (Some(rebuild), Some(schema)) = (&record.rebuild, schema) else {
                return Err(not_kept(&record));
            };
            let refusal = match rebuild.phase {
                Phase::Settling | Phase::Kept if rebuild.mapping != Some(ours) => {
                    return Err(other_mapping(&record));
                }
                phase if phase.is_before_switch() => return Err(busy(&record, phase)),
                Phase::Settling => busy(&record, rebuild.phase),
                Phase::Kept => {
                    let sides = &self.sides;
                    let newest = match newest {
                        Some(newest) => newest,
                        None => *newest.insert(self::newest(sides, schema).await?),
                    };
                    let now = sides.primary.now().await?;
                    let lasted = now.duration_since(rebuild.since);
                    let is_early = Duration::try_from(lasted).unwrap_or_default() < STRAGGLERS;
                    let is_waited_for = waits(sides, schema, EventStatus::Pending, newest).await?
                        || is_early && waits(sides, schema, EventStatus::Retrying, newest).await?;
                    if !is_waited_for {
                        let mut taken = take_along::<RebuildError>(sides, schema, &record).await?;
                        if taken == Taken::All {
                            taken = take_everything::<RebuildError>(sides, schema, &record).await?;
                        }
                        match taken {
                            Taken::All => return Ok(rebuild.generation),
                            Taken::Refused(reason) => {
                                let collection = collection.to_owned();
                                return Err(RebuildError::Refused { collection, reason });
                            }
                            Taken::NotYet => {}
                        }
                    }
                    let collection = collection.to_owned();
                    RebuildError::Behind { collection }
                }
                _ => return Err(not_kept(&record)),
            };
            if began.elapsed() > PATIENCE {
                // Without one nothing ends what is waited for.
                self.require_worker().await?;
                return Err(refusal);
            }
            // Comparing takes half of the time at most.
            sleep(FOLLOW.max(looked.elapsed())).await;
        }
    }
}

/// No event that is open now has a higher number.
pub(super) async fn newest(sides: &Sides, schema: &Schema) -> Result<i64, PrimaryError> {
    let open = events_of(schema, None);
    let newest = sides.primary.events(&open, None, 1).await?;
    Ok(newest.first().map_or(i64::MIN, |event| event.at.seq))
}

/// Whether an event of a status waits that has this number at most.
pub(super) async fn waits(
    sides: &Sides,
    schema: &Schema,
    status: EventStatus,
    newest: i64,
) -> Result<bool, PrimaryError> {
    let after = EventCursor {
        processed_at: None,
        seq: newest.saturating_add(1),
    };
    let filter = events_of(schema, Some(status));
    let waiting = sides.primary.events(&filter, Some(&after), 1).await?;
    Ok(!waiting.is_empty())
}
