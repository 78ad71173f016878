//! Every scan is understood by SQLite, uses its index, and reads a page without sorting what it found.

use super::*;
use crate::sqlite::migrate;

fn migrated() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    migrate::run(&connection, &[]).unwrap();
    connection
}

fn plan(connection: &Connection, scan: &Scan, after: Option<&EventCursor>) -> String {
    let (range, _) = scan.after(after);
    let sql = format!("explain query plan {}", scan.page(&range, "desc"));
    let mut statement = connection.prepare(&sql).unwrap();
    let lines = statement
        .raw_query()
        .mapped(|row| row.get::<_, String>("detail"))
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    lines.join("\n")
}

fn everything() -> EventFilter {
    EventFilter {
        error_key: Some("key".into()),
        aggregate_type: Some("todo".into()),
        event_type: Some("todo.created".into()),
        as_of: Some("2026-11-23T00:00:00Z".parse().unwrap()),
        ..EventFilter::default()
    }
}

#[test]
fn every_status_is_read_from_its_own_index_and_in_its_order() {
    let connection = migrated();
    let at = |processed_at: Option<&str>| EventCursor {
        processed_at: processed_at.map(|at| at.parse().unwrap()),
        seq: 9,
    };
    for (status, index) in [
        (EventStatus::Pending, "Outbox_pending (partition=?"),
        (EventStatus::Applied, "Outbox_done"),
        (EventStatus::Discarded, "Outbox_discarded"),
    ] {
        for filter in [EventFilter::default(), everything()] {
            for after in [None, Some(at(None)), Some(at(Some("2026-11-23T00:00:00Z")))] {
                for scan in found(&filter, status) {
                    let plan = plan(&connection, &scan.matching(&filter), after.as_ref());
                    assert!(plan.contains(index), "{status:?} {after:?}: {plan}");
                    assert!(
                        !plan.contains("TEMP B-TREE"),
                        "{status:?} {after:?}: {plan}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_was_charged_is_found_among_what_was_charged_alone() {
    let connection = migrated();
    for status in [EventStatus::Retrying, EventStatus::Failed] {
        for scan in found(&everything(), status) {
            let plan = plan(&connection, &scan.matching(&everything()), None);
            assert!(plan.contains("Outbox_charged (aggregate_type=?"), "{plan}");
        }
    }
}

#[test]
fn named_events_are_looked_up_by_their_ids() {
    let connection = migrated();
    let filter = EventFilter {
        ids: vec!["a".into()],
        ..everything()
    };
    for status in EventStatus::ALL {
        let [scan] = &found(&filter, status)[..] else {
            panic!("{status:?} is more than one scan");
        };
        let plan = plan(&connection, scan, None);
        assert!(
            plan.contains("INDEX sqlite_autoindex_Outbox_1 (id=?)"),
            "{status:?}: {plan}"
        );
    }
}

#[test]
fn the_pending_events_of_one_aggregate_are_looked_for_in_its_partition() {
    let filter = EventFilter {
        aggregate_id: Some("a".into()),
        ..EventFilter::default()
    };
    assert_eq!(found(&filter, EventStatus::Pending).len(), 1);
}
