//! What a batch of events becomes, as findings.

use std::sync::LazyLock;

use twinbase_core::{Field, Kind, SharedSchema, Table};

use super::*;
use crate::worker::cursors;

static SCHEMA: SharedSchema = LazyLock::new(|| {
    Schema::new(
        "todo",
        Table::new(
            "todos",
            &[Field::key("id"), Field::new("title", "title", Kind::Text)],
        ),
        "todos",
    )
    .into()
});

fn event(seq: i64, id: &str, version: i64, what: &str) -> Event {
    Event {
        event_type: format!("todo.{what}").into(),
        aggregate_id: id.into(),
        version: Version::new(version),
        payload: Some(format!(r#"{{"id": "{id}", "title": "v{version}"}}"#)),
        ..cursors::tests::event(0, seq)
    }
}

fn planned(events: Vec<Event>) -> Plan {
    let registry = Registry::new([SCHEMA.clone()]).unwrap();
    let now = Timestamp::UNIX_EPOCH;
    plan(
        events,
        &registry,
        &registry.mappings(),
        &Generations::default(),
        now,
    )
}

#[test]
fn of_a_key_only_the_newest_is_applied_and_stands_for_the_others() {
    let plan = planned(vec![
        event(3, "a", 3, "updated"),
        event(1, "a", 1, "created"),
        event(2, "a", 2, "updated"),
    ]);
    let items = &plan.work["todo"].items;
    let [(group, change)] = &items[..] else {
        panic!("{items:?}");
    };
    assert_eq!(change.version, Version::new(3));
    let mut seqs: Vec<_> = group.events().map(|at| at.seq).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, [1, 2, 3]);
}

#[test]
fn changes_are_sorted_by_id_so_that_parallel_batches_do_not_deadlock() {
    let events = ["c", "a", "d", "b"].map(|id| event(1, id, 1, "created"));
    let (_, changes) = planned(events.to_vec())
        .work
        .remove("todo")
        .unwrap()
        .into_changes();
    let ids: Vec<_> = changes.iter().map(|change| change.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "d"]);
}

#[test]
fn only_a_deletion_of_the_whole_becomes_a_tombstone_whatever_its_payload_says() {
    for (what, is_tombstone) in [("deleted", true), ("avatar.deleted", false)] {
        let plan = planned(vec![event(1, "a", 2, what)]);
        let (_, change) = &plan.work["todo"].items[0];
        let body = &change.body;
        assert_eq!(matches!(body, Body::Tombstone(_)), is_tombstone, "{body:?}");
    }
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
    let uncounted = event(6, "z", 1 << 60, "created");
    let good = event(4, "good", 1, "created");
    let plan = planned(vec![bad, unknown, nameless, unversioned, uncounted, good]);
    assert_eq!(plan.work["todo"].items.len(), 1);
    let mut keys: Vec<_> = plan.failed.iter().map(|(_, f)| f.key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "invalid-id",
            "invalid-version",
            "invalid-version",
            "mapping: the payload is not a JSON object",
            "unknown-type"
        ]
    );
}

#[test]
fn an_event_that_may_be_older_than_a_tombstone_is_applied_from_the_current_row() {
    let registry = Registry::new([SCHEMA.clone()]).unwrap();
    for (age, composed) in [(TOMBSTONE_TTL / 2, 0), (TOMBSTONE_TTL, 1)] {
        let now = Timestamp::UNIX_EPOCH + age;
        let events = vec![event(1, "a", 1, "created")];
        let plan = plan(
            events,
            &registry,
            &registry.mappings(),
            &Generations::default(),
            now,
        );
        let work = &plan.work["todo"];
        assert_eq!(
            (work.compose.len(), work.items.len()),
            (composed, 1 - composed)
        );
    }
}

#[test]
fn a_failed_event_is_applied_from_the_current_row_at_its_head() {
    let mut failed = event(1, "a", 2, "updated");
    failed.retry_count = 1;
    failed.payload = Some("broken".into());
    let mut work = planned(vec![failed]).work.remove("todo").unwrap();
    assert!(work.items.is_empty());
    let groups = std::mem::take(&mut work.compose);
    let state = State {
        id: AggregateId::new("a").unwrap(),
        version: Version::new(5),
        payload: Some(r#"{"id": "a", "title": "now"}"#.into()),
    };
    work.composed(groups, vec![state], Timestamp::UNIX_EPOCH);
    let (group, change) = &work.items[0];
    assert_eq!(change.version, Version::new(5));
    assert_eq!(group.healed().1, Version::new(5));
    let Body::Document(document) = &change.body else {
        panic!("{change:?}");
    };
    assert_eq!(document.get_str("title").unwrap(), "now");
}

#[test]
fn a_payload_that_lacks_a_field_is_applied_from_the_current_row() {
    let mut partial = event(1, "a", 1, "updated");
    partial.payload = Some(r#"{"id": "a"}"#.into());
    let plan = planned(vec![partial]);
    assert_eq!((plan.work["todo"].compose.len(), plan.failed.len()), (1, 0));
}

#[test]
fn a_payload_of_another_mapping_is_not_taken() {
    let mut mine = event(1, "mine", 1, "updated");
    mine.mapping = Some(SCHEMA.mapping_hash());
    let mut other = event(2, "other", 1, "updated");
    other.mapping = Some(SCHEMA.mapping_hash() + 1);
    let plan = planned(vec![mine, other]);
    let work = &plan.work["todo"];
    assert_eq!(work.items[0].0.id.as_str(), "mine");
    assert_eq!(work.compose[0].id.as_str(), "other");
}
