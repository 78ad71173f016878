//! What an operator does with events: retry, discard, restore. Each touches only what it may.

use std::time::Duration;

use twinbase_core::{
    Clock as _, MAX_RETRIES, SystemClock,
    primary::{EventFilter, EventStatus, FailedAttempt},
};

use super::{
    Opened,
    stage::{REASON, as_of, of_status, open},
    support::{failure, insert},
};

/// Where each of the five is now, in the order of [`EventStatus::ALL`].
async fn statuses(db: &Opened) -> Vec<EventStatus> {
    let mut found = Vec::new();
    for status in EventStatus::ALL {
        found.push(db.event_of(status.name()).await.status);
    }
    found
}

/// Every way to name events that a verb may be given.
async fn filters(db: &Opened) -> Vec<EventFilter> {
    let mut filters = Vec::new();
    for status in EventStatus::ALL {
        let ids = vec![db.event_of(status.name()).await.id];
        filters.push(of_status(status));
        filters.push(EventFilter {
            ids,
            ..of_status(status)
        });
    }
    filters
}

/// Failed and retrying ones, now, with one try on their account.
pub async fn a_retry_makes_failed_and_retrying_events_pending(db: Opened) {
    db.one_of_each().await;
    let later = FailedAttempt {
        next_attempt_at: Some(SystemClock.now() + Duration::from_hours(1)),
        ..failure(db.at("retrying").await, 1)
    };
    assert_eq!(db.record_failed(&[later]).await, 1);
    assert_eq!(db.waiting().await.len(), 1);
    assert_eq!(db.retry(&open(), 100).await, 2);
    assert_eq!(db.retry(&open(), 100).await, 0);
    assert_eq!(db.waiting().await.len(), 3);
    for (id, count) in [("failed", 1), ("pending", 0), ("retrying", 1)] {
        assert_eq!(db.waiting_of(id).await[0].retry_count, count, "{id}");
        let event = db.event_of(id).await;
        assert_eq!(event.status, EventStatus::Pending);
        assert_eq!(event.next_attempt_at, None);
    }
    assert_eq!(db.status().await.failed, 0);
}

/// Whatever the filter says.
pub async fn a_retry_touches_nothing_else(db: Opened) {
    db.one_of_each().await;
    for filter in filters(&db).await {
        let may = [Some(EventStatus::Failed), Some(EventStatus::Retrying)];
        if !may.contains(&filter.status) {
            assert_eq!(db.retry(&filter, 9).await, 0, "{filter:?}");
        }
    }
    assert_eq!(statuses(&db).await, EventStatus::ALL);
    let failed = of_status(EventStatus::Failed);
    assert_eq!(db.retry(&failed, 9).await, 1);
    let after = db.event_of("retrying").await.status;
    assert_eq!(after, EventStatus::Retrying, "the filter named failed ones");
}

/// It has five more tries, and then it has failed again.
pub async fn a_retried_event_has_its_other_tries_back(db: Opened) {
    db.done(&insert(&["a"])).await;
    db.bring("a", EventStatus::Failed).await;
    db.retry(&open(), 9).await;
    let at = db.at("a").await;
    for seen in 1..6 {
        assert_eq!(db.event_of("a").await.retry_count, seen);
        assert_eq!(db.record_failed(&[failure(at, seen)]).await, 1);
    }
    assert_eq!(db.event_of("a").await.status, EventStatus::Failed);
}

/// Of many, the oldest, and no more than asked for.
pub async fn a_verb_stops_at_its_limit_and_takes_the_oldest(db: Opened) {
    let ids: Vec<String> = (0..8).map(|n| format!("p{n}")).collect();
    for id in &ids {
        db.done(&insert(&[id])).await;
        db.bring(id, EventStatus::Failed).await;
    }
    for taken in 1..=8 {
        assert_eq!(db.discard(&open(), "old", 1).await, 1);
        let mut left = db.people(&open()).await;
        left.reverse();
        assert_eq!(left, ids[taken..]);
    }
    assert_eq!(db.restore(&open(), 3).await, 3);
    let mut restored = db.people(&open()).await;
    restored.reverse();
    assert_eq!(restored, ids[..3], "discarded first, restored first");
    assert_eq!(db.restore(&open(), 0).await, 0);
    assert_eq!(db.retry(&open(), 0).await, 0);
    let pending = of_status(EventStatus::Pending);
    assert_eq!(db.discard(&pending, "x", 0).await, 0);
}

