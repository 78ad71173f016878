//! From events to changes, pure: coalesce by key, map payloads, set aside what cannot be mapped.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use twinbase_core::{
    AggregateId, Body, Change, Event, EventRef, Key, Name, Operation, Registry, Schema, State,
    Version,
    mapping::{self, MapError},
    replica::TOMBSTONE_TTL,
};

use crate::generations::Generations;

/// What is to be done with a batch of events.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// What is to be applied, by aggregate type.
    pub(crate) work: BTreeMap<Name, Work>,
    /// Events that can never be applied as they are.
    pub(crate) failed: Vec<(Event, Failure)>,
}

/// What is to be applied to one collection.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) schema: Arc<Schema>,
    /// Changes that are ready, each with the events that it stands for.
    pub(crate) items: Vec<(Group, Change)>,
    /// Groups whose document is composed from the current row.
    pub(crate) compose: Vec<Group>,
}

/// The pending events of one aggregate in a batch.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: AggregateId,
    pub(crate) newest: Event,
    /// Done when the newest is.
    pub(crate) older: Vec<EventRef>,
}

/// Why an event cannot be applied: a text without values, and its fingerprint for grouping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) error: String,
    pub(crate) key: String,
}

impl Failure {
    pub(crate) fn new(key: impl Into<String>, error: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            key: key.into(),
        }
    }
}

/// Plans a batch.
///
/// A payload is only taken when this program's mapping composed it, or a foreign writer that gave every
/// mapped field; the row has what a payload lacks.
pub(crate) fn plan(
    events: Vec<Event>,
    registry: &Registry,
    mappings: &[(Name, i64)],
    generations: &Generations,
    now: Timestamp,
) -> Plan {
    let mut plan = Plan::default();
    for (newest, older) in coalesce(events) {
        let id = match AggregateId::new(&newest.aggregate_id) {
            Ok(id) => id,
            Err(error) => {
                let error = format!("its aggregate id is no id: {error}");
                plan.fail(newest, "invalid-id", error);
                continue;
            }
        };
        let Some(schema) = registry.by_type(&newest.aggregate_type) else {
            let of = &newest.aggregate_type;
            let error = format!("no aggregate of type `{of}` is registered");
            plan.fail(newest, "unknown-type", error);
            continue;
        };
        let group = Group { id, newest, older };
        let from_row = generations.is_from_row(schema, group.newest.created_at);
        plan.add(schema, group, mappings, from_row, now);
    }
    plan
}

impl Plan {
    fn add(
        &mut self,
        schema: &Arc<Schema>,
        group: Group,
        mappings: &[(Name, i64)],
        from_row: bool,
        now: Timestamp,
    ) {
        if group.newest.version == Version::NONE {
            // The replica would take it for older than anything, and it would be gone unseen.
            let error = "its version is no number above 0";
            return self.fail(group.newest, "invalid-version", error);
        }
        if group.newest.version > Version::countable(now) {
            let error = "its version was not made by counting: whoever wrote it filled in what is not theirs";
            return self.fail(group.newest, "invalid-version", error);
        }
        // One without a payload has a newer one in another batch, which knows nothing of this one: of
        // an aggregate that changes all the time there may always be such a one.
        let is_omitted = group.newest.payload.is_none();
        let is_other = group
            .newest
            .mapping
            .is_some_and(|mapping| !is_known(mappings, schema, mapping));
        // A payload may be older than a deletion that a rebuilt collection knows nothing of.
        if from_row
            || is_omitted
            || is_other
            || group.newest.retry_count > 0
            || is_old(&group.newest, now)
        {
            self.work(schema).compose.push(group);
            return;
        }
        match body(schema, &group, now) {
            Ok(body) => self.work(schema).items.push(item(group, body)),
            // Its writer left out what did not change, or knows another mapping.
            Err(MapError::Absent { .. }) => self.work(schema).compose.push(group),
            Err(error) => self.failed.push((group.newest, unmappable(&error))),
        }
    }

    fn fail(&mut self, event: Event, key: &str, error: impl Into<String>) {
        self.failed.push((event, Failure::new(key, error)));
    }

    fn work(&mut self, schema: &Arc<Schema>) -> &mut Work {
        let of = schema.aggregate_type.clone();
        self.work.entry(of).or_insert_with(|| Work {
            schema: Arc::clone(schema),
            items: Vec::new(),
            compose: Vec::new(),
        })
    }
}

