//! In which physical collections documents lie, at one moment.
//!
//! Workers know it as of the events that they apply, or of later ([`Generations::read`]); readers keep it for some seconds ([`Pointers`]).
//! `rebuild` has the protocol.

mod pointers;
mod rename;

use std::{collections::HashMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use twinbase_core::{
    PrimaryError, Schema,
    primary::{CollectionRecord, Phase, Rebuild},
};

use crate::Sides;

pub(crate) use pointers::{Confirmed, Pointer, Pointers, SETTLE};

/// How far a clock may be off by which a foreign writer says when an event was made.
const CLOCKS: SignedDuration = SignedDuration::from_mins(1);

/// Where all collections lie.
#[derive(Debug, Default)]
pub(crate) struct Generations {
    /// Those that are not simply where their name says, by that name.
    moved: HashMap<String, Moved>,
}

#[derive(Debug)]
struct Moved {
    serving: Arc<Schema>,
    /// The collection beside it: filled, or kept.
    other: Option<Arc<Schema>>,
    record: CollectionRecord,
}

/// A collection that changes go to.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) schema: Arc<Schema>,
    pub(crate) generation: u32,
    /// Whether readers use it; otherwise it stands beside the one that they use, in this phase.
    pub(crate) beside: Option<Phase>,
}

impl Generations {
    pub(crate) async fn read(sides: &Sides) -> Result<Self, PrimaryError> {
        let records = sides.primary.collections().await?;
        let mut moved = HashMap::new();
        for record in records {
            let Some(schema) = sides.registry.by_collection(&record.collection) else {
                continue;
            };
            let serving = in_generation(schema, record.generation);
            let rebuild = record.rebuild.as_ref();
            let rebuild = rebuild.filter(|of| of.generation != record.generation);
            let other = rebuild.filter(|of| of.phase != Phase::Ended);
            let other = other.map(|of| in_generation(schema, of.generation));
            if serving.physical.is_some() || other.is_some() {
                let one = Moved {
                    serving,
                    other,
                    record,
                };
                moved.insert(one.record.collection.clone(), one);
            }
        }
        Ok(Self { moved })
    }

    /// The schema with the collection that readers use.
    pub(crate) fn serving(&self, schema: &Arc<Schema>) -> Arc<Schema> {
        let moved = self.moved.get(schema.collection.as_ref());
        Arc::clone(moved.map_or(schema, |moved| &moved.serving))
    }

    /// Every collection that holds documents of the schema, also one that is about to be removed.
    pub(crate) fn all(&self, schema: &Arc<Schema>) -> Vec<Arc<Schema>> {
        let moved = self.moved.get(schema.collection.as_ref());
        let other = moved.and_then(|moved| moved.other.clone());
        [self.serving(schema)].into_iter().chain(other).collect()
    }

    /// The collections that changes go to, in the order in which they are written.
    ///
    /// First the one that readers may move to next: what they have seen, they see there too. Until the switch that is the new one,
    /// and again the new one until all have moved; afterwards the old one, to which a rollback would take them.
    pub(crate) fn targets(&self, schema: &Arc<Schema>) -> Vec<Target> {
        let Some(moved) = self.moved.get(schema.collection.as_ref()) else {
            return vec![Target {
                schema: Arc::clone(schema),
                generation: twinbase_core::primary::FIRST_GENERATION,
                beside: None,
            }];
        };
        let mut targets = vec![Target {
            schema: Arc::clone(&moved.serving),
            generation: moved.record.generation,
            beside: None,
        }];
        let rebuild = moved.record.rebuild.as_ref();
        let rebuild = rebuild.filter(|rebuild| rebuild.phase.is_dual());
        if let (Some(rebuild), Some(other)) = (rebuild, &moved.other) {
            targets.push(Target {
                schema: Arc::clone(other),
                generation: rebuild.generation,
                beside: Some(rebuild.phase),
            });
            if rebuild.phase != Phase::Settling {
                targets.swap(0, 1);
            }
        }
        targets
    }

    /// Whether the document of an event is made of its row: because changes go to two collections, or because a deletion of before that
    /// may have followed the event, and the collection that was filled since has no tombstone of it.
    pub(crate) fn is_from_row(&self, schema: &Schema, created_at: Timestamp) -> bool {
        let moved = self.moved.get(schema.collection.as_ref());
        let rebuild = moved.and_then(|moved| moved.record.rebuild.as_ref());
        let is_of_before = |rebuild: &Rebuild| {
            let since = rebuild.dual_since?;
            let until = since.checked_add(CLOCKS).unwrap_or(Timestamp::MAX);
            Some(created_at <= until)
        };
        rebuild.is_some_and(|of| of.phase.is_dual() || is_of_before(of).unwrap_or_default())
    }

    /// Whether changes go to this physical collection of a schema.
    fn receives(&self, logical: &Arc<Schema>, physical: &str) -> bool {
        let targets = self.targets(logical);
        targets.iter().any(|of| of.schema.physical() == physical)
    }
}

/// The schema with the collection that readers use, as it is now.
pub(crate) async fn serving(
    sides: &Sides,
    schema: &Arc<Schema>,
) -> Result<Arc<Schema>, PrimaryError> {
    Ok(Generations::read(sides).await?.serving(schema))
}

pub(crate) fn in_generation(schema: &Arc<Schema>, generation: u32) -> Arc<Schema> {
    if generation == twinbase_core::primary::FIRST_GENERATION {
        return Arc::clone(schema);
    }
    Arc::new(Schema::clone(schema).in_generation(generation))
}
