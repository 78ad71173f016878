//! Keys whose column is a uuid or an integer: one text for each key, and no row for any other text.

use jiff::Timestamp;
use serde_json::json;
use std::sync::Arc;
use twinbase_core::{
    Event, Schema, State, Version,
    primary::{EventFilter, FailedAttempt},
    write::{Action, Condition, OnConflict, Target, Write},
};

use super::{
    KEYED, Opened,
    support::{award, failure, foreign_event, in_short, of_person, payload},
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

/// The same change of other rows.
fn of(schema: &Arc<Schema>, write: Write) -> Write {
    Write {
        target: Target::Aggregate(Arc::clone(schema)),
        ..write
    }
}

fn insert(schema: &Arc<Schema>, ids: &[&str]) -> Write {
    let rows = ids.iter().map(|id| vec![(*id).into(), 0_i32.into()]);
    let insert = Action::Insert {
        columns: ["id", "points"].map(Into::into).to_vec(),
        rows: rows.collect(),
        on_conflict: OnConflict::Fail,
    };
    of(schema, of_person(insert))
}

/// By key, conditionally too, one and several at once.
pub async fn rows_with_any_type_of_key_are_written(db: Opened) {
    db.register(&*KEYED).await.expect("schemas");
    for (schema, [first, second]) in KEYED.iter().zip(KEYS) {
        let written = db.done(&insert(schema, &[first, second])).await;
        assert_eq!(written.count, 2);
        let state = db.only(&of(schema, award(first))).await;
        assert_eq!((state.id.as_str(), state.version), (first, Version::new(2)));
        assert_eq!(payload(&state), json!({"id": first, "points": 1}));
        let conditional = Write {
            expected: Some(Version::new(2)),
            ..of(schema, award(first))
        };
        assert_eq!(db.only(&conditional).await.version.get(), 3);
        let several = Condition::is_in("id", vec![second.into(), "no key".into()]);
        let delete = of_person(Action::Delete {
            filter: vec![several],
        });
        let gone = db.only(&of(schema, delete)).await;
        assert_eq!(gone.id.as_str(), second);
        let walked = db.states_after(schema, None, None, 10).await.states;
        let walked: Vec<_> = walked.iter().map(State::from).collect();
        assert_eq!(walked.len(), 1);
        assert_eq!(walked, db.states_of(schema, &[first]).await);
    }
}

/// In the order of the table, from any of its keys, up to any of its keys.
pub async fn pages_follow_the_keys_of_any_type(db: Opened) {
    for (schema, [first, second]) in KEYED.iter().zip(KEYS) {
        db.done(&insert(schema, &[second, first])).await;
        let mut after: Option<String> = None;
        for expected in [Some(first), Some(second), None] {
            let page = db.states_after(schema, after.as_deref(), None, 1).await;
            let met = page.states.get(0).map(|state| state.id);
            assert_eq!(met, expected);
            after = page.next;
        }
        let page = db.states_after(schema, None, Some(first), 9).await;
        assert_eq!((page.states.len(), page.next), (1, None));
        let page = db.states_after(schema, Some(first), Some(second), 9).await;
        assert_eq!((page.states.len(), page.next), (1, None));
    }
}

/// One that is no key of the table is of an aggregate without a row; it hides nothing of the others.
pub async fn an_id_that_cannot_be_a_key_has_no_row(db: Opened) {
    for (schema, [first, second]) in KEYED.iter().zip(KEYS) {
        db.done(&insert(schema, &[first, second])).await;
        let ids = [&STRANGERS[..], &[first, second]].concat();
        let found = db.states_of(schema, &ids).await;
        let mut expected = [(first, 1, true), (second, 1, true)];
        expected.sort_unstable();
        assert_eq!(in_short(&found), expected);
    }
}

/// They wait, fail, are tried again, and their rows are found, beside one whose id is no key.
pub async fn foreign_events_with_any_type_of_key_are_read(db: Opened) {
    for (schema, [first, _]) in KEYED.iter().zip(KEYS) {
        let (of, table) = (&schema.aggregate_type, &schema.table.name);
        let row = format!("insert into {table} (id, points) values ('{first}', 7)");
        let event = |id: &str| foreign_event(&format!("{of}.created"), id, r#"{"points": 7}"#);
        let statements = [row, event(first), event("no key")];
        db.foreign(&statements).await;
        let mut events = db.waiting().await;
        events.retain(|event| *event.aggregate_type == *of);
        assert_eq!(events.len(), 2);
        let charge = |event: &Event| FailedAttempt {
            next_attempt_at: Some(Timestamp::MAX),
            ..failure(event.at, 0)
        };
        let charges: Vec<_> = events.iter().map(charge).collect();
        assert_eq!(db.record_failed(&charges).await, 2);
        let filter = EventFilter {
            aggregate_type: Some(of.to_string()),
            ..EventFilter::default()
        };
        assert_eq!(db.retry(&filter, 10).await, 2);
        let found = db.states_of(schema, &[first, "no key"]).await;
        assert_eq!(in_short(&found), [(first, 1, true), ("no key", 1, false)]);
    }
}
