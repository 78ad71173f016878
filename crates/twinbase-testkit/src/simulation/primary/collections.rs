//! Where the documents of each collection lie, as the real primaries keep it.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use twinbase_core::{
    PrimaryError,
    primary::{CollectionRecord, Collections, Phase},
};

use super::SimPrimary;
use crate::simulation::{faults::Sabotage, world::World};

/// How much earlier a switch is said to have been by a primary that hurries: longer than anything is kept.
const HURRY: SignedDuration = SignedDuration::from_hours(24);

#[async_trait]
impl Collections for SimPrimary {
    async fn collections(&self) -> Result<Vec<CollectionRecord>, PrimaryError> {
        self.call("collections", 0, |world| {
            let records = world.database.collections.values();
            records.map(|record| world.shown_record(record)).collect()
        })
        .await
    }

    async fn record_collection(&self, record: &CollectionRecord) -> Result<bool, PrimaryError> {
        let record = record.clone();
        self.call("record where", 0, move |world| {
            world.record_collection(&record)
        })
        .await
    }
}

impl World {
    /// A record as it is read.
    fn shown_record(&self, record: &CollectionRecord) -> CollectionRecord {
        let mut shown = record.clone();
        let Some(rebuild) = &mut shown.rebuild else {
            return shown;
        };
        match self.sabotage {
            Some(Sabotage::HurriesReaders)
                if matches!(rebuild.phase, Phase::Settling | Phase::Kept) =>
            {
                rebuild.since = rebuild
                    .since
                    .saturating_sub(HURRY)
                    .unwrap_or(Timestamp::MIN);
            }
            Some(Sabotage::ForgetsTheDualTime) => {
                rebuild.dual_since = rebuild.dual_since.map(|_| Timestamp::MIN);
            }
            _ => {}
        }
        shown
    }

    fn record_collection(&mut self, new: &CollectionRecord) -> bool {
        let before = self.database.collections.get(&new.collection);
        let before = before
            .cloned()
            .unwrap_or_else(|| CollectionRecord::unrecorded(&*new.collection));
        if before.revision != new.revision {
            return false;
        }
        let phase = |of: &CollectionRecord| of.rebuild.as_ref().map(|rebuild| rebuild.phase);
        if let Some(phase) = phase(new).filter(|now| phase(&before) != Some(*now)) {
            self.begin_phase(new, phase);
        }
        if new.generation != before.generation {
            let is_back = new.generation < before.generation;
            self.trace.count(if is_back {
                "rebuild: rolled back"
            } else {
                "rebuild: switched"
            });
        }
        let is_paused = |of: &CollectionRecord| of.rebuild.as_ref().is_some_and(|of| of.is_paused);
        if is_paused(new) && !is_paused(&before) {
            self.trace.count("rebuild: paused");
        }
        let mut new = new.clone();
        new.revision += 1;
        self.database
            .collections
            .insert(new.collection.clone(), new);
        true
    }

    fn begin_phase(&mut self, record: &CollectionRecord, phase: Phase) {
        let rebuild = record.rebuild.as_ref();
        let error = rebuild.and_then(|rebuild| rebuild.error.as_deref());
        let what = match (phase, error) {
            (Phase::Filling, _) => {
                self.begin_dual(record);
                "rebuild: filling"
            }
            (Phase::Indexing, _) => return self.end_filling(record),
            (Phase::Dropping, Some("cancelled")) => "rebuild: cancelled",
            (Phase::Dropping, Some(_)) => "rebuild: stopped",
            (Phase::Dropping, None) => "rebuild: no longer kept",
            (Phase::Kept, _) => "rebuild: kept",
            _ => return,
        };
        self.trace.count(what);
    }
}
