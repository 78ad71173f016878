//! The way back: readers move to the collection that was kept.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use twinbase_core::primary::{EventFilter, EventStatus, Phase};

use super::{
    RebuildError, RebuildStatus, Rebuilds,
    rebuilds::{FOLLOW, busy, not_kept},
    record::{self, enter},
};
use crate::generations::SETTLE;

/// How long a rollback waits until it can be: longer than readers need to move.
const LEVEL: Duration = SETTLE.saturating_mul(2);

impl Rebuilds {
    /// Has readers move back to the kept collection. Waits some seconds for those who have not moved to the new one yet.
    pub async fn roll_back(&self, collection: &str) -> Result<RebuildStatus, RebuildError> {
        let ours = self.known(collection)?;
        self.are_level(collection).await?;
        let floor = self.sides.primary.recorded().await?.floor;
        self.change(collection, |record, now| {
            let serving = record.mapping;
            let Some(rebuild) = &mut record.rebuild else {
                return Err(not_kept(record));
            };
            match rebuild.phase {
                Phase::Kept => {}
                phase @ Phase::Settling => return Err(busy(record, phase)),
                _ => return Err(not_kept(record)),
            }
            if rebuild.mapping != Some(ours) {
                let collection = record.collection.clone();
                return Err(RebuildError::OtherMapping { collection });
            }
            // The floor is above the clock at which a database was put back: the kept collection may have what was lost.
            let dual_since = rebuild.dual_since.map(Timestamp::as_microsecond);
            let is_of_before = dual_since.is_some_and(|since| floor.get() > since);
            if serving == Some(ours) && !is_of_before {
                record::switch(record, now);
            } else {
                enter(rebuild, Phase::Verifying, now);
                rebuild.dual_since = Some(now);
                rebuild.is_paused = false;
            }
            Ok(())
        })
        .await
    }

    /// Waits until whatever readers may have seen is in the kept collection too. Until all have moved, the new one is written first, so
    /// what was read by then must be done.
    async fn are_level(&self, collection: &str) -> Result<(), RebuildError> {
        let began = Instant::now();
        loop {
            let record = record::read(&self.sides, collection).await?;
            let phase = match &record.rebuild {
                Some(of) if of.phase == Phase::Settling => of.phase,
                Some(of) if of.phase == Phase::Kept => {
                    // Also what was tried before, and may just be tried again.
                    let mut open = 0;
                    for status in [EventStatus::Pending, EventStatus::Retrying] {
                        let schema = self.sides.registry.by_collection(collection);
                        let filter = EventFilter {
                            status: Some(status),
                            aggregate_type: schema.map(|of| of.aggregate_type.to_string()),
                            as_of: Some(of.since),
                            ..EventFilter::default()
                        };
                        open += self.sides.primary.count_events(&filter).await?;
                    }
                    if open == 0 {
                        return Ok(());
                    }
                    of.phase
                }
                _ => return Ok(()),
            };
            if began.elapsed() > LEVEL {
                return Err(busy(&record, phase));
            }
            sleep(FOLLOW).await;
        }
    }
}
