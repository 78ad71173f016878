//! What becomes of an event: applied, charged, failed, healed.

use twinbase_core::{
    EventRef, Key, Partition, Version,
    primary::{EventStatus, FailedAttempt},
};

use super::{
    Database, NOTE, PERSON,
    stage::{event_of, list, of_status, open},
    support::{award, done, fail, failure, id, insert, note, opened, waiting, waiting_of},
};

/// Two workers applied the same events.
pub async fn marking_twice_is_harmless(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b", "c"])).await;
    let mut places: Vec<_> = waiting(&*primary)
        .await
        .iter()
        .map(|event| event.at)
        .collect();
    let last = places.pop().expect("an event");
    assert_eq!(primary.mark_applied(&places, &[]).await.expect("marked"), 2);
    assert_eq!(primary.mark_applied(&places, &[]).await.expect("marked"), 0);
    assert_eq!(primary.mark_applied(&[], &[]).await.expect("nothing"), 0);
    let left: Vec<_> = waiting(&*primary)
        .await
        .iter()
        .map(|event| event.at)
        .collect();
    assert_eq!(left, [last]);
    let nowhere = EventRef {
        partition: Partition(3),
        seq: i64::MAX,
    };
    assert_eq!(
        primary
            .mark_applied(&[nowhere], &[])
            .await
            .expect("nothing"),
        0
    );
    let applied = list(&*primary, &of_status(EventStatus::Applied)).await;
    assert_eq!(applied.len(), 2);
    assert!(applied.iter().all(|event| event.processed_at.is_some()));
}

/// The second saw an older count.
pub async fn of_two_charges_of_one_failure_one_counts(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b"])).await;
    let events = waiting(&*primary).await;
    let charges = [failure(events[0].at, 0), failure(events[1].at, 0)];
    assert_eq!(primary.record_failed(&charges).await.expect("charged"), 2);
    assert_eq!(primary.record_failed(&charges).await.expect("charged"), 0);
    assert_eq!(
        primary.record_failed(&charges[..1]).await.expect("charged"),
        0
    );
    assert_eq!(primary.record_failed(&[]).await.expect("nothing"), 0);
    let again = waiting(&*primary).await;
    assert!(again.iter().all(|event| event.retry_count == 1));
    for event in list(&*primary, &of_status(EventStatus::Retrying)).await {
        assert_eq!(event.last_error.as_deref(), Some("it does not fit"));
        assert_eq!(event.error_key.as_deref(), Some("fit"));
        assert!(event.next_attempt_at.is_some());
    }
}

/// Another worker was faster and had no trouble.
pub async fn an_applied_event_is_not_charged(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a"])).await;
    let at = waiting(&*primary).await[0].at;
    primary.mark_applied(&[at], &[]).await.expect("marked");
    assert_eq!(
        primary
            .record_failed(&[failure(at, 0)])
            .await
            .expect("nothing"),
        0
    );
    assert_eq!(event_of(&*primary, "a").await.retry_count, 0);
}

/// `retry_count > 5` is exactly the failed ones, and they are not tried again.
pub async fn the_sixth_charge_makes_an_event_failed(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b"])).await;
    let at = waiting_of(&*primary, "a").await[0].at;
    for seen in 0..5 {
        assert_eq!(
            primary
                .record_failed(&[failure(at, seen)])
                .await
                .expect("charged"),
            1
        );
        assert_eq!(waiting_of(&*primary, "a").await[0].retry_count, seen + 1);
        assert_eq!(primary.status().await.expect("a status").failed, 0);
    }
    assert_eq!(
        primary
            .record_failed(&[failure(at, 5)])
            .await
            .expect("charged"),
        1
    );
    assert_eq!(primary.status().await.expect("a status").failed, 1);
    assert_eq!(event_of(&*primary, "a").await.retry_count, 6);
    assert!(waiting_of(&*primary, "a").await.is_empty());
    assert_eq!(
        primary
            .record_failed(&[failure(at, 6)])
            .await
            .expect("nothing"),
        0
    );
    assert_eq!(waiting_of(&*primary, "b").await.len(), 1);
}

