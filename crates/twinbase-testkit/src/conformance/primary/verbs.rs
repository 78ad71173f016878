//! What an operator does with events: retry, discard, restore. Each touches only what it may.

use std::time::Duration;

use twinbase_core::{
    Clock as _, MAX_RETRIES, Primary, SystemClock,
    primary::{EventFilter, EventStatus, FailedAttempt},
};

use super::{
    Database,
    stage::{REASON, bring, event_of, list, of_status, one_of_each, open, people},
    support::{done, failure, insert, opened, waiting, waiting_of},
};

/// Where each of the five is now, in the order of [`EventStatus::ALL`].
async fn statuses(primary: &dyn Primary) -> Vec<EventStatus> {
    let mut found = Vec::new();
    for status in EventStatus::ALL {
        found.push(event_of(primary, status.name()).await.status);
    }
    found
}

/// Every way to name events that a verb may be given.
async fn filters(primary: &dyn Primary) -> Vec<EventFilter> {
    let mut filters = Vec::new();
    for status in EventStatus::ALL {
        let ids = vec![event_of(primary, status.name()).await.id];
        filters.push(of_status(status));
        filters.push(EventFilter {
            ids,
            ..of_status(status)
        });
    }
    filters
}

/// Failed and retrying ones, now, with one try on their account.
pub async fn a_retry_makes_failed_and_retrying_events_pending(database: &dyn Database) {
    let primary = opened(database).await;
    one_of_each(&*primary).await;
    let later = FailedAttempt {
        next_attempt_at: Some(SystemClock.now() + Duration::from_hours(1)),
        ..failure(waiting_of(&*primary, "retrying").await[0].at, 1)
    };
    assert_eq!(primary.record_failed(&[later]).await.expect("a charge"), 1);
    assert_eq!(waiting(&*primary).await.len(), 1);
    assert_eq!(primary.retry(&open(), 100).await.expect("a retry"), 2);
    assert_eq!(primary.retry(&open(), 100).await.expect("nothing"), 0);
    let mut tries: Vec<_> = waiting(&*primary)
        .await
        .into_iter()
        .map(|event| (event.aggregate_id, event.retry_count))
        .collect();
    tries.sort();
    let expected = [("failed", 1), ("pending", 0), ("retrying", 1)];
    assert_eq!(tries, expected.map(|(id, count)| (id.to_owned(), count)));
    for id in ["failed", "retrying"] {
        let event = event_of(&*primary, id).await;
        assert_eq!(
            (event.status, event.next_attempt_at),
            (EventStatus::Pending, None)
        );
    }
    assert_eq!(primary.status().await.expect("a status").failed, 0);
}

/// Whatever the filter says.
pub async fn a_retry_touches_nothing_else(database: &dyn Database) {
    let primary = opened(database).await;
    one_of_each(&*primary).await;
    for filter in filters(&*primary).await {
        let may = [Some(EventStatus::Failed), Some(EventStatus::Retrying)];
        if !may.contains(&filter.status) {
            assert_eq!(
                primary.retry(&filter, 9).await.expect("nothing"),
                0,
                "{filter:?}"
            );
        }
    }
    assert_eq!(statuses(&*primary).await, EventStatus::ALL);
    let failed = of_status(EventStatus::Failed);
    assert_eq!(primary.retry(&failed, 9).await.expect("a retry"), 1);
    let after = event_of(&*primary, "retrying").await.status;
    assert_eq!(after, EventStatus::Retrying, "the filter named failed ones");
}

/// It has five more tries, and then it has failed again.
pub async fn a_retried_event_has_its_other_tries_back(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a"])).await;
    bring(&*primary, "a", EventStatus::Failed).await;
    primary.retry(&open(), 9).await.expect("a retry");
    let at = waiting_of(&*primary, "a").await[0].at;
    for seen in 1..6 {
        assert_eq!(event_of(&*primary, "a").await.retry_count, seen);
        let charged = primary.record_failed(&[failure(at, seen)]).await;
        assert_eq!(charged.expect("a charge"), 1);
    }
    assert_eq!(event_of(&*primary, "a").await.status, EventStatus::Failed);
}

/// Of many, the oldest, and no more than asked for.
pub async fn a_verb_stops_at_its_limit_and_takes_the_oldest(database: &dyn Database) {
    let primary = opened(database).await;
    let ids: Vec<String> = (0..8).map(|n| format!("p{n}")).collect();
    for id in &ids {
        done(&*primary, &insert(&[id])).await;
        bring(&*primary, id, EventStatus::Failed).await;
    }
    for taken in 1..=8 {
        assert_eq!(
            primary.discard(&open(), "old", 1).await.expect("a discard"),
            1
        );
        let mut left = people(&*primary, &open()).await;
        left.reverse();
        assert_eq!(left, ids[taken..]);
    }
    assert_eq!(primary.restore(&open(), 3).await.expect("a restore"), 3);
    let mut restored = people(&*primary, &open()).await;
    restored.reverse();
    assert_eq!(restored, ids[..3], "discarded first, restored first");
    assert_eq!(primary.restore(&open(), 0).await.expect("nothing"), 0);
    assert_eq!(primary.retry(&open(), 0).await.expect("nothing"), 0);
    assert_eq!(
        primary
            .discard(&of_status(EventStatus::Pending), "x", 0)
            .await
            .expect("nothing"),
        0
    );
}

