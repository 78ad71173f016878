//! Keys whose column is a uuid or an integer: one text for each key, and no row for any other text.

use jiff::Timestamp;
use serde_json::json;
use twinbase_core::{
    Primary, Schema, State, Version,
    primary::{EventFilter, FailedAttempt},
    write::{Action, Assignment, Comparison, Condition, OnConflict, Target, Write},
};

use super::{
    Database, KEYED,
    support::{done, id, only, opened, payload, waiting},
};

/// Two keys of each table in the order of the table, and texts that are no key of it.
const KEYS: [[&str; 2]; 3] = [
    [
        "01978c3e-7a2b-7c3d-8e4f-5a6b7c8d9e0f",
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    ],
    ["9", "2147483647"],
    ["-10", "9223372036854775807"],
];
const STRANGERS: [&str; 4] = ["no key", "007", "9223372036854775808", "1.5"];

fn of(schema: &'static Schema, action: Action) -> Write {
    Write {
        target: Target::Aggregate(schema),
        action,
        expected: None,
        traceparent: None,
    }
}

fn insert(schema: &'static Schema, ids: &[&str]) -> Write {
    let rows = ids.iter().map(|id| vec![(*id).into(), 0_i32.into()]);
    of(
        schema,
        Action::Insert {
            columns: vec!["id", "points"],
            rows: rows.collect(),
            on_conflict: OnConflict::Fail,
        },
    )
}

fn by_key(id: &str) -> Vec<Condition> {
    vec![Condition::compare("id", Comparison::Equal, id.into())]
}

fn award(schema: &'static Schema, id: &str) -> Write {
    of(
        schema,
        Action::Update {
            set: vec![Assignment::add("points", 1_i32.into())],
            filter: by_key(id),
        },
    )
}

async fn states(primary: &dyn Primary, schema: &'static Schema, ids: &[&str]) -> Vec<State> {
    let ids: Vec<_> = ids.iter().map(|text| id(text)).collect();
    let mut states = primary.states_of(schema, &ids).await.expect("states");
    states.sort_by(|a, b| a.id.cmp(&b.id));
    states
}

/// By key, conditionally too, one and several at once.
pub async fn rows_with_any_type_of_key_are_written(database: &dyn Database) {
    let primary = opened(database).await;
    primary.register(&KEYED.each_ref()).await.expect("schemas");
    for (schema, [first, second]) in KEYED.iter().zip(KEYS) {
        let written = done(&*primary, &insert(schema, &[first, second])).await;
        assert_eq!(written.count, 2);
        let state = only(done(&*primary, &award(schema, first)).await);
        assert_eq!((state.id.as_str(), state.version), (first, Version::new(2)));
        assert_eq!(payload(&state), json!({"id": first, "points": 1}));
        let conditional = Write {
            expected: Some(Version::new(2)),
            ..award(schema, first)
        };
        assert_eq!(only(done(&*primary, &conditional).await).version.get(), 3);
        let several = Condition::is_in("id", vec![second.into(), "no key".into()]);
        let delete = Action::Delete {
            filter: vec![several],
        };
        let gone = only(done(&*primary, &of(schema, delete)).await);
        assert_eq!(gone.id.as_str(), second);
        let walked = primary
            .states_after(schema, None, 10)
            .await
            .expect("a page")
            .states;
        assert_eq!(walked.len(), 1);
        assert_eq!(walked, states(&*primary, schema, &[first]).await);
    }
}

/// In the order of the table, from any of its keys.
pub async fn pages_follow_the_keys_of_any_type(database: &dyn Database) {
    let primary = opened(database).await;
    for (schema, [first, second]) in KEYED.iter().zip(KEYS) {
        done(&*primary, &insert(schema, &[second, first])).await;
        let mut after: Option<String> = None;
        for expected in [Some(first), Some(second), None] {
            let page = primary.states_after(schema, after.as_deref(), 1).await;
            let page = page.expect("a page");
            let met = page.states.first().map(|state| state.id.as_str());
            assert_eq!(met, expected);
            after = page.next;
        }
    }
}

/// One that is no key of the table is of an aggregate without a row; it hides nothing of the others.
pub async fn an_id_that_cannot_be_a_key_has_no_row(database: &dyn Database) {
    let primary = opened(database).await;
    for (schema, [first, second]) in KEYED.iter().zip(KEYS) {
        done(&*primary, &insert(schema, &[first, second])).await;
        let mut ids = STRANGERS.to_vec();
        ids.extend([first, second]);
        let found = states(&*primary, schema, &ids).await;
        let found: Vec<_> = found.iter().map(|state| state.id.as_str()).collect();
        let mut expected = [first, second];
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}

/// They wait, fail, are tried again, and their rows are found, beside one whose id is no key.
pub async fn foreign_events_with_any_type_of_key_are_read(database: &dyn Database) {
    let primary = opened(database).await;
    for (schema, [first, _]) in KEYED.iter().zip(KEYS) {
        let (of, table) = (schema.aggregate_type, schema.table.name);
        let row = format!("insert into {table} (id, points) values ('{first}', 7)");
        let event = |id: &str| {
            format!(
                "insert into \"Outbox\" (event_type, aggregate_type, aggregate_id, payload) \
                 values ('{of}.created', '{of}', '{id}', '{{\"points\": 7}}')"
            )
        };
        let statements = [row, event(first), event("no key")];
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        database.foreign(&statements).await.expect("a transaction");
        let events = waiting(&*primary).await;
        let events: Vec<_> = events
            .into_iter()
            .filter(|event| *event.aggregate_type == *of)
            .collect();
        assert_eq!(events.len(), 2);
        let charges = events.iter().map(|event| FailedAttempt {
            at: event.at,
            seen_retry_count: 0,
            error: "a test".to_owned(),
            error_key: "test".to_owned(),
            next_attempt_at: Some(Timestamp::MAX),
        });
        let charges: Vec<_> = charges.collect();
        assert_eq!(primary.record_failed(&charges).await.expect("charged"), 2);
        let filter = EventFilter {
            aggregate_type: Some(of.to_owned()),
            ..EventFilter::default()
        };
        assert_eq!(primary.retry(&filter, 10).await.expect("retried"), 2);
        let found = states(&*primary, schema, &[first, "no key"]).await;
        let found: Vec<_> = found
            .iter()
            .map(|state| {
                (
                    state.id.as_str(),
                    state.version.get(),
                    state.payload.is_some(),
                )
            })
            .collect();
        assert_eq!(found, [(first, 1, true), ("no key", 1, false)]);
    }
}
