//! The aggregates of a simulation: what they look like, and what is wrong with some of them.

use std::{collections::BTreeSet, sync::Arc};

use bson::{Document, doc};
use jiff::Timestamp;
use twinbase_core::{
    AggregateId, Field, HEARTBEAT, Key, Kind, Partition, Registry, Schema, Table, heartbeat_id,
};

const FIELDS: &[Field] = &[Field::key("id"), Field::new("text", "text", Kind::Text)];

static NOTE: Schema = Schema::new("note", Table::new("notes", FIELDS), "notes");
static LABEL: Schema = Schema::new("label", Table::new("labels", FIELDS), "labels");

/// The schemas of a simulation.
///
/// # Panics
/// When they are not valid, which they are.
pub fn registry() -> Registry {
    Registry::new([&NOTE, &LABEL]).expect("the simulated schemas are valid")
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
    /// Applying it panics.
    Panics,
}

impl Poison {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Named, Self::Unmappable, Self::Panics];

    /// Its name in tallies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Named => "poison: named",
            Self::Unmappable => "poison: cannot be mapped",
            Self::Panics => "poison: panics",
        }
    }
}

/// One aggregate.
pub(super) struct Subject {
    pub(super) schema: &'static Schema,
    pub(super) aggregate_type: Arc<str>,
    pub(super) id: AggregateId,
    pub(super) partition: Partition,
    /// Whether each version, from 1, was a deletion.
    pub(super) history: Vec<bool>,
    pub(super) poison: Option<Poison>,
    /// Versions whose events a person set aside.
    pub(super) discarded: BTreeSet<i64>,
    /// A transaction that has not committed yet holds it.
    pub(super) locked: bool,
}

impl Subject {
    fn new(schema: &'static Schema, id: AggregateId, number: KeyNumber) -> Self {
        // Neighbours land in partitions far from each other, as hashes do.
        let partition = i16::try_from(number * 7 % 16).unwrap_or_default();
        Self {
            schema,
            aggregate_type: schema.aggregate_type.into(),
            id,
            partition: Partition(partition),
            history: Vec::new(),
            poison: None,
            discarded: BTreeSet::new(),
            locked: false,
        }
    }

    pub(super) fn head(&self) -> i64 {
        i64::try_from(self.history.len()).unwrap_or(i64::MAX)
    }

    /// Whether it is deleted at this version; before the first there was nothing either.
    pub(super) fn is_deleted_at(&self, version: i64) -> bool {
        usize::try_from(version - 1)
            .ok()
            .and_then(|at| self.history.get(at))
            .is_none_or(|deleted| *deleted)
    }

    pub(super) fn key(&self) -> Key {
        Key::new(self.aggregate_type.clone(), self.id.clone())
    }

    /// The payload of this version.
    pub(super) fn payload(&self, version: i64, at: Timestamp) -> String {
        let id = &self.id;
        if *self.schema == *HEARTBEAT {
            format!(r#"{{"id":"{id}","at":"{at}"}}"#)
        } else if self.poison == Some(Poison::Unmappable) {
            format!(r#"{{"id":"{id}","text":{version}}}"#)
        } else {
            format!(r#"{{"id":"{id}","text":"{id}@{version}"}}"#)
        }
    }

    /// Whether this is the document of this version.
    pub(super) fn is_content(&self, version: i64, document: &Document) -> bool {
        let id = &self.id;
        *self.schema == *HEARTBEAT || *document == doc! { "text": format!("{id}@{version}") }
    }
}

/// All aggregates: `count` of each type, and the heartbeat as the last.
pub(super) fn subjects(count: usize) -> Vec<Subject> {
    let mut subjects = Vec::with_capacity(2 * count + 1);
    for schema in [&NOTE, &LABEL] {
        for n in 0..count {
            let id = uuid::Uuid::from_u128(n as u128 + 1);
            let id = AggregateId::from_uuid(id);
            subjects.push(Subject::new(schema, id, subjects.len()));
        }
    }
    subjects.push(Subject::new(HEARTBEAT, heartbeat_id(), 0));
    subjects
}

/// The number of an aggregate, from what its id says.
pub(super) fn number(
    subjects: &[Subject],
    aggregate_type: &str,
    id: &AggregateId,
) -> Option<KeyNumber> {
    if aggregate_type == HEARTBEAT.aggregate_type {
        return Some(subjects.len() - 1);
    }
    let count = (subjects.len() - 1) / 2;
    let n = usize::try_from(uuid::Uuid::parse_str(id.as_str()).ok()?.as_u128()).ok()?;
    let base = if aggregate_type == NOTE.aggregate_type {
        0
    } else {
        count
    };
    (1..=count).contains(&n).then(|| base + n - 1)
}
