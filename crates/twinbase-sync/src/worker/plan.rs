//! From events to changes, pure: coalesce by key, map payloads, set aside what cannot be mapped.

use std::{collections::HashMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use twinbase_core::{
    AggregateId, Body, Change, Event, EventRef, Key, Operation, Registry, Schema, State, Version,
    mapping::{self, MapError},
    replica::TOMBSTONE_TTL,
};

/// What is to be done with a batch of events.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Changes to apply, by collection.
    pub(crate) work: Vec<(&'static Schema, Vec<Item>)>,
    /// Events that failed before, are old, or came without a payload: to be applied from the current row.
    pub(crate) rebuild: Vec<(&'static Schema, Vec<Group>)>,
    /// Events that can never be applied as they are.
    pub(crate) failed: Vec<(Group, Failure)>,
}

/// The pending events of one aggregate in a batch.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: AggregateId,
    pub(crate) newest: Event,
    /// Done when the newest is.
    pub(crate) older: Vec<EventRef>,
}

/// A change and the events that it stands for.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) group: Group,
    pub(crate) change: Change,
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
pub(crate) fn plan(events: Vec<Event>, registry: &Registry, now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    for (newest, older) in coalesce(events) {
        let schema = registry.by_type(&newest.aggregate_type);
        // A foreign writer's id that is no id still needs one to be reported under.
        let id = AggregateId::new(&newest.aggregate_id);
        let group = |id| Group { id, newest, older };
        match (schema, id) {
            (Some(schema), Ok(id)) => plan.add(schema, group(id), now),
            (None, Ok(id)) => {
                let group = group(id);
                let error = format!(
                    "no aggregate of type `{}` is registered",
                    group.newest.aggregate_type
                );
                plan.failed
                    .push((group, Failure::new("unknown-type", error)));
            }
            (_, Err(error)) => {
                let group = group(AggregateId::from_uuid(uuid::Uuid::nil()));
                let failure =
                    Failure::new("invalid-id", format!("its aggregate id is no id: {error}"));
                plan.failed.push((group, failure));
            }
        }
    }
    plan
}

impl Plan {
    fn add(&mut self, schema: &'static Schema, group: Group, now: Timestamp) {
        if group.newest.version == Version::NONE {
            // The replica would take it for older than anything, and it would be gone unseen.
            let failure = Failure::new("invalid-version", "its version is no number above 0");
            self.failed.push((group, failure));
            return;
        }
        // One without a payload has a newer one in the hands of another batch, which knows nothing of
        // this one: of an aggregate that changes all the time there may always be such a one.
        let is_hollow = group.newest.payload.is_none();
        if is_hollow || group.newest.retry_count > 0 || is_old(&group.newest, now) {
            entry(&mut self.rebuild, schema).push(group);
            return;
        }
        match body(schema, &group, now) {
            Ok(body) => entry(&mut self.work, schema).push(item(group, body)),
            // Its writer left out what did not change: the row has it.
            Err(MapError::Absent { .. }) => entry(&mut self.rebuild, schema).push(group),
            Err(error) => self.failed.push((group, unmappable(&error))),
        }
    }

    /// Takes the current rows of the events that are applied from them.
    pub(crate) fn rebuilt(
        &mut self,
        schema: &'static Schema,
        groups: Vec<Group>,
        states: Vec<State>,
        now: Timestamp,
    ) {
        let mut states: HashMap<_, _> = states.into_iter().map(|s| (s.id.clone(), s)).collect();
        for mut group in groups {
            let body = match states.remove(&group.id) {
                Some(state) if state.version >= group.newest.version => {
                    group.newest.version = state.version;
                    match state.payload {
                        Some(payload) => mapping::to_document(schema, &group.id, &payload)
                            .map(Body::Document)
                            .map_err(|error| unmappable(&error)),
                        None => Ok(Body::Tombstone(now)),
                    }
                }
                // A head that is behind its event has not been read in the same snapshot.
                Some(_) => body(schema, &group, now).map_err(|error| unmappable(&error)),
                // Every event has a head until its aggregate is gone for good and forgotten.
                None => Ok(Body::Tombstone(now)),
            };
            match body {
                Ok(body) => entry(&mut self.work, schema).push(item(group, body)),
                Err(failure) => self.failed.push((group, failure)),
            }
        }
    }

    /// The changes of each collection, sorted by id: batches that are applied at once take
    /// locks in one order.
    pub(crate) fn into_work(mut self) -> Vec<(&'static Schema, Vec<Item>)> {
        for (_, items) in &mut self.work {
            items.sort_unstable_by(|a, b| a.change.id.cmp(&b.change.id));
        }
        self.work
    }
}

/// Whether the tombstone of a deletion that came after this event may have gone,
/// with a margin of half its life for clocks that differ.
fn is_old(event: &Event, now: Timestamp) -> bool {
    let age = now.duration_since(event.created_at);
    SignedDuration::try_from(TOMBSTONE_TTL / 2).is_ok_and(|old| age > old)
}

fn body(schema: &'static Schema, group: &Group, now: Timestamp) -> Result<Body, MapError> {
    if Operation::is_delete(&group.newest.event_type) {
        return Ok(Body::Tombstone(now));
    }
    let payload = group.newest.payload.as_deref().unwrap_or_default();
    mapping::to_document(schema, &group.id, payload).map(Body::Document)
}

fn unmappable(error: &mapping::MapError) -> Failure {
    let error = error.to_string();
    Failure::new(
        format!("mapping: {error}"),
        format!("cannot be mapped: {error}"),
    )
}

fn item(group: Group, body: Body) -> Item {
    let change = Change {
        id: group.id.clone(),
        version: group.newest.version,
        body,
    };
    Item { group, change }
}

/// The newest event of each key, with the places of its older ones.
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
    // In an order that does not change from run to run, so that a simulation can be told again.
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

fn entry<'a, T>(
    of: &'a mut Vec<(&'static Schema, Vec<T>)>,
    schema: &'static Schema,
) -> &'a mut Vec<T> {
    let at = of
        .iter()
        .position(|(s, _)| *s == schema)
        .unwrap_or_else(|| {
            of.push((schema, Vec::new()));
            of.len() - 1
        });
    &mut of[at].1
}

