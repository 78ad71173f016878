//! A change, its event and its version, in SQLite's own types.

use serde_json::json;
use twinbase_core::{PrimaryError, Version, error::Constraint};

use super::*;

#[tokio::test]
async fn every_kind_of_value_has_its_json_type_in_payload_and_event() {
    let place = Place::new();
    let sqlite = place.open().await;
    let at: jiff::Timestamp = "2026-11-22T21:00:00.123987+01:00".parse().unwrap();
    let rich = write(Action::Insert {
        columns: ["id", "title", "done", "points", "due_at", "extra", "secret"]
            .map(Into::into)
            .to_vec(),
        rows: vec![
            vec![
                "a".into(),
                "\"quoted\" ünïcode".into(),
                true.into(),
                i32::MAX.into(),
                Value::Timestamp(at),
                json!({"tags": ["x", null, 1.5], "deep": {"ok": false}}).into(),
                "hash".into(),
            ],
            vec![
                "b".into(),
                "t".into(),
                false.into(),
                0.into(),
                Value::Null,
                json!("text").into(),
                Value::Null,
            ],
            vec![
                "c".into(),
                "u".into(),
                Value::Null,
                0.into(),
                Value::Null,
                Value::Null,
                Value::Null,
            ],
        ],
        on_conflict: OnConflict::Fail,
    });
    let written = sqlite.write(&rich).await.unwrap();
    assert_eq!(written.count, 3);
    let wanted = [
        json!({"id": "a", "title": "\"quoted\" ünïcode", "done": true, "points": i32::MAX,
            "dueAt": "2026-11-22T20:00:00.124Z", "extra": {"tags": ["x", null, 1.5], "deep": {"ok": false}}}),
        json!({"id": "b", "title": "t", "done": false, "points": 0, "dueAt": null, "extra": "text"}),
        json!({"id": "c", "title": "u", "done": null, "points": 0, "dueAt": null, "extra": null}),
    ];
    let events = sqlite
        .query(
            "select payload, event_type, version from \"Outbox\" order by seq",
            &[],
        )
        .await
        .unwrap();
    let read = notes(&sqlite).await;
    for (at, wanted) in wanted.into_iter().enumerate() {
        let payload: serde_json::Value = events[at].get("payload").unwrap();
        assert_eq!(payload, wanted);
        for state in [&written.states[at], &read[at]] {
            assert_eq!(state.version, Version::new(1));
            let payload: serde_json::Value =
                serde_json::from_str(state.payload.as_deref().unwrap()).unwrap();
            assert_eq!(payload, wanted);
        }
    }
    let later = Select {
        filter: vec![Condition::compare(
            "due_at",
            Comparison::Less,
            Value::Timestamp(at),
        )],
        ..Select::new(&NOTE, 9)
    };
    assert!(
        sqlite.select(&later).await.unwrap().is_empty(),
        "times are compared in one form"
    );
}

