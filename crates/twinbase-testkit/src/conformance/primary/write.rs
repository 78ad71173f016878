//! A change, its head and its event: all or nothing.

use serde_json::json;
use twinbase_core::{
    PrimaryError, Value, Version,
    error::Constraint,
    write::{Action, Assignment, Comparison, Condition, OnConflict, Select, Target, Write},
};

use super::{
    Database, PERSON, VISITS,
    support::{
        COLUMNS, assert_nothing_written, award, delete, done, insert, is, note, number, of_person,
        only, opened, payload, person, recorded, update,
    },
};

/// One insert: the row, version 1 and one event with the row's mapping.
pub async fn a_write_makes_row_head_and_event_together(database: &dyn Database) {
    let primary = opened(database).await;
    let state = only(done(&*primary, &insert(&["a"])).await);
    assert_eq!((state.id.as_str(), state.version), ("a", Version::new(1)));
    let events = recorded(&*primary).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event_type, "person.created");
    assert_eq!(events[0].aggregate_type, "person");
    assert_eq!(
        (
            events[0].version,
            events[0].processed,
            events[0].retry_count
        ),
        (1, false, 0)
    );
    assert_eq!(events[0].payload, payload(&state));
    let read = primary
        .select(&Select::new(&PERSON, 10))
        .await
        .expect("a read");
    assert_eq!(read, [state]);
}

/// Two aggregates, one transaction.
pub async fn a_transaction_of_two_aggregates_is_whole(database: &dyn Database) {
    let primary = opened(database).await;
    let mut tx = primary.begin().await.expect("a transaction");
    tx.write(&insert(&["a"])).await.expect("a person");
    tx.write(&note("n", "a", "text")).await.expect("a note");
    tx.write(&award("a")).await.expect("a point");
    tx.commit().await.expect("a commit");
    let types: Vec<_> = recorded(&*primary)
        .await
        .into_iter()
        .map(|e| e.event_type)
        .collect();
    assert_eq!(types, ["note.created", "person.created", "person.updated"]);
}

/// Neither row, head nor event survives.
pub async fn a_transaction_that_is_rolled_back_or_dropped_leaves_nothing(database: &dyn Database) {
    let primary = opened(database).await;
    for drop_it in [false, true] {
        let mut tx = primary.begin().await.expect("a transaction");
        tx.write(&insert(&["a", "b"])).await.expect("people");
        tx.write(&note("n", "a", "text")).await.expect("a note");
        if drop_it {
            drop(tx);
        } else {
            tx.rollback().await.expect("a rollback");
        }
        assert_nothing_written(&*primary).await;
        // Whatever a dropped transaction held is free again.
        let mut tx = primary.begin().await.expect("a transaction");
        tx.write(&insert(&["a"])).await.expect("a person");
        tx.rollback().await.expect("a rollback");
    }
}

/// The second of three rows breaks a constraint.
pub async fn a_statement_that_fails_leaves_nothing(database: &dyn Database) {
    let primary = opened(database).await;
    let error = primary
        .write(&insert(&["a", "b", "a"]))
        .await
        .expect_err("a duplicate");
    assert!(
        matches!(
            error,
            PrimaryError::Constraint {
                constraint: Constraint::Unique,
                ..
            }
        ),
        "{error}"
    );
    assert_nothing_written(&*primary).await;
}

