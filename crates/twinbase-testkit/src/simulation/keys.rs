//! The aggregates of a simulation: what they look like, and what is wrong with some of them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::Arc,
};

use bson::{Document, doc};
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

/// One aggregate.
pub(super) struct Subject {
    pub(super) aggregate_type: Arc<str>,
    pub(super) id: AggregateId,
    pub(super) partition: Partition,
    /// Its payload at each version, from 1; none where it is deleted.
    pub(super) history: Vec<Option<Arc<str>>>,
    pub(super) poison: Option<Poison>,
    /// Versions whose events a person discarded.
    pub(super) discarded: BTreeSet<i64>,
    /// An open transaction has changed it.
    pub(super) locked: bool,
}

impl Subject {
    pub(super) fn new(aggregate_type: &str, id: AggregateId, partition: i16) -> Self {
        Self {
            aggregate_type: aggregate_type.into(),
            id,
            partition: Partition(partition),
            history: Vec::new(),
            poison: None,
            discarded: BTreeSet::new(),
            locked: false,
        }
    }

    pub(super) fn is_heartbeat(&self) -> bool {
        *self.aggregate_type == *HEARTBEAT.aggregate_type
    }

    pub(super) fn head(&self) -> i64 {
        i64::try_from(self.history.len()).unwrap_or(i64::MAX)
    }

    /// Its payload at a version; before the first there was nothing.
    pub(super) fn at(&self, version: i64) -> Option<&Arc<str>> {
        let before = usize::try_from(version - 1).ok()?;
        self.history.get(before)?.as_ref()
    }

    pub(super) fn is_deleted_at(&self, version: i64) -> bool {
        self.at(version).is_none()
    }

    pub(super) fn key(&self) -> Key {
        Key::new(self.aggregate_type.clone(), self.id.clone())
    }

    /// What the workload writes as its next version.
    pub(super) fn next_payload(&self) -> Arc<str> {
        let (id, version) = (&self.id, self.head() + 1);
        format!(r#"{{"id":"{id}","text":"{id}@{version}"}}"#).into()
    }

    /// A payload as a worker reads it.
    pub(super) fn shown(&self, payload: &str) -> String {
        if self.poison == Some(Poison::Unmappable) {
            format!(r#"{{"id":"{}","text":1}}"#, self.id)
        } else {
            payload.to_owned()
        }
    }

    /// Whether this is the document of a version that the workload wrote.
    pub(super) fn is_content(&self, version: i64, document: &Document) -> bool {
        let id = &self.id;
        self.is_heartbeat() || *document == doc! { "text": format!("{id}@{version}") }
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
            subjects.push(Subject::new(schema.aggregate_type, id, partition));
        }
    }
    subjects.push(Subject::new(HEARTBEAT.aggregate_type, heartbeat_id(), 0));
    subjects
}

/// The numbers of aggregates by type and id.
#[derive(Debug, Default)]
pub(super) struct Numbers(HashMap<Arc<str>, BTreeMap<String, KeyNumber>>);

impl Numbers {
    pub(super) fn of(subjects: &[Subject]) -> Self {
        let mut numbers = Self::default();
        for (number, subject) in subjects.iter().enumerate() {
            numbers.add(subject, number);
        }
        numbers
    }

    pub(super) fn add(&mut self, subject: &Subject, number: KeyNumber) {
        let of_type = self.0.entry(subject.aggregate_type.clone()).or_default();
        of_type.insert(subject.id.to_string(), number);
    }

    pub(super) fn find(&self, aggregate_type: &str, id: &AggregateId) -> Option<KeyNumber> {
        self.0.get(aggregate_type)?.get(id.as_str()).copied()
    }

    /// Those of these that are known.
    pub(super) fn of_ids(
        &self,
        aggregate_type: &str,
        ids: &[AggregateId],
    ) -> impl Iterator<Item = KeyNumber> {
        ids.iter()
            .filter_map(move |id| self.find(aggregate_type, id))
    }

    /// Those of a type with an id after this one, in byte order.
    pub(super) fn after(
        &self,
        aggregate_type: &str,
        after: Option<&str>,
    ) -> impl Iterator<Item = KeyNumber> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let of_type = self.0.get(aggregate_type).into_iter();
        of_type.flat_map(move |ids| {
            ids.range::<str, _>((start, Bound::Unbounded))
                .map(|(_, key)| *key)
        })
    }
}
