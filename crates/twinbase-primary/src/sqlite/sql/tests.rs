//! Every statement is understood by SQLite and uses the index that its comment promises.

use rusqlite::Connection;
use twinbase_core::primary::{EventCursor, EventFilter, EventStatus, PrimaryKind};

use uuid::{Uuid, Variant};

use super::{super::migrate, *};
use crate::render::{Sql, filter};

fn migrated() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    migrate::run(&connection, &[]).unwrap();
    connection
}

fn plan(connection: &Connection, sql: &str) -> String {
    let mut statement = connection
        .prepare(&format!("explain query plan {sql}"))
        .unwrap();
    let lines = statement
        .raw_query()
        .mapped(|row| row.get::<_, String>("detail"))
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    lines.join("\n")
}

#[test]
fn every_statement_is_prepared_and_says_what_it_uses() {
    let connection = migrated();
    for (file, text) in ALL {
        connection
            .prepare(text)
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.starts_with("-- ") && text.contains("Lock: "), "{file}");
        assert!(text.contains("Index"), "{file}");
    }
}

#[test]
fn no_statement_looks_at_history_or_sorts() {
    let connection = migrated();
    for (file, text) in ALL {
        let plan = plan(&connection, text);
        let scans_table = plan
            .lines()
            .any(|line| line.starts_with("SCAN Outbox") && !line.contains("USING"));
        assert!(!scans_table, "{file}:\n{plan}");
        let sorts = plan.contains("TEMP B-TREE FOR ORDER");
        assert!(!sorts, "{file}:\n{plan}");
    }
    for (text, index) in [
        (PENDING, "Outbox_pending (partition=? AND rowid>?)"),
        (HEAL, "Outbox_charged (aggregate_type=? AND aggregate_id=?"),
        (RETIRE, "Outbox_done (<expr><?)"),
        (
            FORGET_HEAD,
            "PRIMARY KEY (aggregate_type=? AND aggregate_id=?",
        ),
        (
            FORGET_HEAD,
            "Outbox_charged (aggregate_type=? AND aggregate_id=?",
        ),
        (FORGET_HEAD, "Outbox USING INDEX Outbox_pending"),
        (MARK_APPLIED, "INTEGER PRIMARY KEY (rowid=?)"),
    ] {
        let plan = plan(&connection, text);
        assert!(plan.contains(index), "{index} in {plan}");
    }
}

/// Every field that can be compared.
fn everything() -> EventFilter {
    EventFilter {
        error_key: Some("key".into()),
        aggregate_type: Some("todo".into()),
        event_type: Some("todo.created".into()),
        as_of: Some("2026-11-23T00:00:00Z".parse().unwrap()),
        ..EventFilter::default()
    }
}

/// An operator's list and the first step of a verb, for one status.
fn operators(filter: &EventFilter, status: EventStatus) -> [Sql; 3] {
    let (kind, statuses) = (PrimaryKind::Sqlite, [status]);
    let after = EventCursor {
        processed_at: filter.as_of,
        seq: 9,
    };
    [
        filter::list(kind, filter, &statuses, Some(&after), 10),
        filter::pick(kind, filter, &statuses, 10),
        filter::count(kind, filter, &statuses, 10),
    ]
}

#[test]
fn the_next_page_of_what_is_done_begins_at_its_place() {
    let connection = migrated();
    for (status, index) in [
        (EventStatus::Applied, "Outbox_done (<expr><?)"),
        (
            EventStatus::Discarded,
            "Outbox_discarded (discarded_at>? AND discarded_at<?)",
        ),
    ] {
        let filter = EventFilter::default();
        let after = EventCursor {
            processed_at: everything().as_of,
            seq: 9,
        };
        let list = filter::list(PrimaryKind::Sqlite, &filter, &[status], Some(&after), 10);
        let plan = plan(&connection, &list.text);
        assert!(plan.contains(index), "{status:?}: {plan}");
    }
}

#[test]
fn an_operators_lists_and_verbs_use_the_index_of_their_status() {
    let connection = migrated();
    for (status, index) in [
        (EventStatus::Pending, "Outbox_pending (partition=?"),
        (EventStatus::Retrying, "Outbox_charged"),
        (EventStatus::Failed, "Outbox_charged"),
        (EventStatus::Applied, "Outbox_done"),
        (EventStatus::Discarded, "Outbox_discarded"),
    ] {
        for filter in [EventFilter::default(), everything()] {
            for sql in operators(&filter, status) {
                let plan = plan(&connection, &sql.text);
                let others = plan
                    .lines()
                    .filter(|line| line.contains("Outbox_") && !line.contains(index));
                assert_eq!(others.count(), 0, "{status:?}: {plan}");
                assert!(plan.contains(index), "{status:?}: {plan}");
            }
        }
        let named = EventFilter {
            ids: vec!["a".into()],
            ..EventFilter::default()
        };
        for sql in operators(&named, status) {
            let plan = plan(&connection, &sql.text);
            assert!(plan.contains("(id=?"), "{status:?}: {plan}");
        }
    }
    let picked = ["a".to_owned()];
    let set = |sql: &mut Sql| {
        sql.push("retry_count = 1");
    };
    let change = filter::change(PrimaryKind::Sqlite, &picked, &EventStatus::ALL, set);
    let change = plan(&connection, &change.text);
    assert!(change.contains("(id=?"), "{change}");
    let groups = plan(&connection, &filter::groups(PrimaryKind::Sqlite, 10).text);
    assert!(groups.contains("Outbox_charged"), "{groups}");
}

#[test]
fn partitions_are_filled_evenly_whatever_the_ids_look_like() {
    let connection = migrated();
    let ids = "with recursive n (i) as (values (1) union all select i + 1 from n where i < 16000) ";
    for id in [
        "lower(hex(randomblob(16)))",
        "'user-' || i",
        "printf('%012d', i)",
    ] {
        connection
            .execute_batch(&format!(
                "delete from \"Outbox\"; insert into \"Outbox\" (event_type, aggregate_type, aggregate_id, payload, version, mapping)
                 select * from ({ids} select 'a.created', 'a', {id}, '{{}}', 1, 0 from n)"
            ))
            .unwrap();
        let (partitions, least, most): (i64, i64, i64) = connection
            .query_row(
                "select count(*), min(n), max(n) from (select count(*) as n from \"Outbox\" group by \"partition\")",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        assert!(
            partitions == 16 && least > 500 && most < 2000,
            "{id}: {partitions} {least} {most}"
        );
    }
}

#[test]
fn ids_of_events_are_ordered_uuids() {
    let connection = migrated();
    for version in 1..=200 {
        connection
            .execute(
                INSERT_EVENT,
                ("a.created", "a", "1", "{}", version, None::<&str>, 0),
            )
            .unwrap();
    }
    let mut statement = connection
        .prepare("select id from \"Outbox\" order by seq")
        .unwrap();
    let ids: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for id in &ids {
        let uuid = Uuid::try_parse(id).unwrap();
        let kind = (uuid.get_version_num(), uuid.get_variant());
        assert_eq!(kind, (7, Variant::RFC4122), "{id}");
        assert_eq!(uuid.hyphenated().to_string(), *id);
    }
    let times: Vec<&str> = ids.iter().map(|id| &id[..13]).collect();
    assert!(times.is_sorted(), "{times:?}");
}
