//! A change, its head and its event: all or nothing.

use serde_json::json;
use twinbase_core::{
    State, Value, Version,
    error::Constraint,
    mapping,
    write::{Action, Assignment, Comparison, Condition, OnConflict, Select},
};

use super::{
    Opened, PERSON,
    support::{
        assert_breaks, assert_invalid, award, columns, delete, insert, insert_rows, is, note,
        of_person, of_visits, payload, person, set,
    },
};

/// One insert: the row, version 1 and one event with the row's mapping.
pub async fn a_write_makes_row_head_and_event_together(db: Opened) {
    let state = db.only(&insert(&["a"])).await;
    assert_eq!((state.id.as_str(), state.version), ("a", Version::new(1)));
    let events = db.recorded().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event_type, "person.created");
    assert_eq!(events[0].aggregate_type, "person");
    assert_eq!(events[0].version, 1);
    assert_eq!(events[0].payload, payload(&state));
    let new = r#"select count(*) as n from "Outbox" where not processed and retry_count = 0"#;
    assert_eq!(db.number(new).await, 1);
    let read = db.select(&Select::new(&PERSON, 10)).await;
    // The text of a payload may have other spaces and another order than an event's.
    let content = |of: &State| (of.id.clone(), of.version, payload(of));
    let read: Vec<_> = read.iter().map(content).collect();
    assert_eq!(read, [content(&state)]);
}

/// Whoever makes a document of a row makes the one of its event, to the sign of a zero.
pub async fn a_row_and_its_event_are_the_same_document(db: Opened) {
    let ratios = [-0.0, 1e20, 1e-7, 5e-324, 0.1 + 0.2, f64::MAX];
    for (n, ratio) in ratios.iter().enumerate() {
        let id = format!("p{n}");
        db.write(&insert(&[&id])).await.expect("a person");
        db.write(&set(&id, "ratio", *ratio)).await.expect("a ratio");
    }
    let mut events = db.recorded().await;
    events.retain(|event| event.version == 2);
    let read = db.select(&Select::new(&PERSON, 10)).await;
    assert_eq!((events.len(), read.len()), (ratios.len(), ratios.len()));
    for (event, row) in events.iter().zip(read) {
        let document = |payload: &str| mapping::to_document(&PERSON, &row.id, payload);
        let of_event = document(&event.payload.to_string()).expect("a document");
        let of_row = row.payload.as_deref().map(document);
        let of_row = of_row.expect("a payload").expect("a document");
        // As texts: zeros of both signs are equal as numbers.
        assert_eq!(format!("{of_row:?}"), format!("{of_event:?}"));
    }
}

/// Two aggregates, one transaction.
pub async fn a_transaction_of_two_aggregates_is_whole(db: Opened) {
    let mut tx = db.begin().await;
    tx.write(&insert(&["a"])).await.expect("a person");
    tx.write(&note("n", "a", "text")).await.expect("a note");
    tx.write(&award("a")).await.expect("a point");
    tx.commit().await.expect("a commit");
    let events = db.recorded().await;
    let types: Vec<_> = events.iter().map(|event| &*event.event_type).collect();
    assert_eq!(types, ["note.created", "person.created", "person.updated"]);
}

/// Neither row, head nor event survives.
pub async fn a_transaction_that_is_rolled_back_or_dropped_leaves_nothing(db: Opened) {
    for drop_it in [false, true] {
        let mut tx = db.begin().await;
        tx.write(&insert(&["a", "b"])).await.expect("people");
        tx.write(&note("n", "a", "text")).await.expect("a note");
        if drop_it {
            drop(tx);
        } else {
            tx.rollback().await.expect("a rollback");
        }
        db.assert_nothing_written().await;
        // Whatever a dropped transaction held is free again.
        let mut tx = db.begin().await;
        tx.write(&insert(&["a"])).await.expect("a person");
        tx.rollback().await.expect("a rollback");
    }
}

/// The second of three rows breaks a constraint.
pub async fn a_statement_that_fails_leaves_nothing(db: Opened) {
    let duplicate = insert(&["a", "b", "a"]);
    assert_breaks(&db, &duplicate, Constraint::Unique).await;
    db.assert_nothing_written().await;
}