/// However few its tries were: nothing is gained by another.
pub async fn a_failure_without_a_next_time_is_the_last(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b"])).await;
    let last = async |id: &str, seen: u32| FailedAttempt {
        next_attempt_at: None,
        ..failure(waiting_of(&*primary, id).await[0].at, seen)
    };
    let charge = last("a", 0).await;
    assert_eq!(
        primary
            .record_failed(std::slice::from_ref(&charge))
            .await
            .expect("charged"),
        1
    );
    assert_eq!(primary.record_failed(&[charge]).await.expect("nothing"), 0);
    let of_b = waiting_of(&*primary, "b").await[0].at;
    primary
        .record_failed(&[failure(of_b, 0)])
        .await
        .expect("charged");
    let charge = last("b", 1).await;
    assert_eq!(primary.record_failed(&[charge]).await.expect("charged"), 1);
    assert!(waiting(&*primary).await.is_empty());
    let failed = list(&*primary, &of_status(EventStatus::Failed)).await;
    let failed: Vec<_> = failed
        .iter()
        .map(|event| (event.retry_count, event.next_attempt_at))
        .collect();
    assert_eq!(failed, [(6, None), (6, None)]);
}

/// Up to the version that was applied, of that key alone.
pub async fn a_newer_event_heals_the_older_ones(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b"])).await;
    for _ in 0..3 {
        done(&*primary, &award("a")).await;
    }
    let events = waiting_of(&*primary, "a").await;
    fail(&*primary, events[0].at).await;
    fail(&*primary, waiting_of(&*primary, "b").await[0].at).await;
    for event in [&events[1], &events[3]] {
        assert_eq!(
            primary
                .record_failed(&[failure(event.at, 0)])
                .await
                .expect("charged"),
            1
        );
    }
    let healed = [(Key::new("person", id("a")), Version::new(3))];
    let changed = primary
        .mark_applied(&[events[2].at], &healed)
        .await
        .expect("marked");
    assert_eq!(changed, 3);
    let applied = of_status(EventStatus::Applied);
    let mut of_a = list(&*primary, &applied).await;
    of_a.extend(list(&*primary, &open()).await);
    of_a.retain(|event| event.aggregate_id == "a");
    of_a.sort_by_key(|event| event.version);
    let of_a: Vec<_> = of_a
        .iter()
        .map(|event| {
            let is_done = event.status == EventStatus::Applied;
            (event.version.get(), is_done, event.retry_count > 5)
        })
        .collect();
    assert_eq!(
        of_a,
        [
            (1, true, false),
            (2, true, false),
            (3, true, false),
            (4, false, false)
        ]
    );
    let failed = primary.status().await.expect("a status").failed;
    assert_eq!(failed, 1, "the event of the other key stays failed");
}

/// Waiting is pending or retrying; neither applied nor failed.
pub async fn waiting_aggregates_are_known(database: &dyn Database) {
    let primary = opened(database).await;
    done(
        &*primary,
        &insert(&["applied", "failed", "pending", "retrying"]),
    )
    .await;
    done(&*primary, &note("applied", "failed", "text")).await;
    for event in waiting(&*primary).await {
        match (&*event.aggregate_type, event.aggregate_id.as_str()) {
            ("person", "applied") => {
                primary
                    .mark_applied(&[event.at], &[])
                    .await
                    .expect("marked");
            }
            ("person", "failed") => fail(&*primary, event.at).await,
            ("person", "retrying") => {
                primary
                    .record_failed(&[failure(event.at, 0)])
                    .await
                    .expect("charged");
            }
            _ => {}
        }
    }
    let ids = ["applied", "failed", "pending", "retrying", "unknown"].map(id);
    let mut found: Vec<_> = primary
        .unapplied(&PERSON, &ids)
        .await
        .expect("ids")
        .into_iter()
        .map(|id| id.to_string())
        .collect();
    found.sort();
    assert_eq!(found, ["pending", "retrying"]);
    assert_eq!(primary.unapplied(&NOTE, &ids).await.expect("ids").len(), 1);
    assert!(primary.unapplied(&NOTE, &[]).await.expect("ids").is_empty());
}
