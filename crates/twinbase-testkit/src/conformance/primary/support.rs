//! Changes of people and notes, and what is asked of the outbox.

use serde_json::{Value as Json, json};
use twinbase_core::{
    AggregateId, Clock as _, Event, EventRef, Name, Partition, PrimaryError, State, SystemClock,
    Value,
    error::Constraint,
    primary::{FailedAttempt, PendingRequest},
    write::{Action, Assignment, Comparison, Condition, OnConflict, Target, Write},
};

use super::{NOTE, Opened, PERSON, VISITS};

/// What no event, document or error may contain.
pub(super) const SECRET: &str = "argon2id-of-a-secret";

/// The columns of a person.
pub(super) fn columns() -> Vec<Name> {
    let fields = PERSON.table.fields.iter();
    fields.map(|field| field.column.clone()).collect()
}

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
pub(super) fn insert(ids: &[impl AsRef<str>]) -> Write {
    insert_rows(ids.iter().map(|id| person(id.as_ref())).collect())
}

/// An insert of rows of people.
pub(super) fn insert_rows(rows: Vec<Vec<Value>>) -> Write {
    of_person(Action::Insert {
        columns: columns(),
        rows,
        on_conflict: OnConflict::Fail,
    })
}

/// A change of people.
pub(super) fn of_person(action: Action) -> Write {
    Write {
        target: Target::Aggregate(PERSON.clone()),
        action,
        expected: None,
        traceparent: None,
    }
}

/// A change of the plain table.
pub(super) fn of_visits(action: Action) -> Write {
    Write {
        target: Target::Plain(VISITS.clone()),
        ..of_person(action)
    }
}

/// A new note of a person.
pub(super) fn note(id: &str, person: &str, text: &str) -> Write {
    Write {
        target: Target::Aggregate(NOTE.clone()),
        ..of_person(Action::Insert {
            columns: ["id", "person_id", "text"].map(Into::into).to_vec(),
            rows: vec![vec![id.into(), person.into(), text.into()]],
            on_conflict: OnConflict::Fail,
        })
    }
}

/// An update of one person.
pub(super) fn update(id: &str, set: Vec<Assignment>) -> Write {
    of_person(Action::Update {
        set,
        filter: vec![is(id)],
    })
}

/// Another value for one person.
pub(super) fn set(id: &str, column: &'static str, value: impl Into<Value>) -> Write {
    update(id, vec![Assignment::set(column, value.into())])
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

/// Asserts that a change breaks a constraint of a kind.
pub(super) async fn assert_breaks(db: &Opened, write: &Write, expected: Constraint) {
    match db.write(write).await {
        Err(PrimaryError::Constraint { constraint, .. }) => assert_eq!(constraint, expected),
        other => panic!("{other:?}"),
    }
}

/// Asserts that a change at an expected version meets another one.
pub(super) async fn assert_conflict(db: &Opened, write: &Write, there: (&str, i64)) {
    match db.write(write).await {
        Err(PrimaryError::VersionConflict { key, found, .. }) => {
            assert_eq!((&*key.to_string(), found.get()), there);
        }
        other => panic!("{other:?}"),
    }
}

/// Asserts that a statement is refused as one that is not valid.
pub(super) fn assert_invalid<T>(outcome: Result<T, PrimaryError>, what: &str) {
    let error = outcome.map(drop).expect_err(what);
    let is_it = matches!(error, PrimaryError::InvalidStatement { .. });
    assert!(is_it, "{what}: {error}");
}

/// The id.
pub(super) fn id(text: &str) -> AggregateId {
    AggregateId::new(text).expect("an id")
}

/// A hundred ids of people.
pub(super) fn many() -> Vec<String> {
    (0..100).map(|n| format!("p{n}")).collect()
}

/// The document that an event carries.
pub(super) fn document(event: &Event) -> Json {
    json_of(event.payload.as_deref())
}

/// A row as JSON.
pub(super) fn payload(state: &State) -> Json {
    json_of(state.payload.as_deref())
}

fn json_of(payload: Option<&str>) -> Json {
    serde_json::from_str(payload.expect("a payload")).expect("a payload is JSON")
}

/// The id and version of each state, and whether there is a row.
pub(super) fn in_short(states: &[State]) -> Vec<(&str, i64, bool)> {
    let states = states.iter();
    states
        .map(|of| (of.id.as_str(), of.version.get(), of.payload.is_some()))
        .collect()
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
            .map(|schema| (schema.aggregate_type.clone(), schema.mapping_hash()))
            .to_vec(),
    }
}

/// The statement by which a program that knows nothing of Twinbase inserts an event.
pub(super) fn foreign_event(event_type: &str, id: &str, payload: &str) -> String {
    let aggregate_type = event_type.split('.').next().unwrap_or_default();
    format!(
        "insert into \"Outbox\" (event_type, aggregate_type, aggregate_id, payload) \
         values ('{event_type}', '{aggregate_type}', '{id}', '{payload}')"
    )
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