/// Set-wise: each row has its own version and event.
pub async fn a_thousand_rows_write_a_thousand_events(db: Opened) {
    let ids: Vec<String> = (0..1000).map(|n| format!("p{n:04}")).collect();
    let all = || vec![Condition::compare("active", Comparison::Equal, true.into())];
    let changes = [
        insert(&ids),
        of_person(Action::Update {
            set: vec![Assignment::add("points", 2_i32.into())],
            filter: all(),
        }),
        of_person(Action::Delete { filter: all() }),
    ];
    for (version, change) in (1..).zip(&changes) {
        let written = db.done(change).await;
        assert_eq!((written.count, written.states.len()), (1000, 1000));
        let mut states = written.states.iter();
        assert!(states.all(|state| state.version == Version::new(version)));
    }
    let events = db.recorded().await;
    assert_eq!(events.len(), 3000);
    let types = ["person.created", "person.updated", "person.deleted"];
    for ((event, event_type), version) in events.iter().zip(types).zip(1..) {
        assert_eq!((&*event.event_type, event.version), (event_type, version));
    }
    assert_eq!(db.number("select count(*) as n from people").await, 0);
}

/// No row, no event, no version.
pub async fn a_row_that_exists_is_left_out_when_conflicts_are_ignored(db: Opened) {
    db.done(&insert(&["a"])).await;
    for rows in [vec![person("a"), person("b")], vec![person("b")]] {
        let ignoring = of_person(Action::Insert {
            columns: columns(),
            rows,
            on_conflict: OnConflict::Ignore,
        });
        db.done(&ignoring).await;
    }
    let events = db.recorded().await;
    let events = events.iter().map(|e| (&*e.aggregate_id, e.version));
    assert!(events.eq([("a", 1), ("b", 1)]));
}

/// An empty set is a change of nothing.
pub async fn an_insert_without_rows_does_nothing(db: Opened) {
    let written = db.done(&insert_rows(Vec::new())).await;
    assert_eq!((written.count, written.states.len()), (0, 0));
    db.assert_nothing_written().await;
}

/// What was there is answered; what leaves the primary is the id.
pub async fn a_deletion_answers_the_last_state_and_its_event_only_the_id(db: Opened) {
    let before = db.only(&insert(&["a"])).await;
    let deleted = db.only(&delete("a")).await;
    assert_eq!(deleted.version, Version::new(2));
    assert_eq!(payload(&deleted), payload(&before));
    let events = db.recorded().await;
    assert_eq!(events[1].event_type, "person.deleted");
    assert_eq!(events[1].payload, json!({"id": "a"}));
    assert_eq!(db.done(&delete("a")).await.count, 0);
    assert_eq!(db.recorded().await.len(), 2);
}

/// Changes of a plain table are counted and nothing more.
pub async fn a_plain_table_has_no_events(db: Opened) {
    let row = |id: &str, visits: i64| vec![id.into(), visits.into()];
    let changes = [
        of_visits(Action::Insert {
            columns: ["id", "visits"].map(Into::into).to_vec(),
            rows: vec![row("a", 1), row("b", 2)],
            on_conflict: OnConflict::Fail,
        }),
        of_visits(Action::Update {
            set: vec![Assignment::add("visits", 1_i64.into())],
            filter: Vec::new(),
        }),
        of_visits(Action::Delete {
            filter: vec![Condition::is_in(
                "id",
                ["a", "b", "c"].map(Value::from).to_vec(),
            )],
        }),
    ];
    for change in &changes {
        let written = db.done(change).await;
        assert_eq!((written.count, written.states.len()), (2, 0));
    }
    db.assert_nothing_written().await;
}

/// Equality knows null; comparisons do not match it.
pub async fn conditions_choose_the_rows_that_they_say(db: Opened) {
    db.done(&insert(&["a", "b", "c"])).await;
    db.done(&set("b", "nickname", "bee")).await;
    db.done(&set("c", "points", 5_i32)).await;
    let compare = Condition::compare;
    let nobody = Value::Null;
    let ac = vec!["a".into(), "c".into(), "x".into()];
    for (filter, expected) in [
        (compare("nickname", Comparison::Equal, nobody.clone()), "ac"),
        (compare("nickname", Comparison::NotEqual, nobody), "b"),
        (
            compare("nickname", Comparison::NotEqual, "bee".into()),
            "ac",
        ),
        (compare("points", Comparison::Less, 5_i32.into()), "ab"),
        (compare("points", Comparison::Greater, 0_i32.into()), "c"),
        (Condition::is_in("id", ac), "ac"),
        (Condition::is_in("points", vec![5_i32.into()]), "c"),
        (Condition::is_in("id", Vec::new()), ""),
        (is("b"), "b"),
    ] {
        let select = Select {
            filter: vec![filter.clone()],
            ..Select::new(&PERSON, 10)
        };
        let states = db.select(&select).await;
        let mut ids: Vec<_> = states.iter().map(|state| state.id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids.concat(), expected, "{filter:?}");
    }
}

/// An aggregate that becomes another has no event that says so.
pub async fn the_key_of_a_row_cannot_change(db: Opened) {
    db.done(&insert(&["a"])).await;
    let renamed = set("a", "id", "b");
    assert_invalid(db.write(&renamed).await, "a new key");
}
