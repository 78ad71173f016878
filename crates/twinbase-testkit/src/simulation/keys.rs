//! The aggregates of a simulation: what they look like, and what is wrong with some of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

use bson::doc;
use serde_json::Value as Json;
use tokio::time::Instant;
use twinbase_core::{
    AggregateId, Body, Change, Field, HEARTBEAT, Key, Kind, Partition, Registry, Schema,
    SharedSchema, Table, heartbeat_id,
};

fn fields() -> [Field; 2] {
    [Field::key("id"), Field::new("text", "text", Kind::Text)]
}

static NOTE: SharedSchema =
    LazyLock::new(|| Schema::new("note", Table::new("notes", fields()), "notes").into());
static LABEL: SharedSchema =
    LazyLock::new(|| Schema::new("label", Table::new("labels", fields()), "labels").into());

/// The schemas of a simulation.
///
/// # Panics
/// When they are not valid, which they are.
pub fn registry() -> Registry {
    Registry::new([NOTE.clone(), LABEL.clone()]).expect("the simulated schemas are valid")
}

/// The number of an aggregate of the simulation.
pub(super) type KeyNumber = usize;

/// What is wrong with an aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poison {
    /// The replica refuses its document, and names it.
    Named,
    /// Its row does not fit its schema.
    Unmappable,
    /// The primary cannot read its row.
    Unreadable,
    /// Applying it panics.
    Panics,
}

impl Poison {
    /// All of them, with their names in tallies.
    pub const ALL: [(Self, &str); 4] = [
        (Self::Named, "poison: named"),
        (Self::Unmappable, "poison: cannot be mapped"),
        (Self::Unreadable, "poison: row cannot be read"),
        (Self::Panics, "poison: panics"),
    ];
}

/// What one physical collection has of an aggregate.
#[derive(Debug, Clone, Default)]
pub(super) struct Copied {
    /// A document or a tombstone.
    pub(super) kept: Option<Change>,
    /// The highest version that was ever there.
    pub(super) highest: i64,
    /// Somebody has changed it behind everybody's back, and nothing was written there since.
    pub(super) is_damaged: bool,
}

/// One aggregate, on both sides, and what the oracle remembers of it.
pub(super) struct Subject {
    pub(super) key: Key,
    pub(super) partition: Partition,
    /// Its payload at each version that was given out; none where it is deleted.
    pub(super) history: BTreeMap<i64, Option<Arc<str>>>,
    pub(super) poison: Option<Poison>,
    /// Versions whose events a person discarded.
    pub(super) discarded: BTreeSet<i64>,
    /// An open transaction has changed it.
    pub(super) locked: bool,
    /// What each physical collection has of it.
    pub(super) copies: BTreeMap<Arc<str>, Copied>,
    /// When a copy of it was damaged last.
    pub(super) damaged_at: Option<Instant>,
    /// How often a change of it was refused.
    pub(super) refused: u64,
    /// How often an event of it was charged.
    pub(super) charged: u64,
}

impl Subject {
    pub(super) fn new(aggregate_type: &str, id: AggregateId, partition: i16) -> Self {
        Self {
            key: Key::new(aggregate_type, id),
            partition: Partition(partition),
            history: BTreeMap::new(),
            poison: None,
            discarded: BTreeSet::new(),
            locked: false,
            copies: BTreeMap::new(),
            damaged_at: None,
            refused: 0,
            charged: 0,
        }
    }

    pub(super) fn is_heartbeat(&self) -> bool {
        *self.key.aggregate_type == *HEARTBEAT.aggregate_type
    }

    /// The document or tombstone that a physical collection has.
    pub(super) fn kept(&self, physical: &str) -> Option<&Change> {
        self.copies.get(physical)?.kept.as_ref()
    }

    /// The highest version that was ever in a physical collection.
    pub(super) fn highest(&self, physical: &str) -> i64 {
        self.copies.get(physical).map_or(0, |copy| copy.highest)
    }

    pub(super) fn copy(&mut self, physical: &Arc<str>) -> &mut Copied {
        self.copies.entry(physical.clone()).or_default()
    }

    /// A copy is as it should be, or is gone.
    pub(super) fn mend(&mut self, physical: &Arc<str>) {
        let copy = self.copy(physical);
        if std::mem::take(&mut copy.is_damaged) {
            self.damaged_at = Some(Instant::now());
        }
    }

    /// Whether somebody has changed it behind everybody's back, wherever that was.
    pub(super) fn is_damaged(&self) -> bool {
        self.copies.values().any(|copy| copy.is_damaged)
    }

    pub(super) fn head(&self) -> i64 {
        self.history
            .last_key_value()
            .map_or(0, |(version, _)| *version)
    }

    /// Its payload at a version; before the first there was nothing.
    pub(super) fn at(&self, version: i64) -> Option<&Arc<str>> {
        self.history.get(&version)?.as_ref()
    }

    pub(super) fn is_deleted_at(&self, version: i64) -> bool {
        self.at(version).is_none()
    }

    /// What the workload writes as its next version, the same for no two changes: `number` is that of the event.
    pub(super) fn next_payload(&self, number: i64) -> Arc<str> {
        let id = &self.key.id;
        format!(r#"{{"id":"{id}","text":"{id}#{number}"}}"#).into()
    }

    /// What a payload has that leaves out everything else.
    pub(super) fn only_id(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.key.id)
    }

    /// A payload as a worker reads it.
    pub(super) fn shown(&self, payload: &str) -> String {
        if self.poison == Some(Poison::Unmappable) {
            format!(r#"{{"id":"{}","text":1}}"#, self.key.id)
        } else {
            payload.to_owned()
        }
    }

    /// Whether this is what the replica has to have of a version.
    pub(super) fn is_content(&self, version: i64, body: &Body) -> bool {
        match body {
            Body::Tombstone(_) => self.is_deleted_at(version),
            Body::Document(document) => {
                let Some(written) = self.at(version) else {
                    return false;
                };
                let written: Json = serde_json::from_str(written).unwrap_or_default();
                let text = written["text"].as_str();
                self.is_heartbeat() || text.is_some_and(|text| *document == doc! { "text": text })
            }
        }
    }
}

/// All aggregates of a workload: `count` of each type, and the heartbeat as the last.
pub(super) fn subjects(count: usize) -> Vec<Subject> {
    let mut subjects = Vec::with_capacity(2 * count + 1);
    for schema in [&NOTE, &LABEL] {
        for n in 0..count {
            let id = uuid::Uuid::from_u128(n as u128 + 1);
            let id = AggregateId::from_uuid(id);
            // Neighbours land in partitions far from each other, as hashes do.
            let partition = i16::try_from(subjects.len() * 7 % 16).unwrap_or_default();
            subjects.push(Subject::new(&schema.aggregate_type, id, partition));
        }
    }
    subjects.push(Subject::new(&HEARTBEAT.aggregate_type, heartbeat_id(), 0));
    subjects
}