/// Done by word: in no read of what waits, in no count of failures, and with its reason.
pub async fn a_discarded_event_is_set_aside(db: Opened) {
    db.one_of_each().await;
    let failed = db.event_of("failed").await;
    assert_eq!(db.discard(&open(), "no use", 9).await, 1);
    let discarded = db.event_of("failed").await;
    assert_eq!(discarded.status, EventStatus::Discarded);
    assert_eq!(discarded.discard_reason.as_deref(), Some("no use"));
    // What was wrong stays known.
    assert_eq!(discarded.last_error, failed.last_error);
    assert!(discarded.processed_at >= failed.failed_at);
    assert_eq!(db.status().await.failed, 0);
    // `retry_count > 5` is the failed ones.
    assert!(discarded.retry_count <= MAX_RETRIES);
    let set_aside = db.list(&of_status(EventStatus::Discarded)).await;
    assert_eq!(set_aside.len(), 2);
    for status in [EventStatus::Pending, EventStatus::Retrying] {
        assert_eq!(db.discard(&of_status(status), "no use", 9).await, 1);
    }
    assert!(db.waiting().await.is_empty());
    let at = [discarded.at];
    assert_eq!(db.mark(&at).await, 0);
    let late = failure(discarded.at, discarded.retry_count);
    assert_eq!(db.record_failed(&[late]).await, 0);
    assert_eq!(db.event_of("failed").await, discarded);
}

/// What is done is done.
pub async fn a_discard_touches_nothing_that_is_done(db: Opened) {
    db.one_of_each().await;
    let before = db.event_of("discarded").await;
    for filter in filters(&db).await {
        let done = [Some(EventStatus::Applied), Some(EventStatus::Discarded)];
        if done.contains(&filter.status) {
            assert_eq!(db.discard(&filter, "again", 9).await, 0, "{filter:?}");
        }
    }
    let ids = EventFilter {
        ids: vec![db.event_of("applied").await.id, before.id.clone()],
        ..open()
    };
    assert_eq!(db.discard(&ids, "again", 9).await, 0);
    assert_eq!(statuses(&db).await, EventStatus::ALL);
    let reason = db.event_of("discarded").await.discard_reason;
    assert_eq!(reason.as_deref(), Some(REASON));
}

/// As a retry does with failed ones.
pub async fn a_restored_event_waits_again(db: Opened) {
    db.one_of_each().await;
    assert_eq!(db.restore(&open(), 9).await, 1);
    assert_eq!(db.restore(&open(), 9).await, 0);
    let event = db.event_of("discarded").await;
    assert_eq!((event.status, event.retry_count), (EventStatus::Pending, 1));
    assert_eq!((event.processed_at, event.discard_reason), (None, None));
    let waiting = db.waiting_of("discarded").await;
    assert_eq!((waiting[0].at, waiting[0].retry_count), (event.at, 1));
    db.bring("discarded", EventStatus::Applied).await;
    assert_eq!(db.event_of("discarded").await.status, EventStatus::Applied);
}

/// Whatever the filter says.
pub async fn a_restore_touches_nothing_that_was_not_discarded(db: Opened) {
    db.one_of_each().await;
    for filter in filters(&db).await {
        if filter.status != Some(EventStatus::Discarded) {
            assert_eq!(db.restore(&filter, 9).await, 0, "{filter:?}");
        }
    }
    assert_eq!(statuses(&db).await, EventStatus::ALL);
}

/// What comes after a person has looked is not acted on.
pub async fn a_verb_as_of_a_time_leaves_alone_what_came_later(db: Opened) {
    db.done(&insert(&["a"])).await;
    db.bring("a", EventStatus::Failed).await;
    let seen = db.event_of("a").await.failed_at.expect("a time");
    let before = |status| as_of(status, seen - Duration::from_millis(1));
    let at = |status| as_of(status, SystemClock.now() + Duration::from_hours(1));
    let (failed, discarded) = (EventStatus::Failed, EventStatus::Discarded);
    assert_eq!(db.retry(&before(failed), 9).await, 0);
    assert_eq!(db.discard(&before(failed), "x", 9).await, 0);
    assert_eq!(db.discard(&at(failed), "x", 9).await, 1);
    assert_eq!(db.restore(&before(discarded), 9).await, 0);
    assert_eq!(db.restore(&at(discarded), 9).await, 1);
    let open = db.list(&open()).await;
    assert_eq!(open.len(), 1);
}