/// Done by word: in no read of what waits, in no count of failures, and with its reason.
pub async fn a_discarded_event_is_set_aside(database: &dyn Database) {
    let primary = opened(database).await;
    one_of_each(&*primary).await;
    let failed = event_of(&*primary, "failed").await;
    assert_eq!(
        primary
            .discard(&open(), "no use", 9)
            .await
            .expect("a discard"),
        1
    );
    let discarded = event_of(&*primary, "failed").await;
    assert_eq!(
        discarded.status,
        EventStatus::Discarded,
        "failed ones alone"
    );
    assert_eq!(discarded.discard_reason.as_deref(), Some("no use"));
    assert_eq!(
        discarded.last_error, failed.last_error,
        "what was wrong stays known"
    );
    assert!(discarded.processed_at >= failed.failed_at);
    assert_eq!(primary.status().await.expect("a status").failed, 0);
    assert!(
        discarded.retry_count <= MAX_RETRIES,
        "`retry_count > 5` is the failed ones"
    );
    let set_aside = list(&*primary, &of_status(EventStatus::Discarded)).await;
    assert_eq!(set_aside.len(), 2);
    for status in [EventStatus::Pending, EventStatus::Retrying] {
        let done = primary.discard(&of_status(status), "no use", 9).await;
        assert_eq!(done.expect("a discard"), 1);
    }
    assert!(waiting(&*primary).await.is_empty());
    let at = [discarded.at];
    assert_eq!(primary.mark_applied(&at, &[]).await.expect("nothing"), 0);
    let late = failure(discarded.at, discarded.retry_count);
    assert_eq!(primary.record_failed(&[late]).await.expect("nothing"), 0);
    assert_eq!(event_of(&*primary, "failed").await, discarded);
}

/// What is done is done.
pub async fn a_discard_touches_nothing_that_is_done(database: &dyn Database) {
    let primary = opened(database).await;
    one_of_each(&*primary).await;
    let before = event_of(&*primary, "discarded").await;
    for filter in filters(&*primary).await {
        if matches!(
            filter.status,
            Some(EventStatus::Applied | EventStatus::Discarded)
        ) {
            let done = primary.discard(&filter, "again", 9).await;
            assert_eq!(done.expect("nothing"), 0, "{filter:?}");
        }
    }
    let ids = EventFilter {
        ids: vec![event_of(&*primary, "applied").await.id, before.id.clone()],
        ..open()
    };
    assert_eq!(primary.discard(&ids, "again", 9).await.expect("nothing"), 0);
    assert_eq!(statuses(&*primary).await, EventStatus::ALL);
    assert_eq!(
        event_of(&*primary, "discarded")
            .await
            .discard_reason
            .as_deref(),
        Some(REASON)
    );
}

/// As a retry does with failed ones.
pub async fn a_restored_event_waits_again(database: &dyn Database) {
    let primary = opened(database).await;
    one_of_each(&*primary).await;
    assert_eq!(primary.restore(&open(), 9).await.expect("a restore"), 1);
    assert_eq!(primary.restore(&open(), 9).await.expect("nothing"), 0);
    let event = event_of(&*primary, "discarded").await;
    assert_eq!((event.status, event.retry_count), (EventStatus::Pending, 1));
    assert_eq!((event.processed_at, event.discard_reason), (None, None));
    let waiting = waiting_of(&*primary, "discarded").await;
    assert_eq!((waiting[0].at, waiting[0].retry_count), (event.at, 1));
    bring(&*primary, "discarded", EventStatus::Applied).await;
    assert_eq!(
        event_of(&*primary, "discarded").await.status,
        EventStatus::Applied
    );
}

/// Whatever the filter says.
pub async fn a_restore_touches_nothing_that_was_not_discarded(database: &dyn Database) {
    let primary = opened(database).await;
    one_of_each(&*primary).await;
    for filter in filters(&*primary).await {
        if filter.status != Some(EventStatus::Discarded) {
            assert_eq!(
                primary.restore(&filter, 9).await.expect("nothing"),
                0,
                "{filter:?}"
            );
        }
    }
    assert_eq!(statuses(&*primary).await, EventStatus::ALL);
}

/// What comes after a person has looked is not acted on.
pub async fn a_verb_as_of_a_time_leaves_alone_what_came_later(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a"])).await;
    bring(&*primary, "a", EventStatus::Failed).await;
    let seen = event_of(&*primary, "a").await.failed_at.expect("a time");
    let before = |status| EventFilter {
        as_of: Some(seen - Duration::from_millis(1)),
        ..of_status(status)
    };
    let at = |status| EventFilter {
        as_of: Some(SystemClock.now() + Duration::from_hours(1)),
        ..of_status(status)
    };
    let (failed, discarded) = (EventStatus::Failed, EventStatus::Discarded);
    assert_eq!(primary.retry(&before(failed), 9).await.expect("nothing"), 0);
    assert_eq!(
        primary
            .discard(&before(failed), "x", 9)
            .await
            .expect("nothing"),
        0
    );
    assert_eq!(
        primary
            .discard(&at(failed), "x", 9)
            .await
            .expect("a discard"),
        1
    );
    assert_eq!(
        primary
            .restore(&before(discarded), 9)
            .await
            .expect("nothing"),
        0
    );
    assert_eq!(
        primary.restore(&at(discarded), 9).await.expect("a restore"),
        1
    );
    let open = list(&*primary, &open()).await;
    assert_eq!(open.len(), 1);
}