/// Set-wise: each row has its own version and event.
pub async fn a_thousand_rows_write_a_thousand_events(database: &dyn Database) {
    let primary = opened(database).await;
    let ids: Vec<String> = (0..1000).map(|n| format!("p{n:04}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
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
        let written = done(&*primary, change).await;
        assert_eq!((written.count, written.states.len()), (1000, 1000));
        assert!(
            written
                .states
                .iter()
                .all(|state| state.version == Version::new(version))
        );
    }
    let events = recorded(&*primary).await;
    assert_eq!(events.len(), 3000);
    let of_first: Vec<_> = events[..3]
        .iter()
        .map(|e| (e.event_type.as_str(), e.version))
        .collect();
    assert_eq!(
        of_first,
        [
            ("person.created", 1),
            ("person.updated", 2),
            ("person.deleted", 3)
        ]
    );
    assert_eq!(
        number(&*primary, "select count(*) as n from people").await,
        0
    );
}

/// No row, no event, no version.
pub async fn a_row_that_exists_is_left_out_when_conflicts_are_ignored(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a"])).await;
    for rows in [vec![person("a"), person("b")], vec![person("b")]] {
        let ignoring = of_person(Action::Insert {
            columns: COLUMNS.to_vec(),
            rows,
            on_conflict: OnConflict::Ignore,
        });
        done(&*primary, &ignoring).await;
    }
    let events: Vec<_> = recorded(&*primary)
        .await
        .into_iter()
        .map(|e| (e.aggregate_id, e.version))
        .collect();
    assert_eq!(events, [("a".to_owned(), 1), ("b".to_owned(), 1)]);
}

/// An empty set is a change of nothing.
pub async fn an_insert_without_rows_does_nothing(database: &dyn Database) {
    let primary = opened(database).await;
    let written = done(&*primary, &insert(&[])).await;
    assert_eq!((written.count, written.states.len()), (0, 0));
    assert_nothing_written(&*primary).await;
}

/// What was there is answered; what leaves the primary is the id.
pub async fn a_deletion_answers_the_last_state_and_its_event_only_the_id(database: &dyn Database) {
    let primary = opened(database).await;
    let before = only(done(&*primary, &insert(&["a"])).await);
    let deleted = only(done(&*primary, &delete("a")).await);
    assert_eq!(
        (deleted.version, payload(&deleted)),
        (Version::new(2), payload(&before))
    );
    let events = recorded(&*primary).await;
    assert_eq!(events[1].event_type, "person.deleted");
    assert_eq!(events[1].payload, json!({"id": "a"}));
    assert_eq!(done(&*primary, &delete("a")).await.count, 0);
    assert_eq!(recorded(&*primary).await.len(), 2);
}

/// Changes of a plain table are counted and nothing more.
pub async fn a_plain_table_has_no_events(database: &dyn Database) {
    let primary = opened(database).await;
    let plain = |action| Write {
        target: Target::Plain(VISITS),
        action,
        expected: None,
        traceparent: None,
    };
    let rows = vec![
        vec!["a".into(), 1_i64.into()],
        vec!["b".into(), 2_i64.into()],
    ];
    let changes = [
        plain(Action::Insert {
            columns: vec!["id", "visits"],
            rows,
            on_conflict: OnConflict::Fail,
        }),
        plain(Action::Update {
            set: vec![Assignment::add("visits", 1_i64.into())],
            filter: Vec::new(),
        }),
        plain(Action::Delete {
            filter: vec![Condition::is_in(
                "id",
                vec!["a".into(), "b".into(), "c".into()],
            )],
        }),
    ];
    for change in &changes {
        let written = done(&*primary, change).await;
        assert_eq!((written.count, written.states.len()), (2, 0));
    }
    assert_nothing_written(&*primary).await;
}

/// Equality knows null; comparisons do not match it.
pub async fn conditions_choose_the_rows_that_they_say(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b", "c"])).await;
    done(
        &*primary,
        &update("b", vec![Assignment::set("nickname", "bee".into())]),
    )
    .await;
    done(
        &*primary,
        &update("c", vec![Assignment::set("points", 5_i32.into())]),
    )
    .await;
    let condition = Condition::compare;
    for (filter, expected) in [
        (condition("nickname", Comparison::Equal, Value::Null), "ac"),
        (
            condition("nickname", Comparison::NotEqual, Value::Null),
            "b",
        ),
        (
            condition("nickname", Comparison::NotEqual, "bee".into()),
            "ac",
        ),
        (condition("points", Comparison::Less, 5_i32.into()), "ab"),
        (condition("points", Comparison::Greater, 0_i32.into()), "c"),
        (
            Condition::is_in("id", vec!["a".into(), "c".into(), "x".into()]),
            "ac",
        ),
        (Condition::is_in("points", vec![5_i32.into()]), "c"),
        (Condition::is_in("id", Vec::new()), ""),
        (is("b"), "b"),
    ] {
        let select = Select {
            filter: vec![filter.clone()],
            ..Select::new(&PERSON, 10)
        };
        let states = primary.select(&select).await.expect("a read");
        let mut ids: Vec<_> = states.iter().map(|state| state.id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids.concat(), expected, "{filter:?}");
    }
}

/// An aggregate that becomes another has no event that says so.
pub async fn the_key_of_a_row_cannot_change(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a"])).await;
    let renamed = update("a", vec![Assignment::set("id", "b".into())]);
    let error = primary.write(&renamed).await.expect_err("a new key");
    assert!(
        matches!(error, PrimaryError::InvalidStatement { .. }),
        "{error}"
    );
}
