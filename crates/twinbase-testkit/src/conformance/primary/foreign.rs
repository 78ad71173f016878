//! Writers that know nothing of Twinbase: the seed's own pattern as plain SQL.

use std::time::Duration;

use serde_json::json;
use twinbase_core::{
    Clock as _, SystemClock,
    primary::{EventStatus, PrimaryKind},
};

use super::{
    Opened,
    stage::of_status,
    support::{SECRET, award, document, insert},
};

const PERSON_ROW: &str = "insert into people (id, name, password_hash, active, points, big, ratio, joined_at) \
     values ('cm5x1', 'n', 'h', true, 0, 0, 0, '2025-01-01T00:00:00.000Z')";

fn event(id: &str, event_type: &str, payload: &str) -> String {
    let aggregate_type = event_type.split('.').next().unwrap_or_default();
    format!(
        "insert into \"Outbox\" (id, event_type, aggregate_type, aggregate_id, payload) \
         values ('{id}', '{event_type}', '{aggregate_type}', 'cm5x1', '{payload}')"
    )
}

/// Row and event in one transaction, again and again, between changes of our own.
pub async fn the_seeds_pattern_gets_versions_in_commit_order(db: Opened) {
    let created = event("cm5e1", "person.created", r#"{"id": "cm5x1", "name": "n"}"#);
    db.foreign(&[PERSON_ROW, &created]).await;
    let updated = event("cm5e2", "person.updated", r#"{"id": "cm5x1", "name": "m"}"#);
    let twice = event("cm5e3", "person.updated", r#"{"id": "cm5x1", "name": "o"}"#);
    let change = "update people set name = 'o' where id = 'cm5x1'";
    db.foreign(&[change, &updated, &twice]).await;
    assert_eq!(db.only(&award("cm5x1")).await.version.get(), 4);
    let deleted = event("cm5e4", "person.deleted", r#"{"id": "cm5x1"}"#);
    db.foreign(&["delete from people where id = 'cm5x1'", &deleted])
        .await;
    assert_eq!(db.versions("cm5x1").await, [1, 2, 3, 4, 5]);
    let events = db.waiting().await;
    assert!(events.iter().all(|event| event.aggregate_id == "cm5x1"));
    let mut partitions = events.iter().map(|event| event.at.partition);
    assert!(partitions.all(|partition| partition == events[0].at.partition));
    for (own_id, version) in [("cm5e1", 1), ("cm5e2", 2), ("cm5e3", 3), ("cm5e4", 5)] {
        let found = db.event(own_id).await;
        let (record, _) = found.expect("it keeps the id that its writer gave it");
        assert_eq!((&*record.id, record.version.get()), (own_id, version));
        let event = events.iter().find(|event| event.at == record.at);
        assert_eq!(event.expect("it waits").version, record.version);
    }
}

/// As the guide has them, with capitals and semicolons.
pub async fn the_seeds_queries_work_verbatim(db: Opened) {
    db.done(&insert(&["a", "b"])).await;
    for (sql, expected) in [
        (
            "SELECT * FROM \"Outbox\" ORDER BY created_at DESC LIMIT 10;",
            2,
        ),
        ("SELECT * FROM \"Outbox\" WHERE processed = false;", 2),
        ("SELECT * FROM \"Outbox\" WHERE retry_count > 5;", 0),
        ("select * from \"Outbox\" where processed = false", 2),
    ] {
        let rows = db.query(sql, &[]).await;
        assert_eq!(rows.len(), expected, "{sql}");
        if let Some(row) = rows.first() {
            let columns = row.columns()[..8].join(", ");
            assert_eq!(
                columns,
                "id, event_type, aggregate_type, aggregate_id, payload, processed, retry_count, created_at"
            );
        }
    }
}

/// A writer that sends the whole row sends its secrets too.
pub async fn a_foreign_payload_is_cut_to_the_mapping(db: Opened) {
    let payload = format!(
        r#"{{"id": "cm5x1", "name": "n", "password_hash": "{SECRET}", "passwordHash": "{SECRET}", "settings": {{"a": [1]}}}}"#
    );
    db.foreign(&[PERSON_ROW, &event("e", "person.created", &payload)])
        .await;
    let events = db.recorded().await;
    assert_eq!(
        events[0].payload,
        json!({"id": "cm5x1", "name": "n", "settings": {"a": [1]}})
    );
    let read = &db.waiting().await[0];
    assert!(!read.payload.as_ref().expect("a payload").contains(SECRET));
}

/// We have no mapping to cut it to.
pub async fn an_unknown_aggregate_keeps_its_payload(db: Opened) {
    let odd = event("odd", "person.noted", "[1, 2]");
    db.foreign(&[
        &event("e", "friendship.created", r#"{"id": "f", "x": 1}"#),
        &odd,
    ])
    .await;
    let events = db.recorded().await;
    for (event, payload) in events
        .iter()
        .zip([json!({"id": "f", "x": 1}), json!([1, 2])])
    {
        assert_eq!((&event.payload, event.version), (&payload, 1));
    }
    assert_eq!(events.len(), 2);
}

/// The version goes with it.
pub async fn a_foreign_event_that_is_rolled_back_takes_no_version(db: Opened) {
    let created = event("e", "person.created", r#"{"id": "cm5x1"}"#);
    let failed = db
        .database
        .foreign(&[PERSON_ROW, &created, PERSON_ROW])
        .await;
    assert!(failed.is_err());
    assert!(db.recorded().await.is_empty());
    db.foreign(&[PERSON_ROW, &created]).await;
    assert_eq!(db.versions("cm5x1").await, [1]);
}

/// The seed's own worker says `processed = true` and nothing else. Nobody knows when that
/// was, so the event's own time stands for it.
pub async fn what_a_foreign_writer_has_marked_is_done(db: Opened) {
    db.done(&insert(&["a", "b", "c"])).await;
    let mark = "update \"Outbox\" set processed = true where aggregate_id in ('a', 'b')";
    db.foreign(&[mark]).await;
    assert_eq!(db.waiting().await.len(), 1);
    let applied = of_status(EventStatus::Applied);
    let all = db.list(&applied).await;
    assert_eq!(all.len(), 2);
    let first = db.events(&applied, None, 1).await;
    let rest = db.events(&applied, Some(&first[0].cursor()), 9).await;
    assert_eq!([first, rest].concat(), all);
    let before = SystemClock.now() + Duration::from_hours(1);
    let retired = db.retire(before, 9).await.expect("retention");
    let by_itself = db.kind() == PrimaryKind::Cockroach;
    assert_eq!(retired.removed, if by_itself { 0 } else { 2 });
}

/// Prisma's client gives every column that is not optional to it, and its times are of its own clock.
pub async fn what_a_foreign_writer_says_about_versions_and_times_is_never_trusted(db: Opened) {
    db.done(&insert(&["cm5x1"])).await;
    let before = SystemClock.now() - Duration::from_mins(1);
    for (id, version, created_at) in [
        ("e1", "1", "2001-01-01T00:00:00.000Z"),
        ("e2", "0", "2999-01-01T00:00:00.000Z"),
        ("e3", "99", "0001-01-01T00:00:00.000Z"),
    ] {
        let event = format!(
            "insert into \"Outbox\" (id, event_type, aggregate_type, aggregate_id, payload, version, created_at) \
             values ('{id}', 'person.updated', 'person', 'cm5x1', \
             '{{\"id\": \"cm5x1\", \"passwordHash\": \"{SECRET}\"}}', {version}, '{created_at}')"
        );
        db.foreign(&[&event]).await;
    }
    assert_eq!(db.versions("cm5x1").await, [1, 2, 3, 4]);
    let events = db.waiting().await;
    let after = SystemClock.now() + Duration::from_mins(1);
    for event in &events {
        let at = event.created_at;
        assert!(before < at && at < after, "{at}");
        assert_eq!(event.mapping.is_none(), event.version.get() > 1);
    }
    for event in db.recorded().await {
        assert!(!event.payload.to_string().contains(SECRET));
    }
}

/// As in PostgreSQL's `jsonb`, and in every parser of JavaScript.
pub async fn the_last_of_a_key_that_a_payload_has_twice_counts(db: Opened) {
    let payload = r#"{"id": "cm5x1", "name": {"a": 1}, "points": 1, "name": "last", "points": 2}"#;
    db.foreign(&[PERSON_ROW, &event("e", "person.created", payload)])
        .await;
    let read = &db.waiting().await[0];
    let expected = json!({"id": "cm5x1", "name": "last", "points": 2});
    assert_eq!(document(read), expected);
    let text = read.payload.as_ref().expect("a payload");
    assert_eq!(text.matches("name").count(), 1);
}
