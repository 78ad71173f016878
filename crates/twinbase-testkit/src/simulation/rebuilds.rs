//! What a rebuild owes: where documents have to be, and what may be written to a collection that is filled.

use std::collections::BTreeMap;

use twinbase_core::{
    Change, Name,
    primary::{CollectionRecord, Phase, Rebuild},
};

use super::{
    Simulation,
    documents::Physical,
    faults::Sabotage,
    keys::{KeyNumber, Subject},
    world::World,
};

/// How many events of an aggregate are shown to people.
const EVENTS: usize = 6;

impl Simulation {
    /// The record of a collection as it is, if there is one.
    pub fn record(&self, collection: &str) -> Option<CollectionRecord> {
        self.world().database.collections.get(collection).cloned()
    }
}

impl World {
    fn collection(&self, key: KeyNumber) -> Option<&Name> {
        let of_type = &self.subjects[key].key.aggregate_type;
        self.collection_of.get(of_type.as_ref())
    }

    fn record(&self, key: KeyNumber) -> Option<&CollectionRecord> {
        let collection = self.collection(key)?;
        self.database.collections.get(collection.as_ref())
    }

    /// The physical collection in which readers find an aggregate.
    pub(super) fn serving(&self, key: KeyNumber) -> Name {
        let record = self.record(key);
        let physical = record.map(|record| record.physical(record.generation));
        let logical = || self.collection(key).cloned().unwrap_or_default();
        physical.unwrap_or_else(logical)
    }

    /// The one beside it, to which changes go as well.
    fn beside(&self, key: KeyNumber) -> Option<(Name, &Rebuild)> {
        let record = self.record(key)?;
        let rebuild = record.rebuild.as_ref()?;
        let is_dual = rebuild.phase.is_dual() && rebuild.generation != record.generation;
        is_dual.then(|| (record.physical(rebuild.generation), rebuild))
    }

    /// Whether its collection is filled anew.
    pub(super) fn is_filled(&self, key: KeyNumber) -> bool {
        let beside = self.beside(key);
        beside.is_some_and(|(_, rebuild)| rebuild.phase == Phase::Filling)
    }

    /// The physical collections that have to have all of an aggregate: also the one to which readers can be taken back. What somebody
    /// has damaged is for a repair.
    pub(super) fn must_have(&self, key: KeyNumber) -> Vec<Name> {
        let copies = &self.subjects[key].copies;
        let is_sound = |name: &Name| copies.get(name.as_ref()).is_none_or(|of| !of.is_damaged);
        let beside = self.beside(key);
        let kept = beside.filter(|(_, rebuild)| !rebuild.phase.is_before_switch());
        let kept = kept.map(|(name, _)| name);
        let all = [self.serving(key)].into_iter().chain(kept);
        all.filter(is_sound).collect()
    }

    /// Where it is and should be, for people.
    pub(super) fn places(&self, key: KeyNumber) -> String {
        let copies = self.subjects[key].copies.iter();
        let copies = copies.map(|(name, copy)| {
            let kept = copy.kept.as_ref().map(|kept| kept.version.get());
            format!("{name} {kept:?} of {}", copy.highest)
        });
        let copies: Vec<_> = copies.collect();
        let events = self.database.events.values().filter(|row| row.key == key);
        let events = events.map(|row| {
            let of = &row.record;
            format!(
                "{} {:?} {:?}",
                of.version.get(),
                row.payload.is_some(),
                of.status
            )
        });
        let mut events: Vec<_> = events.collect();
        events.drain(..events.len().saturating_sub(EVENTS));
        let record = self.record(key);
        format!("{copies:?}, the last events (version, is there, status) {events:?}, {record:?}")
    }

    /// The highest version that readers could ever find.
    pub(super) fn highest(&self, key: KeyNumber) -> i64 {
        let subject = &self.subjects[key];
        if self.collection(key).is_some() {
            return subject.highest(&self.serving(key));
        }
        let copies = subject.copies.values();
        copies.map(|copy| copy.highest).max().unwrap_or_default()
    }

    /// When this is written to the collection that is filled, what readers may have seen in the one that they use: they will come.
    pub(super) fn seen_by_readers_to_come(&self, at: &Physical, key: KeyNumber) -> Option<i64> {
        let (beside, rebuild) = self.beside(key)?;
        let subject = &self.subjects[key];
        let is_filled = rebuild.phase.is_before_switch() && *beside == *at.name;
        (is_filled && !subject.is_damaged()).then(|| subject.highest(&self.serving(key)))
    }

    /// Changes go to the collection that is filled from now on.
    pub(super) fn begin_dual(&mut self, record: &CollectionRecord) {
        let heads = self.heads_beside(record);
        self.heads_at.extend(heads);
    }

    /// The collection beside the one that readers use is filled.
    pub(super) fn end_filling(&mut self, record: &CollectionRecord) {
        let heads = self.heads_beside(record);
        self.heads_filled.extend(heads);
    }

    /// All heads as they are, by the name of that collection.
    fn heads_beside(&self, record: &CollectionRecord) -> Option<(Name, Vec<i64>)> {
        let rebuild = record.rebuild.as_ref()?;
        let heads = self.subjects.iter().map(Subject::head).collect();
        Some((record.physical(rebuild.generation), heads))
    }

    /// Whether it was deleted, at this version or a later one, before the collection that readers use was filled: nothing is there of it, or
    /// nothing yet.
    pub(super) fn was_never_filled(&self, key: KeyNumber, version: i64) -> bool {
        let until = head_of(&self.heads_filled, &self.serving(key), key);
        let subject = &self.subjects[key];
        version <= until
            && subject
                .history
                .range(version..=until)
                .any(|(_, of)| of.is_none())
    }

    /// Whether a change is the damaged document that readers have: a rebuild takes it along where its row makes none.
    pub(super) fn is_carried(&self, at: &Physical, key: KeyNumber, change: &Change) -> bool {
        let serving = self.serving(key);
        let copy = self.subjects[key].copies.get(serving.as_ref());
        let damaged = copy.filter(|copy| copy.is_damaged && *serving != *at.name);
        damaged.and_then(|copy| copy.kept.as_ref()) == Some(change)
    }

    /// Whether a change is lost that goes to the collection beside the one that readers use.
    pub(super) fn loses_changes(&self, at: &Physical, key: KeyNumber, change: &Change) -> bool {
        let beside = self.beside(key);
        self.sabotage == Some(Sabotage::LosesDualWrites)
            && beside.is_some_and(|(name, rebuild)| {
                let is_later = change.version.get() > head_of(&self.heads_at, &name, key);
                *name == *at.name && is_later && rebuild.phase != Phase::Filling
            })
    }
}

/// The head of an aggregate, among those that were kept for a physical collection.
fn head_of(heads: &BTreeMap<Name, Vec<i64>>, physical: &str, key: KeyNumber) -> i64 {
    let heads = heads.get(physical);
    heads
        .and_then(|heads| heads.get(key))
        .copied()
        .unwrap_or_default()
}
