//! Programs that know nothing of Twinbase and insert events as the seed's code does.

use serde_json::json;
use twinbase_core::{
    Partition,
    primary::{EventFilter, Events as _, FailedAttempt, Outbox as _, PendingRequest},
};

use super::*;

const INSERT: &str =
    "insert into \"Outbox\" (id, event_type, aggregate_type, aggregate_id, payload)
    values (?1, ?2, 'note', ?3, ?4)";

async fn pending(sqlite: &Sqlite) -> Vec<twinbase_core::Event> {
    sqlite
        .pending(&PendingRequest {
            cursors: Partition::all().map(|partition| (partition, -1)).collect(),
            per_partition: 100,
            limit: 100,
            now: "2100-01-01T00:00:00Z".parse().unwrap(),
            max_bytes: usize::MAX,
            except: Vec::new(),
            mappings: vec![(NOTE.aggregate_type.clone(), NOTE.mapping_hash())],
        })
        .await
        .unwrap()
        .events
}

#[tokio::test]
async fn a_row_and_its_event_in_plain_sql_get_versions_in_order() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    let mut other = place.raw();
    let transaction = other.transaction().unwrap();
    transaction
        .execute("update notes set points = 7 where id = 'a'", [])
        .unwrap();
    let payload = json!({"id": "a", "points": 7}).to_string();
    transaction
        .execute(INSERT, ("u1", "note.updated", "a", &payload))
        .unwrap();
    transaction.commit().unwrap();
    sqlite.write(&delete("a")).await.unwrap();
    let events = pending(&sqlite).await;
    let order: Vec<_> = events
        .iter()
        .map(|event| (&*event.event_type, event.version.get()))
        .collect();
    assert_eq!(
        order,
        [
            ("note.created", 1),
            ("note.updated", 2),
            ("note.deleted", 3)
        ]
    );
    let (theirs, _) = sqlite.event("u1").await.unwrap().unwrap();
    assert_eq!(theirs.at, events[1].at);
}

#[tokio::test]
async fn what_the_mapping_does_not_name_is_cut_out_of_their_payloads() {
    let place = Place::new();
    let sqlite = place.open().await;
    let payload = json!({
        "id": "a", "title": "t", "secret": "hash", "passwordHash": "x", "done": true, "points": 12_345_678_901_i64,
        "dueAt": null, "extra": {"secret": "an application's own", "list": [1, 2.5, "x", null, false]},
    });
    place
        .raw()
        .execute(INSERT, ("u", "note.created", "a", payload.to_string()))
        .unwrap();
    let events = pending(&sqlite).await;
    let kept: serde_json::Value =
        serde_json::from_str(events[0].payload.as_deref().unwrap()).unwrap();
    assert_eq!(
        kept,
        json!({
            "id": "a", "title": "t", "done": true, "points": 12_345_678_901_i64, "dueAt": null,
            "extra": {"secret": "an application's own", "list": [1, 2.5, "x", null, false]},
        })
    );
    let held = count(&sqlite, "\"Outbox\" where payload like '%hash%'").await;
    assert_eq!(held, 0);
}

#[tokio::test]
async fn types_that_are_not_registered_keep_their_payloads() {
    let place = Place::new();
    let sqlite = place.open().await;
    place
        .raw()
        .execute(
            "insert into \"Outbox\" (id, event_type, aggregate_type, aggregate_id, payload)
             values ('u', 'form.created', 'form', 'f', '{\"any\":1}')",
            [],
        )
        .unwrap();
    assert_eq!(
        pending(&sqlite).await[0].payload.as_deref(),
        Some("{\"any\":1}")
    );
}

#[tokio::test]
async fn an_insert_or_replace_of_an_event_does_not_set_a_head_back() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    let other = place.raw();
    for _ in 0..2 {
        other
            .execute(
                &INSERT.replace("insert into", "insert or replace into"),
                ("same", "note.updated", "a", "{}"),
            )
            .unwrap();
    }
    let versions: Vec<i64> = pending(&sqlite)
        .await
        .iter()
        .map(|event| event.version.get())
        .collect();
    assert_eq!(versions, [1, 3]);
    let heads = sqlite.states_of(&NOTE, &[id("a")]).await.unwrap();
    assert_eq!(heads[0].version.get(), 3);
}

#[tokio::test]
async fn a_payload_that_is_not_json_is_refused_at_once() {
    let place = Place::new();
    let _sqlite = place.open().await;
    let refused = place
        .raw()
        .execute(INSERT, ("u", "note.created", "a", "{nonsense"));
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("CHECK constraint")
    );
}

#[tokio::test]
async fn the_seeds_debugging_queries_work_verbatim() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert_all(&["a", "b", "c"])).await.unwrap();
    let other = place.raw();
    other
        .execute(
            "update \"Outbox\" set processed = true where aggregate_id = 'a'",
            [],
        )
        .unwrap();
    other
        .execute(
            "update \"Outbox\" set retry_count = 6 where aggregate_id = 'b'",
            [],
        )
        .unwrap();
    for (sql, rows) in [
        (
            "SELECT * FROM \"Outbox\" ORDER BY created_at DESC LIMIT 10;",
            3,
        ),
        ("SELECT * FROM \"Outbox\" WHERE processed = false;", 2),
        ("SELECT * FROM \"Outbox\" WHERE retry_count > 5;", 1),
    ] {
        let mut statement = other.prepare(sql).unwrap();
        assert_eq!(
            statement.query_map([], |_| Ok(())).unwrap().count(),
            rows,
            "{sql}"
        );
        assert_eq!(sqlite.query(sql, &[]).await.unwrap().len(), rows, "{sql}");
    }
}

/// SQLite keeps anything in any column, whatever type the table says.
#[tokio::test]
async fn numbers_that_are_none_hold_up_nobody_elses_events() {
    let place = Place::new();
    let sqlite = place.open().await;
    let ids = ["text", "fraction", "none", "half", "word", "good"];
    sqlite.write(&insert_all(&ids)).await.unwrap();
    let other = place.raw();
    for (id, change) in [
        ("text", "version = 'abc'"),
        ("fraction", "version = 1.5"),
        ("none", "version = null"),
        ("half", "retry_count = 0.5"),
        ("word", "retry_count = 'abc'"),
    ] {
        let sql = format!("update \"Outbox\" set {change} where aggregate_id = '{id}'");
        assert_eq!(other.execute(&sql, []).unwrap(), 1);
    }
    let events = pending(&sqlite).await;
    let mut found: Vec<_> = events
        .iter()
        .map(|e| (e.aggregate_id.as_str(), e.version.get(), e.retry_count))
        .collect();
    found.sort_unstable();
    let expected = [
        ("fraction", 1, 0),
        ("good", 1, 0),
        ("half", 1, 1),
        ("none", 0, 0),
        ("text", 0, 0),
    ];
    assert_eq!(found, expected, "the word is above five: failed");
    let half = events.iter().find(|e| e.aggregate_id == "half").unwrap();
    let charge = FailedAttempt {
        at: half.at,
        seen_retry_count: half.retry_count,
        error: "no".to_owned(),
        error_key: "no".to_owned(),
        next_attempt_at: None,
    };
    assert_eq!(sqlite.record_failed(&[charge]).await.unwrap(), 1);
    let filter = EventFilter::default();
    assert_eq!(sqlite.events(&filter, None, 9).await.unwrap().len(), 6);
    let types = sqlite.status_by_type().await.unwrap();
    assert_eq!((types[0].1.backlog, types[0].1.failed), (4, 2));
}