#[tokio::test]
async fn thousands_of_rows_are_one_change_with_an_event_each() {
    let place = Place::new();
    let sqlite = place.open().await;
    let ids: Vec<String> = (0..10_000).map(|n| format!("n{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let written = sqlite.write(&insert_all(&ids)).await.unwrap();
    assert_eq!(written.count, 10_000);
    let values = ids.iter().map(|id| Value::from(*id)).collect();
    let removed = sqlite
        .write(&write(Action::Delete {
            filter: vec![Condition::is_in("id", values)],
        }))
        .await
        .unwrap();
    assert_eq!(removed.count, 10_000);
    assert_eq!(removed.states[0].version, Version::new(2));
    assert_eq!(
        count(&sqlite, "\"Outbox\" where event_type = 'note.deleted' and payload = json_object('id', aggregate_id)").await,
        10_000
    );
}

#[tokio::test]
async fn constraints_are_named_by_table_and_column() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    let set = |column, value| {
        write(Action::Update {
            set: vec![Assignment::set(column, value)],
            filter: by_id("a"),
        })
    };
    let label = Write {
        target: Target::Plain(LABELS.clone()),
        action: Action::Insert {
            columns: ["name", "note_id"].map(Into::into).to_vec(),
            rows: vec![vec!["l".into(), "nowhere".into()]],
            on_conflict: OnConflict::Fail,
        },
        expected: None,
        traceparent: None,
    };
    for (change, constraint, name) in [
        (insert("a"), Constraint::Unique, Some("notes.title")),
        (
            set("title", Value::Null),
            Constraint::NotNull,
            Some("notes.title"),
        ),
        (
            set("points", (-1).into()),
            Constraint::Check,
            Some("points >= 0"),
        ),
        (label, Constraint::ForeignKey, None),
        (
            write(Action::Insert {
                columns: ["title"].map(Into::into).to_vec(),
                rows: vec![vec!["without id".into()]],
                on_conflict: OnConflict::Fail,
            }),
            Constraint::NotNull,
            Some("notes.id"),
        ),
    ] {
        match sqlite.write(&change).await {
            Err(PrimaryError::Constraint {
                constraint: found,
                name: at,
                ..
            }) => {
                assert_eq!((found, at.as_deref()), (constraint, name));
            }
            other => panic!("{change:?}: {other:?}"),
        }
    }
    assert_eq!(count(&sqlite, "\"Outbox\"").await, 1);
}

#[tokio::test]
async fn a_conditional_change_compares_the_head() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    let conditional = |version| Write {
        expected: Some(Version::new(version)),
        ..add_point("a")
    };
    let written = sqlite.write(&conditional(1)).await.unwrap();
    assert_eq!(written.states[0].version, Version::new(2));
    match sqlite.write(&conditional(1)).await {
        Err(PrimaryError::VersionConflict {
            key,
            expected,
            found,
        }) => {
            assert_eq!(
                (key.to_string().as_str(), expected.get(), found.get()),
                ("note/a", 1, 2)
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(
        notes(&sqlite).await[0]
            .payload
            .as_ref()
            .unwrap()
            .contains("\"points\":1")
    );
    sqlite.write(&delete("a")).await.unwrap();
    assert_eq!(sqlite.write(&conditional(3)).await.unwrap().count, 0);
}

#[tokio::test]
async fn versions_go_on_when_an_aggregate_is_made_again() {
    let place = Place::new();
    let sqlite = place.open().await;
    for (change, version) in [
        (insert("a"), 1),
        (add_point("a"), 2),
        (delete("a"), 3),
        (insert("a"), 4),
    ] {
        let written = sqlite.write(&change).await.unwrap();
        assert_eq!(written.states[0].version.get(), version);
    }
    let states = sqlite
        .states_of(&NOTE, &[id("a"), id("never")])
        .await
        .unwrap();
    assert_eq!(states.len(), 1);
    assert_eq!(states[0].version.get(), 4);
}

/// SQLite keeps it, and no document could.
#[tokio::test]
async fn a_number_beyond_its_kind_is_refused_at_the_write() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    let most = write(Action::Update {
        set: vec![Assignment::set("points", i32::MAX.into())],
        filter: by_id("a"),
    });
    sqlite.write(&most).await.unwrap();
    let error = sqlite.write(&add_point("a")).await.unwrap_err();
    assert!(
        matches!(error, twinbase_core::PrimaryError::InvalidValue { .. }),
        "{error:?}"
    );
    assert_eq!(count(&sqlite, "\"Outbox\"").await, 2);
    assert_eq!(
        count(&sqlite, "notes where points = 2147483647").await,
        1,
        "rolled back"
    );
}

#[tokio::test]
async fn times_of_rows_in_sqlites_own_forms_are_read() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    let other = place.raw();
    for (form, expected) in [
        ("'2026-11-22 20:00:00'", "2026-11-22T20:00:00.000Z"),
        ("'2026-11-22 20:00:00 +00:00'", "2026-11-22T20:00:00.000Z"),
        (
            "'2026-11-22T20:00:00.123456Z'",
            "2026-11-22T20:00:00.123456Z",
        ),
        ("'2026-11-22'", "2026-11-22T00:00:00.000Z"),
        ("1795377600000", "2026-11-22T20:00:00.000Z"),
        ("'infinity'", "infinity"),
    ] {
        let sql = format!("update notes set due_at = {form} where id = 'a'");
        other.execute(&sql, []).unwrap();
        let payload = notes(&sqlite).await[0].payload.clone().unwrap();
        let payload: serde_json::Value = serde_json::from_str(&payload).unwrap();
        assert_eq!(payload["dueAt"], expected, "{form}");
    }
}
