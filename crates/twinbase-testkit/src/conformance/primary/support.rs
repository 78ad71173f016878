//! What the cases share: an open primary, changes of people, and a look at the outbox.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use twinbase_core::{
    AggregateId, Clock as _, Event, EventRef, Partition, Primary, PrimaryError, State, SystemClock,
    Value,
    primary::{FailedAttempt, PendingRequest, Written},
    write::{Action, Assignment, Comparison, Condition, OnConflict, Target, Write},
};

use super::{Database, NOTE, PERSON, own_migrations};

/// What no event, document or error may contain.
pub(super) const SECRET: &str = "argon2id-of-a-secret";

/// A primary that is migrated and knows the schemas.
pub(super) async fn opened(database: &dyn Database) -> Arc<dyn Primary> {
    let primary = database.open().await;
    primary
        .migrate(&[own_migrations()])
        .await
        .expect("migrations run");
    primary
        .register(&[&PERSON, &NOTE])
        .await
        .expect("schemas are registered");
    primary
}

/// The columns of a person.
pub(super) const COLUMNS: [&str; 10] = [
    "id",
    "name",
    "password_hash",
    "active",
    "points",
    "big",
    "ratio",
    "joined_at",
    "settings",
    "nickname",
];

/// A row of a person.
pub(super) fn person(id: &str) -> Vec<Value> {
    vec![
        id.into(),
        format!("name of {id}").into(),
        SECRET.into(),
        true.into(),
        0_i32.into(),
        9_007_199_254_740_993_i64.into(),
        0.1_f64.into(),
        Value::Timestamp("2025-02-03T04:05:06.789Z".parse().expect("a time")),
        Value::Json(json!({"theme": "dark", "list": [1, 2.5, null, true]})),
        Value::Null,
    ]
}

/// An insert of people.
pub(super) fn insert(ids: &[&str]) -> Write {
    insert_rows(ids.iter().map(|id| person(id)).collect())
}

/// An insert of rows of people.
pub(super) fn insert_rows(rows: Vec<Vec<Value>>) -> Write {
    of_person(Action::Insert {
        columns: COLUMNS.to_vec(),
        rows,
        on_conflict: OnConflict::Fail,
    })
}

/// A change of people.
pub(super) const fn of_person(action: Action) -> Write {
    Write {
        target: Target::Aggregate(&PERSON),
        action,
        expected: None,
        traceparent: None,
    }
}

/// A new note of a person.
pub(super) fn note(id: &str, person: &str, text: &str) -> Write {
    Write {
        target: Target::Aggregate(&NOTE),
        action: Action::Insert {
            columns: vec!["id", "person_id", "text"],
            rows: vec![vec![id.into(), person.into(), text.into()]],
            on_conflict: OnConflict::Fail,
        },
        expected: None,
        traceparent: None,
    }
}

/// An update of one person.
pub(super) fn update(id: &str, set: Vec<Assignment>) -> Write {
    of_person(Action::Update {
        set,
        filter: vec![is(id)],
    })
}

/// One point more.
pub(super) fn award(id: &str) -> Write {
    update(id, vec![Assignment::add("points", 1_i32.into())])
}

/// A deletion of one person.
pub(super) fn delete(id: &str) -> Write {
    of_person(Action::Delete {
        filter: vec![is(id)],
    })
}

/// `id = ..`
pub(super) fn is(id: &str) -> Condition {
    Condition::compare("id", Comparison::Equal, id.into())
}

/// The id.
pub(super) fn id(text: &str) -> AggregateId {
    AggregateId::new(text).expect("an id")
}

/// Does a change that has to succeed.
pub(super) async fn done(primary: &dyn Primary, write: &Write) -> Written {
    primary.write(write).await.expect("the change is made")
}

/// Does a change as often as contention asks for.
pub(super) async fn retried(primary: &dyn Primary, write: &Write) -> Result<Written, PrimaryError> {
    loop {
        match primary.write(write).await {
            Err(PrimaryError::Contention { .. }) => {}
            outcome => return outcome,
        }
    }
}

/// The only state of a change.
pub(super) fn only(written: Written) -> State {
    assert_eq!((written.count, written.states.len()), (1, 1));
    written.states.into_iter().next().expect("one state")
}