impl Work {
    /// Takes the current rows of groups that are composed from them. Returns those that cannot be applied.
    pub(crate) fn composed(
        &mut self,
        groups: Vec<Group>,
        states: Vec<State>,
        now: Timestamp,
    ) -> Vec<(Event, Failure)> {
        let mut states: HashMap<_, _> = states.into_iter().map(|s| (s.id.clone(), s)).collect();
        let mut failed = Vec::new();
        for mut group in groups {
            let body = match states.remove(&group.id) {
                Some(state) if state.version >= group.newest.version => {
                    group.newest.version = state.version;
                    match state.payload {
                        Some(payload) => mapping::to_document(&self.schema, &group.id, &payload)
                            .map(Body::Document),
                        None => Ok(Body::Tombstone(now)),
                    }
                }
                // A head that is behind its event has not been read in the same snapshot.
                Some(_) => body(&self.schema, &group, now),
                // Every event has a head until its aggregate is gone for good and forgotten.
                None => Ok(Body::Tombstone(now)),
            };
            match body {
                Ok(body) => self.items.push(item(group, body)),
                Err(error) => failed.push((group.newest, unmappable(&error))),
            }
        }
        failed
    }

    /// The changes with their groups, sorted by id: batches that are applied at once take
    /// locks in one order.
    pub(crate) fn into_changes(mut self) -> (Vec<Group>, Vec<Change>) {
        self.items
            .sort_unstable_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        self.items.into_iter().unzip()
    }
}

/// Whether this program's mapping of the type has this hash.
fn is_known(mappings: &[(Name, i64)], schema: &Schema, hash: i64) -> bool {
    let mut known = mappings.iter();
    known.any(|(of, known)| *of == schema.aggregate_type && *known == hash)
}

/// Whether the tombstone of a deletion that came after this event may have gone,
/// with a margin of half its life for clocks that differ.
fn is_old(event: &Event, now: Timestamp) -> bool {
    let age = now.duration_since(event.created_at);
    SignedDuration::try_from(TOMBSTONE_TTL / 2).is_ok_and(|old| age > old)
}

fn body(schema: &Schema, group: &Group, now: Timestamp) -> Result<Body, MapError> {
    if Operation::is_delete(&group.newest.event_type, &schema.aggregate_type) {
        return Ok(Body::Tombstone(now));
    }
    let payload = group.newest.payload.as_deref().unwrap_or_default();
    mapping::to_document(schema, &group.id, payload).map(Body::Document)
}

fn unmappable(error: &MapError) -> Failure {
    let error = error.to_string();
    Failure::new(
        format!("mapping: {error}"),
        format!("cannot be mapped: {error}"),
    )
}

fn item(group: Group, body: Body) -> (Group, Change) {
    let change = Change {
        id: group.id.clone(),
        version: group.newest.version,
        body,
    };
    (group, change)
}

/// The newest event of each key, with its older ones.
fn coalesce(events: Vec<Event>) -> Vec<(Event, Vec<EventRef>)> {
    let mut by_key: HashMap<(Arc<str>, String), (Event, Vec<EventRef>)> =
        HashMap::with_capacity(events.len());
    for event in events {
        let key = (event.aggregate_type.clone(), event.aggregate_id.clone());
        match by_key.entry(key) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert((event, Vec::new()));
            }
            std::collections::hash_map::Entry::Occupied(mut entry) => {
                let (newest, older) = entry.get_mut();
                if event.version > newest.version {
                    older.push(newest.at);
                    *newest = event;
                } else {
                    older.push(event.at);
                }
            }
        }
    }
    // In an order that does not change from run to run, so that a simulation can be repeated.
    let mut groups: Vec<_> = by_key.into_values().collect();
    groups.sort_unstable_by_key(|(newest, _)| newest.at);
    groups
}

impl Group {
    /// The key and version up to which events are done once this group is applied.
    pub(crate) fn healed(&self) -> (Key, Version) {
        let key = Key::new(self.newest.aggregate_type.clone(), self.id.clone());
        (key, self.newest.version)
    }

    /// Every event of the group.
    pub(crate) fn events(&self) -> impl Iterator<Item = EventRef> {
        std::iter::once(self.newest.at).chain(self.older.iter().copied())
    }
}

#[cfg(test)]
mod tests;