#[cfg(test)]
mod tests {
    use twinbase_core::{Field, Kind, Partition, Table};

    use super::*;

    static SCHEMA: Schema = Schema::new(
        "todo",
        Table::new(
            "todos",
            &[Field::key("id"), Field::new("title", "title", Kind::Text)],
        ),
        "todos",
    );

    fn event(seq: i64, id: &str, version: i64, what: &str) -> Event {
        Event {
            at: EventRef {
                partition: Partition(0),
                seq,
            },
            event_type: format!("todo.{what}").into(),
            aggregate_type: "todo".into(),
            aggregate_id: id.into(),
            version: Version::new(version),
            mapping: None,
            payload: Some(format!(r#"{{"id": "{id}", "title": "v{version}"}}"#)),
            retry_count: 0,
            created_at: Timestamp::UNIX_EPOCH,
            traceparent: None,
        }
    }

    fn planned(events: Vec<Event>) -> Plan {
        let registry = Registry::new([&SCHEMA]).unwrap();
        plan(events, &registry, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn of_a_key_only_the_newest_is_applied_and_stands_for_the_others() {
        let plan = planned(vec![
            event(3, "a", 3, "updated"),
            event(1, "a", 1, "created"),
            event(2, "a", 2, "updated"),
        ]);
        let items = &plan.work[0].1;
        assert_eq!((items.len(), items[0].change.version), (1, Version::new(3)));
        let mut seqs: Vec<_> = items[0].group.events().map(|at| at.seq).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, [1, 2, 3]);
    }

    #[test]
    fn changes_are_sorted_by_id_so_that_parallel_batches_do_not_deadlock() {
        let events = ["c", "a", "d", "b"].map(|id| event(1, id, 1, "created"));
        let work = planned(events.to_vec()).into_work();
        let ids: Vec<_> = work[0].1.iter().map(|i| i.change.id.as_str()).collect();
        assert_eq!(ids, ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_deletion_becomes_a_tombstone_whatever_its_payload_says() {
        let plan = planned(vec![event(1, "a", 2, "deleted")]);
        assert!(matches!(plan.work[0].1[0].change.body, Body::Tombstone(_)));
    }

    #[test]
    fn what_cannot_be_mapped_is_set_aside_and_the_rest_goes_on() {
        let mut bad = event(1, "bad", 1, "created");
        bad.payload = Some("[]".into());
        let mut unknown = event(2, "x", 1, "created");
        unknown.aggregate_type = "planet".into();
        let mut nameless = event(3, "", 1, "created");
        nameless.aggregate_id = "\0".into();
        let unversioned = event(5, "y", 0, "created");
        let good = event(4, "good", 1, "created");
        let plan = planned(vec![bad, unknown, nameless, unversioned, good]);
        assert_eq!(plan.work[0].1.len(), 1);
        let mut keys: Vec<_> = plan.failed.iter().map(|(_, f)| f.key.as_str()).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "invalid-id",
                "invalid-version",
                "mapping: the payload is not a JSON object",
                "unknown-type"
            ]
        );
    }

    #[test]
    fn a_payload_that_lacks_a_field_is_applied_from_the_current_row() {
        let mut partial = event(1, "a", 1, "updated");
        partial.payload = Some(r#"{"id": "a"}"#.into());
        let plan = planned(vec![partial]);
        assert_eq!((plan.rebuild.len(), plan.failed.len()), (1, 0));
    }

    #[test]
    fn an_event_that_may_be_older_than_a_tombstone_is_applied_from_the_current_row() {
        let registry = Registry::new([&SCHEMA]).unwrap();
        for (age, rebuilt) in [(TOMBSTONE_TTL / 2, 0), (TOMBSTONE_TTL, 1)] {
            let now = Timestamp::UNIX_EPOCH + age;
            let plan = plan(vec![event(1, "a", 1, "created")], &registry, now);
            assert_eq!(
                (plan.rebuild.len(), plan.work.len()),
                (rebuilt, 1 - rebuilt)
            );
        }
    }

    #[test]
    fn a_charged_event_is_applied_from_the_current_row_at_its_head() {
        let mut charged = event(1, "a", 2, "updated");
        charged.retry_count = 1;
        charged.payload = Some("broken".into());
        let mut plan = planned(vec![charged]);
        assert!(plan.work.is_empty());
        let (schema, groups) = plan.rebuild.pop().unwrap();
        let state = State {
            id: AggregateId::new("a").unwrap(),
            version: Version::new(5),
            payload: Some(r#"{"id": "a", "title": "now"}"#.into()),
        };
        plan.rebuilt(schema, groups, vec![state], Timestamp::UNIX_EPOCH);
        let item = &plan.work[0].1[0];
        assert_eq!(item.change.version, Version::new(5));
        assert_eq!(item.group.healed().1, Version::new(5));
        let Body::Document(document) = &item.change.body else {
            panic!("{item:?}");
        };
        assert_eq!(document.get_str("title").unwrap(), "now");
    }
}
