//! Reading what waits: nothing is skipped, nothing comes too early.

use std::{collections::HashMap, time::Duration};

use serde_json::json;
use twinbase_core::{
    Clock as _, Field, Kind, Partition, Schema, SystemClock, Table,
    primary::{FailedAttempt, PendingRequest, PrimaryKind},
};

use super::{
    Database, PERSON,
    support::{
        award, delete, document, done, everything, failure, insert, many, note, opened, waiting,
        waiting_of,
    },
};

/// Events carry everything that applying them takes, and the events of one aggregate lie in one partition.
pub async fn events_come_in_the_order_of_their_partition(database: &dyn Database) {
    let primary = opened(database).await;
    let ids = many();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let before = SystemClock.now();
    done(&*primary, &insert(&ids)).await;
    for id in &ids {
        done(&*primary, &award(id)).await;
    }
    done(&*primary, &delete("p7")).await;
    let events = waiting(&*primary).await;
    assert_eq!(events.len(), 201);
    assert!(events.is_sorted_by_key(|event| (event.at.partition, event.at.seq)));
    let mut last = HashMap::new();
    for event in &events {
        let before = last.insert(&event.aggregate_id, (event.at.partition, event.version));
        if let Some((partition, version)) = before {
            assert_eq!(partition, event.at.partition);
            assert!(version < event.version);
        }
    }
    assert!(
        events
            .iter()
            .all(|e| Partition::all().any(|p| p == e.at.partition))
    );
    assert!(
        events
            .iter()
            .map(|e| e.at.partition)
            .collect::<std::collections::HashSet<_>>()
            .len()
            > 8
    );
    let deleted = events
        .iter()
        .find(|e| &*e.event_type == "person.deleted")
        .expect("a deletion");
    assert_eq!(
        (deleted.aggregate_id.as_str(), deleted.version.get()),
        ("p7", 3)
    );
    assert_eq!(document(deleted), json!({"id": "p7"}));
    assert_eq!(
        (&*deleted.aggregate_type, deleted.retry_count),
        ("person", 0)
    );
    // Another clock may be a little off.
    let age = deleted.created_at.duration_since(before).as_secs();
    assert!((-60..60).contains(&age), "{age}");
}

/// An older event may come without its payload; the newest of its aggregate never does.
pub async fn the_newest_event_of_each_aggregate_has_its_document(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b"])).await;
    done(&*primary, &award("a")).await;
    done(&*primary, &award("a")).await;
    for (id, points) in [("a", 2), ("b", 0)] {
        let events = waiting_of(&*primary, id).await;
        let newest = events.iter().max_by_key(|event| event.version);
        let document = document(newest.expect("an event"));
        assert_eq!(
            (&document["id"], &document["points"]),
            (&json!(id), &json!(points))
        );
    }
}

/// Another worker has them.
pub async fn partitions_that_are_not_asked_for_are_left_out(database: &dyn Database) {
    let primary = opened(database).await;
    let ids = many();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    done(&*primary, &insert(&ids)).await;
    let mut met = 0;
    for partition in Partition::all() {
        let request = PendingRequest {
            cursors: vec![(partition, -1)],
            ..everything()
        };
        let events = primary.pending(&request).await.expect("events").events;
        assert!(events.iter().all(|event| event.at.partition == partition));
        met += events.len();
    }
    assert_eq!(met, 100);
    let nothing = PendingRequest {
        cursors: Vec::new(),
        ..everything()
    };
    assert!(
        primary
            .pending(&nothing)
            .await
            .expect("events")
            .events
            .is_empty()
    );
}

/// Its time is the caller's.
pub async fn a_retrying_event_waits_for_its_time(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b"])).await;
    let at = waiting_of(&*primary, "a").await[0].at;
    let now = SystemClock.now();
    let soon = now + Duration::from_mins(1);
    let charge = FailedAttempt {
        next_attempt_at: Some(soon),
        ..failure(at, 0)
    };
    assert_eq!(primary.record_failed(&[charge]).await.expect("a charge"), 1);
    for (now, expected) in [(now, 1), (soon, 2), (soon + Duration::from_mins(1), 2)] {
        let events = primary
            .pending(&PendingRequest {
                now,
                ..everything()
            })
            .await;
        let events = events.expect("events").events;
        assert_eq!(events.len(), expected);
        let retrying = events.iter().find(|event| event.at == at);
        assert_eq!(
            retrying.map(|event| event.retry_count),
            (expected == 2).then_some(1)
        );
    }
}

/// Its events have lower numbers than what was applied meanwhile.
pub async fn a_transaction_that_commits_late_is_found(database: &dyn Database) {
    let primary = opened(database).await;
    let mut late = primary.begin().await.expect("a transaction");
    late.write(&insert(&["late"])).await.expect("a person");
    if primary.kind() != PrimaryKind::Sqlite {
        // On SQLite there is one writer at a time.
        let ids = many();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        done(&*primary, &insert(&ids)).await;
    }
    let early = waiting(&*primary).await;
    assert!(early.iter().all(|event| event.aggregate_id != "late"));
    let places: Vec<_> = early.iter().map(|event| event.at).collect();
    primary.mark_applied(&places, &[]).await.expect("marked");
    late.commit().await.expect("a commit");
    let found: Vec<_> = waiting(&*primary)
        .await
        .into_iter()
        .map(|e| e.aggregate_id)
        .collect();
    assert_eq!(found, ["late"]);
}

/// During a deploy two versions of a program run side by side: events of a type whose mapping a
/// newer program has registered are left to workers that know it, and so are those of a type
/// that only another program knows.
pub async fn events_of_another_mapping_are_left_to_others(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a"])).await;
    done(&*primary, &note("n", "a", "text")).await;
    let known = everything().mappings;
    let events = waiting(&*primary).await;
    let mappings: Vec<_> = events.iter().map(|event| event.mapping).collect();
    for (aggregate_type, hash) in &known {
        let of_type = events
            .iter()
            .find(|e| *e.aggregate_type == **aggregate_type);
        assert_eq!(
            of_type.map(|event| event.mapping),
            Some(Some(*hash)),
            "{mappings:?}"
        );
    }
    assert!(primary.outdated(&known).await.expect("types").is_empty());
    let seen = async |mappings: Vec<(&'static str, i64)>| {
        let request = PendingRequest {
            mappings,
            ..everything()
        };
        let pending = primary.pending(&request).await.expect("events are read");
        let types = pending
            .events
            .iter()
            .map(|event| event.aggregate_type.to_string());
        types.collect::<Vec<_>>()
    };
    primary.register(&[&NEWER]).await.expect("registered");
    assert_eq!(seen(known.clone()).await, ["note"]);
    assert_eq!(primary.outdated(&known).await.expect("types"), ["person"]);
    let newer = (NEWER.aggregate_type, NEWER.mapping_hash());
    assert_eq!(seen(vec![newer]).await, ["person"]);
    assert!(primary.outdated(&[newer]).await.expect("types").is_empty());
    primary.register(&[&PERSON]).await.expect("registered");
    assert_eq!(seen(known).await.len(), 2);
}

static NEWER: Schema = Schema::new(
    "person",
    Table::new(
        "people",
        &[Field::key("id"), Field::new("name", "fullName", Kind::Text)],
    ),
    "people",
);
