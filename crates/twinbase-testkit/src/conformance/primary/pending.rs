//! Reading what waits: nothing is skipped, nothing comes too early.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
    time::Duration,
};

use serde_json::json;
use twinbase_core::{
    Clock as _, Field, Kind, Name, Partition, Schema, SharedSchema, SystemClock, Table,
    primary::{CollectionRecord, FailedAttempt, PrimaryKind},
};

use super::{
    Opened, PERSON,
    support::{award, delete, document, everything, failure, insert, many, note},
};

/// Events carry everything that applying them takes, and the events of one aggregate lie in one partition.
pub async fn events_come_in_the_order_of_their_partition(db: Opened) {
    let ids = many();
    let before = SystemClock.now();
    db.done(&insert(&ids)).await;
    for id in &ids {
        db.done(&award(id)).await;
    }
    db.done(&delete("p7")).await;
    let events = db.waiting().await;
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
    let met: HashSet<_> = events.iter().map(|event| event.at.partition).collect();
    assert!(met.len() > 8 && met.is_subset(&Partition::all().collect()));
    let mut deletions = events.iter().filter(|e| &*e.event_type == "person.deleted");
    let deleted = deletions.next().expect("a deletion");
    let (id, version) = (deleted.aggregate_id.as_str(), deleted.version.get());
    assert_eq!((id, version, deleted.retry_count), ("p7", 3, 0));
    assert_eq!(&*deleted.aggregate_type, "person");
    assert_eq!(document(deleted), json!({"id": "p7"}));
    // Another clock may be a little off.
    let age = deleted.created_at.duration_since(before).as_secs();
    assert!((-60..60).contains(&age), "{age}");
}

/// An older event may come without its payload; the newest of its aggregate never does.
pub async fn the_newest_event_of_each_aggregate_has_its_document(db: Opened) {
    db.done(&insert(&["a", "b"])).await;
    db.done(&award("a")).await;
    db.done(&award("a")).await;
    for (id, points) in [("a", 2), ("b", 0)] {
        let events = db.waiting_of(id).await;
        let newest = events.iter().max_by_key(|event| event.version);
        let document = document(newest.expect("an event"));
        assert_eq!(document["id"], id);
        assert_eq!(document["points"], points);
    }
}

/// Another worker has them.
pub async fn partitions_that_are_not_asked_for_are_left_out(db: Opened) {
    db.done(&insert(&many())).await;
    let mut met = 0;
    for partition in Partition::all() {
        let own = db.read(|request| request.cursors = vec![(partition, -1)]);
        let events = own.await.events;
        assert!(events.iter().all(|event| event.at.partition == partition));
        met += events.len();
    }
    assert_eq!(met, 100);
    let nothing = db.read(|request| request.cursors.clear()).await;
    assert!(nothing.events.is_empty());
}

/// Its time is the caller's.
pub async fn a_retrying_event_waits_for_its_time(db: Opened) {
    db.done(&insert(&["a", "b"])).await;
    let at = db.at("a").await;
    let now = SystemClock.now();
    let soon = now + Duration::from_mins(1);
    let charge = FailedAttempt {
        next_attempt_at: Some(soon),
        ..failure(at, 0)
    };
    assert_eq!(db.record_failed(&[charge]).await, 1);
    for (now, expected) in [(now, 1), (soon, 2), (soon + Duration::from_mins(1), 2)] {
        let events = db.read(|request| request.now = now).await.events;
        assert_eq!(events.len(), expected);
        let retrying = events.iter().find(|event| event.at == at);
        let count = retrying.map(|event| event.retry_count);
        assert_eq!(count, (expected == 2).then_some(1));
    }
}

/// Its events have lower numbers than what was applied meanwhile.
pub async fn a_transaction_that_commits_late_is_found(db: Opened) {
    let mut late = db.begin().await;
    late.write(&insert(&["late"])).await.expect("a person");
    if db.kind() != PrimaryKind::Sqlite {
        // On SQLite there is one writer at a time.
        db.done(&insert(&many())).await;
    }
    let early = db.waiting().await;
    assert!(early.iter().all(|event| event.aggregate_id != "late"));
    let places: Vec<_> = early.iter().map(|event| event.at).collect();
    db.mark(&places).await;
    late.commit().await.expect("a commit");
    let found = db.waiting().await;
    assert_eq!((found.len(), &*found[0].aggregate_id), (1, "late"));
}

/// During a deploy two versions of a program run side by side: events of a type whose mapping a
/// newer program has registered are left to workers that know it, and so are those of a type
/// that only another program knows.
pub async fn events_of_another_mapping_are_left_to_others(db: Opened) {
    db.done(&insert(&["a"])).await;
    db.done(&note("n", "a", "text")).await;
    let known = everything().mappings;
    let events = db.waiting().await;
    for (aggregate_type, hash) in &known {
        let mut events = events.iter();
        let of_type = events.find(|event| *event.aggregate_type == **aggregate_type);
        assert_eq!(of_type.map(|event| event.mapping), Some(Some(*hash)));
    }
    assert!(db.outdated(&known).await.expect("types").is_empty());
    let seen = async |mappings: Vec<(Name, i64)>| {
        let seen = db.read(|request| request.mappings = mappings).await.events;
        let types = seen.iter().map(|event| event.aggregate_type.to_string());
        types.collect::<Vec<_>>()
    };
    db.register(std::slice::from_ref(&*NEWER))
        .await
        .expect("registered");
    assert_eq!(seen(known.clone()).await, ["note"]);
    assert_eq!(db.outdated(&known).await.expect("types"), ["person"]);
    let newer = (NEWER.aggregate_type.clone(), NEWER.mapping_hash());
    assert_eq!(seen(vec![newer.clone()]).await, ["person"]);
    assert!(db.outdated(&[newer]).await.expect("types").is_empty());
    db.register(std::slice::from_ref(&*PERSON))
        .await
        .expect("registered");
    assert_eq!(seen(known).await.len(), 2);
}

static NEWER: SharedSchema = LazyLock::new(|| {
    let fields = [Field::key("id"), Field::new("name", "fullName", Kind::Text)];
    Schema::new("person", Table::new("people", fields), "people").into()
});

/// Whether anything waits or not, and however little may be read: a worker decides by it whether it still knows where documents lie.
pub async fn a_read_notices_each_change_of_the_records_of_collections(db: Opened) {
    let read = async || {
        let all = db.pending(&everything()).await.collections;
        let little = db.read(|request| request.max_bytes = 1).await;
        assert_eq!(little.collections, all);
        all
    };
    let before = read().await.expect("it is known");
    db.done(&insert(&["a", "b"])).await;
    assert_eq!(read().await, Some(before));
    let mut record = CollectionRecord::unrecorded("elsewhere");
    for revision in 0..3 {
        record.revision = revision;
        assert!(db.record_collection(&record).await.expect("a record"));
        assert_eq!(read().await, Some(before + revision + 1));
    }
    let known = db.collections().await.expect("records");
    let other = known.iter().find(|of| of.collection == "people");
    let other = other.expect("what is registered has a record");
    assert!(db.record_collection(other).await.expect("a record"));
    assert_eq!(read().await, Some(before + 4));
}
