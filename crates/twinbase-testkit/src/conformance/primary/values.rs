//! What can be stored, what is refused, and what never leaves the primary.

use serde_json::json;
use twinbase_core::{
    PrimaryError, Value,
    error::Constraint,
    mapping::to_document,
    write::{Assignment, Condition, Select, Write},
};

use super::{
    Opened, PERSON,
    support::{
        SECRET, assert_breaks, assert_invalid, columns, delete, id, insert, insert_rows, note,
        payload, person, set, update,
    },
};

/// In the state, in the event, and as a document.
pub async fn every_kind_comes_back_as_it_went_in(db: Opened) {
    let state = db.only(&insert(&["a"])).await;
    let mut expected = json!({
        "id": "a",
        "name": "name of a",
        "active": true,
        "points": 0,
        "bigNumber": 9_007_199_254_740_993_i64,
        "ratio": 0.1,
        "settings": {"theme": "dark", "list": [1, 2.5, null, true]},
        "nickname": null,
    });
    let mut found = payload(&state);
    let joined = found["joinedAt"].take();
    let joined = joined.as_str().and_then(|text| text.parse().ok());
    let joined: jiff::Timestamp = joined.expect("a time");
    assert_eq!(joined.to_string(), "2025-02-03T04:05:06.789Z");
    expected["joinedAt"] = serde_json::Value::Null;
    assert_eq!(found, expected);
    let text = state.payload.as_deref().expect("a payload");
    to_document(&PERSON, &id("a"), text).expect("the payload fits its schema");
}

/// One row and many rows take different ways into some databases.
pub async fn rows_written_together_hold_what_rows_written_alone_hold(db: Opened) {
    let row = |id: &str| {
        let mut row = person(id);
        row[1] = format!("O'Brien \"\\ \u{1F980} \u{7f}\n {id}").into();
        row[3] = false.into();
        row[4] = i32::MIN.into();
        row[5] = i64::MIN.into();
        row[6] = (-1.5e-300_f64).into();
        row[8] = Value::Json(serde_json::Value::Null);
        row[9] = "null".into();
        row
    };
    let alone = db.only(&insert_rows(vec![row("a")])).await;
    let together = db.done(&insert_rows(vec![row("b"), row("c")])).await;
    let same = |text: &str, id: &str| {
        text.replace(&format!(" {id}\""), " #\"")
            .replace(&format!("\"{id}\""), "\"#\"")
    };
    let alone = same(alone.payload.as_deref().expect("a payload"), "a");
    for state in &together.states {
        let text = state.payload.as_deref().expect("a payload");
        assert_eq!(same(text, state.id.as_str()), alone);
    }
    assert_eq!(together.count, 2);
}

/// Whatever is done with the row.
pub async fn a_private_column_is_in_no_state_and_no_event(db: Opened) {
    let other = format!("{SECRET}-2");
    let mut shown = Vec::new();
    for change in [
        insert(&["a", "b"]),
        set("a", "password_hash", other.as_str()),
        delete("b"),
    ] {
        shown.push(format!("{:?}", db.done(&change).await));
    }
    let duplicate = db.write(&insert(&["a"])).await.expect_err("a duplicate");
    shown.push(format!("{duplicate} {duplicate:?}"));
    let mut no_name = person("c");
    no_name[1] = Value::Null;
    let missing = db.write(&insert_rows(vec![no_name])).await;
    let missing = missing.expect_err("no name");
    shown.push(format!("{missing} {missing:?}"));
    shown.push(format!("{:?}", db.recorded().await));
    shown.push(format!("{:?}", db.select(&Select::new(&PERSON, 10)).await));
    shown.push(format!(
        "{:?}",
        db.states_after(&PERSON, None, None, 10).await
    ));
    let shown = shown.join("\n");
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(!shown.contains("password"), "{shown}");
}

fn with(column: &str, value: Value) -> Write {
    insert_rows(vec![row_with("a", column, value)])
}

fn row_with(id: &str, column: &str, value: Value) -> Vec<Value> {
    let mut row = person(id);
    let at = columns().iter().position(|name| *name == column);
    row[at.expect("a column")] = value;
    row
}

/// NUL, a number out of range, and a value of another type, which SQLite would take.
pub async fn what_a_column_cannot_hold_is_refused_before_anything_is_written(db: Opened) {
    let many = |column, value: Value| insert_rows(vec![person("a"), row_with("b", column, value)]);
    let large = Value::Int(i64::from(i32::MAX) + 1);
    for write in [
        with("name", "a\0b".into()),
        with("settings", json!({"a": ["b\0"]}).into()),
        with("settings", json!({"a\0": 1}).into()),
        with("id", "\0".into()),
        many("name", "a\0b".into()),
        many("settings", json!("\0").into()),
        set("a", "name", "\0"),
        with("points", large.clone()),
        set("a", "points", large),
        with("ratio", f64::NAN.into()),
        with("ratio", f64::INFINITY.into()),
        with("points", "1".into()),
        with("points", 1.5.into()),
        with("active", 1_i32.into()),
        with("name", 1_i32.into()),
        with("joined_at", "2025-01-01T00:00:00Z".into()),
        with("settings", "{}".into()),
        with("id", "".into()),
        with("id", "x".repeat(300).into()),
    ] {
        let error = db.write(&write).await.expect_err("a refusal");
        let is_it = matches!(error, PrimaryError::InvalidValue { .. });
        assert!(is_it, "{write:?}: {error}");
        db.assert_nothing_written().await;
    }
}

/// Before the database sees it.
pub async fn an_unknown_column_is_refused(db: Opened) {
    let mut reads = Select::new(&PERSON, 1);
    reads.filter = vec![Condition::is_in("nope\" or 1=1 --", Vec::new())];
    assert_invalid(db.primary.select(&reads).await, "a refusal");
    for write in [
        set("a", "nope", 1_i32),
        update("a", vec![Assignment::add("name", "x".into())]),
        update("a", Vec::new()),
    ] {
        assert_invalid(db.write(&write).await, "a refusal");
    }
}

/// Each kind with its name, or the column's.
pub async fn constraints_are_told_apart(db: Opened) {
    db.done(&insert(&["a"])).await;
    db.done(&note("n", "a", "text")).await;
    let same_name = insert_rows(vec![row_with("b", "name", "name of a".into())]);
    for (write, expected) in [
        (insert(&["a"]), Constraint::Unique),
        (same_name, Constraint::Unique),
        (note("m", "nobody", "text"), Constraint::ForeignKey),
        (delete("a"), Constraint::ForeignKey),
        (set("a", "name", Value::Null), Constraint::NotNull),
        (note("m", "a", "forbidden"), Constraint::Check),
    ] {
        assert_breaks(&db, &write, expected).await;
    }
    assert_eq!(db.recorded().await.len(), 2);
}
