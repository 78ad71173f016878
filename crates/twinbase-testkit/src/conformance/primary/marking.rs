//! What becomes of an event: applied, charged, failed, healed.

use std::collections::HashSet;

use twinbase_core::{
    EventRef, Key, Partition, Version,
    primary::{EventStatus, FailedAttempt},
};

use super::{
    NOTE, Opened, PERSON,
    stage::of_status,
    support::{award, failure, id, insert, note},
};

/// Two workers applied the same events.
pub async fn marking_twice_is_harmless(db: Opened) {
    db.done(&insert(&["a", "b", "c"])).await;
    let mut places = db.places().await;
    let last = places.pop().expect("an event");
    assert_eq!(db.mark(&places).await, 2);
    assert_eq!(db.mark(&places).await, 0);
    assert_eq!(db.mark(&[]).await, 0);
    assert_eq!(db.places().await, [last]);
    let nowhere = EventRef {
        partition: Partition(3),
        seq: i64::MAX,
    };
    assert_eq!(db.mark(&[nowhere]).await, 0);
    let applied = db.list(&of_status(EventStatus::Applied)).await;
    assert_eq!(applied.len(), 2);
    assert!(applied.iter().all(|event| event.processed_at.is_some()));
}

/// The second saw an older count.
pub async fn of_two_charges_of_one_failure_one_counts(db: Opened) {
    db.done(&insert(&["a", "b"])).await;
    let events = db.waiting().await;
    let charges = [failure(events[0].at, 0), failure(events[1].at, 0)];
    assert_eq!(db.record_failed(&charges).await, 2);
    assert_eq!(db.record_failed(&charges).await, 0);
    assert_eq!(db.record_failed(&charges[..1]).await, 0);
    assert_eq!(db.record_failed(&[]).await, 0);
    let again = db.waiting().await;
    assert!(again.iter().all(|event| event.retry_count == 1));
    for event in db.list(&of_status(EventStatus::Retrying)).await {
        assert_eq!(event.last_error.as_deref(), Some("it does not fit"));
        assert_eq!(event.error_key.as_deref(), Some("fit"));
        assert!(event.next_attempt_at.is_some());
    }
}

/// Another worker was faster and had no trouble.
pub async fn an_applied_event_is_not_charged(db: Opened) {
    db.done(&insert(&["a"])).await;
    let at = db.waiting().await[0].at;
    db.mark(&[at]).await;
    assert_eq!(db.record_failed(&[failure(at, 0)]).await, 0);
    assert_eq!(db.event_of("a").await.retry_count, 0);
}

/// `retry_count > 5` is exactly the failed ones, and they are not tried again.
pub async fn the_sixth_charge_makes_an_event_failed(db: Opened) {
    db.done(&insert(&["a", "b"])).await;
    let at = db.at("a").await;
    for seen in 0..5 {
        assert_eq!(db.record_failed(&[failure(at, seen)]).await, 1);
        assert_eq!(db.waiting_of("a").await[0].retry_count, seen + 1);
        assert_eq!(db.status().await.failed, 0);
    }
    assert_eq!(db.record_failed(&[failure(at, 5)]).await, 1);
    assert_eq!(db.status().await.failed, 1);
    assert_eq!(db.event_of("a").await.retry_count, 6);
    assert!(db.waiting_of("a").await.is_empty());
    assert_eq!(db.record_failed(&[failure(at, 6)]).await, 0);
    assert_eq!(db.waiting_of("b").await.len(), 1);
}

/// However few its tries were: nothing is gained by another.
pub async fn a_failure_without_a_next_time_is_the_last(db: Opened) {
    db.done(&insert(&["a", "b"])).await;
    let last = async |id: &str, seen: u32| FailedAttempt {
        next_attempt_at: None,
        ..failure(db.at(id).await, seen)
    };
    let charge = last("a", 0).await;
    assert_eq!(db.record_failed(std::slice::from_ref(&charge)).await, 1);
    assert_eq!(db.record_failed(&[charge]).await, 0);
    let of_b = db.at("b").await;
    db.record_failed(&[failure(of_b, 0)]).await;
    let charge = last("b", 1).await;
    assert_eq!(db.record_failed(&[charge]).await, 1);
    assert!(db.waiting().await.is_empty());
    let failed = db.list(&of_status(EventStatus::Failed)).await;
    assert_eq!(failed.len(), 2);
    for event in failed {
        assert_eq!((event.retry_count, event.next_attempt_at), (6, None));
    }
}

/// Up to the version that was applied, of that key alone.
pub async fn a_newer_event_heals_the_older_ones(db: Opened) {
    db.done(&insert(&["a", "b"])).await;
    for _ in 0..3 {
        db.done(&award("a")).await;
    }
    let events = db.waiting_of("a").await;
    db.fail(events[0].at).await;
    db.fail(db.at("b").await).await;
    for event in [&events[1], &events[3]] {
        assert_eq!(db.record_failed(&[failure(event.at, 0)]).await, 1);
    }
    let healed = [(Key::new("person", id("a")), Version::new(3))];
    let changed = db.mark_applied(&[events[2].at], &healed).await;
    assert_eq!(changed, 3);
    let mut of_a = db.list(&of_status(EventStatus::Applied)).await;
    of_a.retain(|event| event.aggregate_id == "a");
    of_a.sort_by_key(|event| event.version);
    let versions: Vec<_> = of_a.iter().map(|event| event.version.get()).collect();
    assert_eq!(versions, [1, 2, 3]);
    assert!(of_a.iter().all(|event| event.retry_count <= 5));
    assert_eq!(db.waiting_of("a").await[0].version.get(), 4);
    let failed = db.status().await.failed;
    assert_eq!(failed, 1, "the event of the other key stays failed");
}

/// Waiting is pending or retrying; neither applied nor failed.
pub async fn waiting_aggregates_are_known(db: Opened) {
    db.one_of_each().await;
    db.done(&note("applied", "failed", "text")).await;
    let ids = EventStatus::ALL.map(EventStatus::name);
    let ids = [&ids[..], &["unknown"]].concat();
    let ids: Vec<_> = ids.into_iter().map(id).collect();
    let found = db.unapplied(&PERSON, &ids).await.expect("ids");
    assert_eq!(found, HashSet::from(["pending", "retrying"].map(id)));
    assert_eq!(db.unapplied(&NOTE, &ids).await.expect("ids").len(), 1);
    assert!(db.unapplied(&NOTE, &[]).await.expect("ids").is_empty());
}
