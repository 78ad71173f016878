//! The cost of a batch does not grow with history, whatever the planner knows.

use std::sync::Arc;

use twinbase_core::{
    AggregateId, Field, Kind, Schema, Table, Version,
    primary::{EventFilter, EventStatus, Events as _, Outbox as _, OutboxStatus, Store as _},
    write::{Action, Assignment, Comparison, Condition, Target, Write},
};
use twinbase_primary::postgres::{OUTBOX_SETTINGS, Options, Postgres, statements as texts};
use twinbase_testkit::wait;

use super::{Fresh, fresh, options};

const HISTORY: &str =
    "insert into \"Outbox\" (event_type, aggregate_type, aggregate_id, payload, version, mapping, processed)
    select 'a.created', 'a', n::text, '{}', 1, 0, true from generate_series(1, 100000) as n";

const WAITING: &str = "insert into \"Outbox\" (event_type, aggregate_type, aggregate_id, payload, version, mapping, retry_count)
    select 'a.created', 'a', n::text, '{}', 2, 0, case when n % 100 = 0 then 1 else 0 end from generate_series(1, 3000) as n";

/// The plan of a prepared statement.
async fn plan(raw: &tokio_postgres::Client, name: &str, arguments: &str) -> String {
    let (_, sql) = texts().find(|(file, _)| *file == name).unwrap();
    let arguments = match arguments {
        "" => String::new(),
        some => format!("({some})"),
    };
    let sql = format!(
        "deallocate all; {OUTBOX_SETTINGS}; prepare p as {sql}; explain execute p{arguments}"
    );
    let answer = raw.simple_query(&sql).await.unwrap();
    answer
        .iter()
        .filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// How an event is looked up in the index of what is pending: whole and by itself.
const BY_PLACE: &str = "Index Cond: ((partition = ";

/// Every statement that reads or changes `"Outbox"`, with arguments and what its plan has to have.
fn statements() -> Vec<(&'static str, String, &'static str)> {
    // As many as a batch has: for them the planner would rather read the whole table.
    let many: Vec<String> = (1..=2000).map(|n| n.to_string()).collect();
    let many = many.join(",");
    let places = &*format!("array_fill(1::int2, array[2000]), '{{{many}}}'::int8[]");
    let few = "array[1,2,3]::int2[], array[1,2,3]::int8[]";
    let heads = "array['a'], array['1'], array[1]::int8[]";
    let now = "array[now(),now(),now()]";
    let read = format!("{few}, now(), 100, 1000, array['b'], array['a'], array[0]::int8[]");
    vec![
        ("mark_applied", places.to_owned(), BY_PLACE),
        ("mark_applied", places.to_owned(), "Outbox_charged"),
        (
            "mark_read",
            format!("{places}, array_fill('(0,1)'::tid, array[2000])"),
            "Tid Scan",
        ),
        (
            "charge",
            format!("{few}, array[0,0,0], array['','',''], array['','',''], {now}"),
            BY_PLACE,
        ),
        ("heal", heads.to_owned(), "Outbox_charged"),
        ("pending", read.clone(), BY_PLACE),
        ("pending_newest", format!("{read}, 1000000"), BY_PLACE),
        ("status", "100000".to_owned(), "Outbox_pending"),
        ("status_by_type", "100000".to_owned(), "Outbox_pending"),
        (
            "unapplied",
            "'a', array['1', '2']".to_owned(),
            "Outbox_pending",
        ),
        ("retire", "now(), 1000".to_owned(), "Outbox_done"),
        ("forget", heads.to_owned(), "Outbox_pending"),
    ]
}

async fn check(raw: &tokio_postgres::Client, when: &str) {
    for (name, arguments, wanted) in statements() {
        let plan = plan(raw, name, &arguments).await;
        assert!(
            plan.contains(wanted) && !plan.contains("Seq Scan on \"Outbox\""),
            "{name}, {when}:\n{plan}"
        );
    }
}

async fn filled() -> Option<(Fresh, tokio_postgres::Client)> {
    let database = fresh("plans").await?;
    let primary = database.connect(options()).await;
    primary.migrate(&[]).await.unwrap();
    let raw = database.raw().await;
    // Whether statistics exist is this test's to decide.
    raw.batch_execute("alter table \"Outbox\" set (autovacuum_enabled = false)")
        .await
        .unwrap();
    raw.batch_execute(HISTORY).await.unwrap();
    Some((database, raw))
}

#[tokio::test]
async fn statements_use_their_index_with_and_without_statistics() {
    let Some((_database, raw)) = filled().await else {
        return;
    };
    check(&raw, "idle, never analyzed").await;
    raw.batch_execute("analyze \"Outbox\"").await.unwrap();
    check(&raw, "idle, analyzed").await;
    raw.batch_execute(WAITING).await.unwrap();
    check(&raw, "busy, analyzed when idle").await;
    raw.batch_execute("analyze \"Outbox\"").await.unwrap();
    check(&raw, "busy, analyzed").await;
    raw.batch_execute("truncate \"Outbox\"").await.unwrap();
    check(&raw, "new").await;
    raw.batch_execute("vacuum analyze \"Outbox\"")
        .await
        .unwrap();
    check(&raw, "empty, analyzed").await;
}

/// How often the table was read whole, and its indexes were used, by connections that said so.
async fn scans(raw: &tokio_postgres::Client, table: &str) -> (i64, i64) {
    let sql =
        "select seq_scan, coalesce(idx_scan, 0) from pg_stat_user_tables where relname = $1::text";
    let row = raw.query_one(sql, &[&table]).await.unwrap();
    (row.get(0), row.get(1))
}

/// Waits until what the only connection of `primary` did has been counted.
async fn counted(
    primary: &Postgres,
    (raw, table, by_index): (&tokio_postgres::Client, &str, &str),
    before: i64,
) -> i64 {
    wait::until(
        "the scans to be counted",
        std::time::Duration::from_secs(20),
        async || {
            primary.ping().await.unwrap();
            primary.query(by_index, &[]).await.unwrap();
            let (whole, indexed) = scans(raw, table).await;
            (indexed > before).then_some(whole)
        },
    )
    .await
}

#[tokio::test]
async fn an_operator_s_lists_and_verbs_never_read_the_history() {
    let Some((database, raw)) = filled().await else {
        return;
    };
    raw.batch_execute(WAITING).await.unwrap();
    raw.batch_execute("vacuum analyze \"Outbox\"")
        .await
        .unwrap();
    let primary = database
        .connect(Options {
            max_connections: 1,
            ..options()
        })
        .await;
    let by_index = "select count(*) as n from \"Outbox\" where id = 'none'";
    let of = (&raw, "Outbox", by_index);
    let (_, indexed) = scans(&raw, "Outbox").await;
    let before = counted(&primary, of, indexed).await;
    let (_, indexed) = scans(&raw, "Outbox").await;
    for status in [None].into_iter().chain(EventStatus::ALL.map(Some)) {
        let filter = EventFilter {
            status,
            ..EventFilter::default()
        };
        let page = primary.events(&filter, None, 10).await.unwrap();
        let after = page.last().map(twinbase_core::primary::EventRecord::cursor);
        primary.events(&filter, after.as_ref(), 10).await.unwrap();
        if status != Some(EventStatus::Applied) {
            let count = primary.count_events(&filter).await.unwrap();
            assert!(count <= OutboxStatus::COUNT_LIMIT);
        }
        primary.retry(&filter, 10).await.unwrap();
        primary.restore(&filter, 10).await.unwrap();
        primary.discard(&filter, "a test", 10).await.unwrap();
    }
    primary.event_groups(10).await.unwrap();
    primary.retire(jiff::Timestamp::MAX, 10).await.unwrap();
    assert_eq!(counted(&primary, of, indexed).await, before);
}

/// A key in the order of bytes, as Studyhall's: other than the heads' by its collation.
#[tokio::test]
async fn heads_are_found_by_their_index_whatever_the_collation_of_a_key() {
    const HEADS: &str = "aggregate_version";
    let Some(database) = fresh("collated_heads").await else {
        return;
    };
    let primary = database
        .connect(Options {
            max_connections: 1,
            ..options()
        })
        .await;
    primary.migrate(&[]).await.unwrap();
    let raw = database.raw().await;
    let filled = "create table things (id text collate \"C\" primary key, name text not null);
        insert into things select n::text, 'a thing' from generate_series(1, 20000) as n;
        insert into aggregate_version select 'thing', id, 1 from things; analyze";
    raw.batch_execute(filled).await.unwrap();
    let fields = [Field::key("id"), Field::new("name", "name", Kind::Text)];
    let schema = Arc::new(Schema::new("thing", Table::new("things", fields), "things"));
    let by_index = "select count(*) as n from aggregate_version where aggregate_type = 'none'";
    let of = (&raw, HEADS, by_index);
    let (_, indexed) = scans(&raw, HEADS).await;
    let before = counted(&primary, of, indexed).await;
    let (_, indexed) = scans(&raw, HEADS).await;

    let page = primary
        .states_after(&schema, Some("5"), Some("7"), 500)
        .await;
    assert_eq!(page.unwrap().states.len(), 500);
    let id = AggregateId::new("7").unwrap();
    let states = primary.states_of(&schema, std::slice::from_ref(&id)).await;
    assert_eq!(states.unwrap()[0].version, Version::new(1));
    let write = Write {
        target: Target::Aggregate(schema.clone()),
        action: Action::Update {
            set: vec![Assignment::set("name", "another".into())],
            filter: vec![Condition::compare("id", Comparison::Equal, "7".into())],
        },
        expected: Some(Version::new(1)),
        traceparent: None,
    };
    assert_eq!(primary.write(&write).await.unwrap().count, 1);
    primary
        .touch(&schema, &[(id, Version::new(1))])
        .await
        .unwrap();
    assert_eq!(counted(&primary, of, indexed).await, before);
}
