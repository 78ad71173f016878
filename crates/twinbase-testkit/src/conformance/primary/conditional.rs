//! Changes on condition that nobody changed the row before.

use serde_json::Value as Json;
use twinbase_core::{
    PrimaryError, Version,
    write::{Action, Assignment, Comparison, Condition, Select, Write},
};

use super::{
    Opened, PERSON,
    support::{
        assert_conflict, assert_invalid, award, delete, insert, is, of_person, of_visits, payload,
        set,
    },
};

fn expecting(write: Write, version: i64) -> Write {
    Write {
        expected: Some(Version::new(version)),
        ..write
    }
}

/// Update and delete.
pub async fn a_change_at_the_expected_version_is_made(db: Opened) {
    db.done(&insert(&["a", "b"])).await;
    let state = db.only(&expecting(award("a"), 1)).await;
    assert_eq!(state.version, Version::new(2));
    assert_eq!(payload(&state)["points"], 1);
    let state = db.only(&expecting(delete("a"), 2)).await;
    assert_eq!(state.version, Version::new(3));
    assert_eq!(db.versions("b").await, [1]);
}

/// The row and its events stay as they are.
pub async fn a_change_at_another_version_is_told_which_is_there(db: Opened) {
    db.done(&insert(&["a"])).await;
    db.done(&award("a")).await;
    for change in [
        expecting(award("a"), 1),
        expecting(delete("a"), 3),
        expecting(award("a"), 0),
    ] {
        assert_conflict(&db, &change, ("person/a", 2)).await;
    }
    assert_eq!(db.versions("a").await, [1, 2]);
}

/// Neither never created nor deleted rows conflict.
pub async fn a_change_of_a_row_that_is_not_there_changes_nothing(db: Opened) {
    assert_eq!(db.done(&expecting(award("a"), 1)).await.count, 0);
    db.done(&insert(&["a"])).await;
    db.done(&delete("a")).await;
    assert_eq!(db.done(&expecting(award("a"), 2)).await.count, 0);
    assert_eq!(db.versions("a").await, [1, 2]);
}

/// The version was right, another condition was not.
pub async fn another_condition_that_fails_is_not_a_conflict(db: Opened) {
    db.done(&insert(&["a"])).await;
    let change = of_person(Action::Update {
        set: vec![Assignment::add("points", 1_i32.into())],
        filter: vec![
            is("a"),
            Condition::compare("active", Comparison::Equal, false.into()),
        ],
    });
    assert_eq!(db.done(&expecting(change, 1)).await.count, 0);
}

/// A row that a foreign writer inserted without an event.
pub async fn a_row_without_a_head_is_at_version_zero(db: Opened) {
    db.done(&insert(&["a"])).await;
    db.foreign(&["delete from \"Outbox\"", "delete from aggregate_version"])
        .await;
    let unread = expecting(award("a"), 1);
    assert_conflict(&db, &unread, ("person/a", 0)).await;
    let state = db.only(&expecting(award("a"), 0)).await;
    assert_eq!(state.version, Version::new(1));
}

/// Inserts, sets of rows and plain tables have no one version.
pub async fn expecting_a_version_of_anything_but_one_row_is_refused(db: Opened) {
    let everyone = of_person(Action::Delete { filter: Vec::new() });
    let several = of_person(Action::Delete {
        filter: vec![Condition::is_in("id", vec!["a".into()])],
    });
    let plain = of_visits(Action::Delete {
        filter: vec![is("a")],
    });
    for change in [insert(&["a"]), everyone, several, plain] {
        assert_invalid(db.write(&expecting(change, 1)).await, "a refusal");
    }
}

/// Read, add one, write if unchanged, until it was unchanged.
async fn add_one(db: &Opened) {
    loop {
        let select = Select {
            filter: vec![is("a")],
            ..Select::new(&PERSON, 1)
        };
        let read = db.select(&select).await;
        let points = payload(&read[0])["points"].as_i64().expect("points");
        let change = set("a", "points", points + 1);
        match db.retried(&expecting(change, read[0].version.get())).await {
            Ok(written) => {
                assert_eq!(written.count, 1);
                return;
            }
            Err(PrimaryError::VersionConflict { found, .. }) => assert!(found > read[0].version),
            Err(error) => panic!("{error}"),
        }
    }
}

async fn points(db: &Opened) -> Json {
    let read = db.select(&Select::new(&PERSON, 1)).await;
    payload(&read[0])["points"].clone()
}

/// Optimistic increments: all of them are there.
pub async fn sixteen_conditional_writers_lose_no_update(db: Opened) {
    db.done(&insert(&["a"])).await;
    db.at_once(16, |db, _| async move {
        for _ in 0..4 {
            add_one(&db).await;
        }
    })
    .await;
    assert_eq!(points(&db).await, 64);
    let all: Vec<i64> = (1..=65).collect();
    assert_eq!(db.versions("a").await, all);
}

/// Both kinds lock in the same order: the row, then its head.
pub async fn conditional_and_plain_writers_get_along(db: Opened) {
    db.done(&insert(&["a"])).await;
    db.at_once(8, |db, writer| async move {
        for _ in 0..8 {
            if writer % 2 == 0 {
                add_one(&db).await;
            } else {
                db.retried(&award("a")).await.expect("a point");
            }
        }
    })
    .await;
    assert_eq!(points(&db).await, 64);
}
