//! Changes on condition that nobody changed the row before.

use std::sync::Arc;

use serde_json::Value as Json;
use twinbase_core::{
    Primary, PrimaryError, Version,
    write::{Action, Assignment, Comparison, Condition, Select, Target, Write},
};

use super::{
    Database, PERSON, VISITS,
    support::{
        award, delete, done, insert, is, of_person, only, opened, payload, retried, update,
        versions,
    },
};

fn expecting(write: Write, version: i64) -> Write {
    Write {
        expected: Some(Version::new(version)),
        ..write
    }
}

/// Update and delete.
pub async fn a_change_at_the_expected_version_is_made(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b"])).await;
    let state = only(done(&*primary, &expecting(award("a"), 1)).await);
    assert_eq!(
        (state.version, payload(&state)["points"].clone()),
        (Version::new(2), 1.into())
    );
    let state = only(done(&*primary, &expecting(delete("a"), 2)).await);
    assert_eq!(state.version, Version::new(3));
    assert_eq!(versions(&*primary, "b").await, [1]);
}

/// The row and its events stay as they are.
pub async fn a_change_at_another_version_is_told_which_is_there(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a"])).await;
    done(&*primary, &award("a")).await;
    for change in [
        expecting(award("a"), 1),
        expecting(delete("a"), 3),
        expecting(award("a"), 0),
    ] {
        let error = primary.write(&change).await.expect_err("a conflict");
        let PrimaryError::VersionConflict { key, found, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(
            (key.to_string().as_str(), found),
            ("person/a", Version::new(2))
        );
    }
    assert_eq!(versions(&*primary, "a").await, [1, 2]);
}

/// Neither never created nor deleted rows conflict.
pub async fn a_change_of_a_row_that_is_not_there_changes_nothing(database: &dyn Database) {
    let primary = opened(database).await;
    assert_eq!(done(&*primary, &expecting(award("a"), 1)).await.count, 0);
    done(&*primary, &insert(&["a"])).await;
    done(&*primary, &delete("a")).await;
    assert_eq!(done(&*primary, &expecting(award("a"), 2)).await.count, 0);
    assert_eq!(versions(&*primary, "a").await, [1, 2]);
}

/// The version was right, another condition was not.
pub async fn another_condition_that_fails_is_not_a_conflict(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a"])).await;
    let change = of_person(Action::Update {
        set: vec![Assignment::add("points", 1_i32.into())],
        filter: vec![
            is("a"),
            Condition::compare("active", Comparison::Equal, false.into()),
        ],
    });
    assert_eq!(done(&*primary, &expecting(change, 1)).await.count, 0);
}

/// A row that a foreign writer inserted without an event.
pub async fn a_row_without_a_head_is_at_version_zero(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a"])).await;
    database
        .foreign(&["delete from \"Outbox\"", "delete from aggregate_version"])
        .await
        .expect("the head goes");
    let error = primary
        .write(&expecting(award("a"), 1))
        .await
        .expect_err("a conflict");
    assert!(
        matches!(
            error,
            PrimaryError::VersionConflict {
                found: Version::NONE,
                ..
            }
        ),
        "{error}"
    );
    let state = only(done(&*primary, &expecting(award("a"), 0)).await);
    assert_eq!(state.version, Version::new(1));
}

/// Inserts, sets of rows and plain tables have no one version.
pub async fn expecting_a_version_of_anything_but_one_row_is_refused(database: &dyn Database) {
    let primary = opened(database).await;
    let everyone = of_person(Action::Delete { filter: Vec::new() });
    let several = of_person(Action::Delete {
        filter: vec![Condition::is_in("id", vec!["a".into()])],
    });
    let plain = Write {
        target: Target::Plain(VISITS),
        action: Action::Delete {
            filter: vec![is("a")],
        },
        expected: None,
        traceparent: None,
    };
    for change in [insert(&["a"]), everyone, several, plain] {
        let error = primary
            .write(&expecting(change, 1))
            .await
            .expect_err("a refusal");
        assert!(
            matches!(error, PrimaryError::InvalidStatement { .. }),
            "{error}"
        );
    }
}

/// Read, add one, write if unchanged, until it was unchanged.
async fn add_one(primary: &dyn Primary) {
    loop {
        let select = Select {
            filter: vec![is("a")],
            ..Select::new(&PERSON, 1)
        };
        let read = primary.select(&select).await.expect("a read");
        let points = payload(&read[0])["points"].as_i64().expect("points");
        let set = update("a", vec![Assignment::set("points", (points + 1).into())]);
        match retried(primary, &expecting(set, read[0].version.get())).await {
            Ok(written) => {
                assert_eq!(written.count, 1);
                return;
            }
            Err(PrimaryError::VersionConflict { found, .. }) => assert!(found > read[0].version),
            Err(error) => panic!("{error}"),
        }
    }
}

async fn points(primary: &dyn Primary) -> Json {
    let read = primary
        .select(&Select::new(&PERSON, 1))
        .await
        .expect("a read");
    payload(&read[0])["points"].clone()
}

/// Optimistic increments: all of them are there.
pub async fn sixteen_conditional_writers_lose_no_update(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a"])).await;
    let writers: Vec<_> = (0..16)
        .map(|_| {
            let primary = Arc::clone(&primary);
            tokio::spawn(async move {
                for _ in 0..4 {
                    add_one(&*primary).await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("a writer");
    }
    assert_eq!(points(&*primary).await, 64);
    let all: Vec<i64> = (1..=65).collect();
    assert_eq!(versions(&*primary, "a").await, all);
}

/// Both kinds lock in the same order: the row, then its head.
pub async fn conditional_and_plain_writers_get_along(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a"])).await;
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let primary = Arc::clone(&primary);
            tokio::spawn(async move {
                for _ in 0..8 {
                    if writer % 2 == 0 {
                        add_one(&*primary).await;
                    } else {
                        retried(&*primary, &award("a")).await.expect("a point");
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("a writer");
    }
    assert_eq!(points(&*primary).await, 64);
}