/// A hundred ids of people.
pub(super) fn many() -> Vec<String> {
    (0..100).map(|n| format!("p{n}")).collect()
}

/// The document that an event carries.
pub(super) fn document(event: &Event) -> Json {
    let text = event.payload.as_deref().expect("a payload");
    serde_json::from_str(text).expect("a payload is JSON")
}

/// A payload as JSON.
pub(super) fn payload(state: &State) -> Json {
    let text = state.payload.as_deref().expect("a payload");
    serde_json::from_str(text).expect("a payload is JSON")
}

/// One row of `"Outbox"`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recorded {
    pub(super) event_type: String,
    pub(super) aggregate_type: String,
    pub(super) aggregate_id: String,
    pub(super) version: i64,
    pub(super) payload: Json,
    pub(super) processed: bool,
    pub(super) retry_count: i64,
}

/// Every event in the order of versions.
pub(super) async fn recorded(primary: &dyn Primary) -> Vec<Recorded> {
    let sql = "select event_type, aggregate_type, aggregate_id, version, payload, processed, retry_count \
               from \"Outbox\" order by aggregate_type, aggregate_id, version";
    let rows = primary.query(sql, &[]).await.expect("the outbox is read");
    rows.iter()
        .map(|row| {
            Ok(Recorded {
                event_type: row.get("event_type")?,
                aggregate_type: row.get("aggregate_type")?,
                aggregate_id: row.get("aggregate_id")?,
                version: row.get("version")?,
                payload: row.get("payload")?,
                processed: row.get("processed")?,
                retry_count: row.get("retry_count")?,
            })
        })
        .collect::<Result<_, twinbase_core::RowError>>()
        .expect("the outbox has its columns")
}

/// The versions of an aggregate's pending events, in their order.
pub(super) async fn versions(primary: &dyn Primary, id: &str) -> Vec<i64> {
    let events = waiting_of(primary, id).await;
    let mut versions: Vec<_> = events.iter().map(|event| event.version.get()).collect();
    versions.sort_unstable();
    versions
}

/// The number that a query answers in column `n`.
pub(super) async fn number(primary: &dyn Primary, sql: &str) -> i64 {
    let rows = primary.query(sql, &[]).await.expect("a query");
    rows[0].get("n").expect("a number")
}

/// Asserts that there is no row, head or event at all.
pub(super) async fn assert_nothing_written(primary: &dyn Primary) {
    for table in ["people", "notes", "aggregate_version", "\"Outbox\""] {
        let sql = format!("select count(*) as n from {table}");
        assert_eq!(number(primary, &sql).await, 0, "{table}");
    }
}

/// A request for everything that waits now.
pub(super) fn everything() -> PendingRequest {
    PendingRequest {
        cursors: Partition::all().map(|partition| (partition, -1)).collect(),
        per_partition: 10_000,
        limit: 10_000,
        now: SystemClock.now(),
        max_bytes: usize::MAX,
        except: Vec::new(),
        mappings: [&PERSON, &NOTE]
            .map(|schema| (schema.aggregate_type, schema.mapping_hash()))
            .to_vec(),
    }
}

/// Everything that waits now.
pub(super) async fn waiting(primary: &dyn Primary) -> Vec<Event> {
    primary
        .pending(&everything())
        .await
        .expect("pending events are read")
        .events
}

/// The events that wait, of one aggregate.
pub(super) async fn waiting_of(primary: &dyn Primary, id: &str) -> Vec<Event> {
    let mut events = waiting(primary).await;
    events.retain(|event| event.aggregate_id == id);
    events
}

/// A failure to charge; it may be tried again at once.
pub(super) fn failure(at: EventRef, seen_retry_count: u32) -> FailedAttempt {
    FailedAttempt {
        at,
        seen_retry_count,
        error: "it does not fit".to_owned(),
        error_key: "fit".to_owned(),
        next_attempt_at: Some(SystemClock.now()),
    }
}

/// Charges an event until it has failed for good.
pub(super) async fn fail(primary: &dyn Primary, at: EventRef) {
    for seen in 0..6 {
        let charged = primary.record_failed(&[failure(at, seen)]).await;
        assert_eq!(charged.expect("a charge"), 1);
    }
}
