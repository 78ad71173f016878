//! Events as an operator finds them: by status, one by one, by cause.

use serde_json::{Value as Json, json};
use twinbase_core::{
    Clock as _, Key, SystemClock, Version,
    primary::{EventFilter, EventStatus, FailedAttempt},
};

use super::{
    Opened,
    stage::{REASON, of_status, open},
    support::{award, delete, failure, id, insert},
};

/// Each event is in the list of its status alone, and what is not done is together.
pub async fn every_status_has_its_list(db: Opened) {
    for status in EventStatus::ALL {
        assert!(db.list(&of_status(status)).await.is_empty());
    }
    db.one_of_each().await;
    for status in EventStatus::ALL {
        let records = db.list(&of_status(status)).await;
        assert_eq!(records.len(), 1, "{status:?}: {records:?}");
        assert_eq!(records[0].aggregate_id, status.name());
        assert_eq!(records[0].status, status);
    }
    let mut all = db.people(&open()).await;
    all.sort();
    assert_eq!(all, ["failed", "pending", "retrying"]);
}

/// What it is, what went wrong, and what becomes of it.
pub async fn a_record_tells_what_is_known_of_an_event(db: Opened) {
    db.one_of_each().await;
    let pending = db.event_of("pending").await;
    assert_eq!(pending.event_type, "person.created");
    assert_eq!(pending.aggregate_type, "person");
    assert_eq!((pending.version, pending.retry_count), (Version::new(1), 0));
    assert_eq!(pending.at, db.at("pending").await);
    let age = SystemClock.now().duration_since(pending.created_at);
    assert!(age.as_secs().abs() < 60, "{age}");
    assert_eq!((pending.last_error, pending.error_key), (None, None));
    let times = [
        pending.failed_at,
        pending.processed_at,
        pending.next_attempt_at,
    ];
    assert_eq!(times, [None; 3]);

    for (id, count, has_next) in [("retrying", 1, true), ("failed", 6, false)] {
        let event = db.event_of(id).await;
        assert_eq!(event.retry_count, count);
        assert_eq!(event.next_attempt_at.is_some(), has_next);
        assert_eq!(event.last_error.as_deref(), Some("it does not fit"));
        assert_eq!(event.error_key.as_deref(), Some("fit"));
        assert!(event.failed_at >= Some(event.created_at), "{event:?}");
        assert_eq!((event.processed_at, event.discard_reason), (None, None));
    }
    let applied = db.event_of("applied").await;
    assert!(applied.processed_at >= Some(applied.created_at));
    assert_eq!(applied.discard_reason, None);
    let discarded = db.event_of("discarded").await;
    assert!(discarded.processed_at >= Some(discarded.created_at));
    assert_eq!(discarded.discard_reason.as_deref(), Some(REASON));
}

/// What waits, has failed and is done, in the order of versions; of nobody else.
pub async fn the_history_of_an_aggregate_has_its_newest_events_whatever_became_of_them(db: Opened) {
    db.done(&insert(&["a", "b"])).await;
    for _ in 0..4 {
        db.done(&award("a")).await;
    }
    let events = db.waiting_of("a").await;
    let at = |version| {
        let mut events = events.iter();
        let event = events.find(|event| event.version == Version::new(version));
        event.expect("an event of each version").at
    };
    db.mark(&[at(1), at(4)]).await;
    db.fail(at(2)).await;
    let of = |text: &str| Key::new("person", id(text));
    let history = db.history(&of("a"), 10).await;
    let found: Vec<_> = history
        .iter()
        .map(|e| (e.version.get(), e.status))
        .collect();
    let expected = [
        (5, EventStatus::Pending),
        (4, EventStatus::Applied),
        (3, EventStatus::Pending),
        (2, EventStatus::Failed),
        (1, EventStatus::Applied),
    ];
    assert_eq!(found, expected);
    let newest = db.history(&of("a"), 2).await;
    assert_eq!(newest, history[..2]);
    assert_eq!(db.history(&of("b"), 10).await.len(), 1);
    assert!(db.history(&of("nobody"), 10).await.is_empty());
}

/// The whole document, or the id of what is gone.
pub async fn an_event_is_shown_with_its_payload(db: Opened) {
    db.done(&insert(&["a"])).await;
    db.done(&delete("a")).await;
    let records = db.list(&open()).await;
    let mut payloads = Vec::new();
    for record in &records {
        let shown = db.event(&record.id).await;
        let (same, payload) = shown.expect("it is there");
        assert_eq!(&same, record);
        payloads.push(serde_json::from_str::<Json>(&payload).expect("JSON"));
    }
    assert_eq!(payloads[0], json!({"id": "a"}), "the newest first");
    assert_eq!(payloads[1]["name"], "name of a");
    assert_eq!(db.event("nobody's").await, None);
    assert_eq!(db.event("").await, None);
}

/// The largest first; what waits or is done belongs to none.
pub async fn failures_are_grouped_by_their_cause(db: Opened) {
    assert_eq!(db.event_groups(9).await.expect("groups"), []);
    db.one_of_each().await;
    db.done(&insert(&["x", "y", "z"])).await;
    for (id, next_attempt_at) in [("x", None), ("y", Some(SystemClock.now())), ("z", None)] {
        let charge = FailedAttempt {
            error: format!("{id} is too large"),
            error_key: "large".to_owned(),
            next_attempt_at,
            ..failure(db.at(id).await, 0)
        };
        assert_eq!(db.record_failed(&[charge]).await, 1);
    }
    let groups = db.event_groups(9).await.expect("groups");
    let counts: Vec<_> = groups
        .iter()
        .map(|group| (group.error_key.as_str(), group.failed, group.retrying))
        .collect();
    assert_eq!(counts, [("large", 2, 1), ("fit", 1, 1)]);
    for group in &groups {
        let members = EventFilter {
            error_key: Some(group.error_key.clone()),
            ..open()
        };
        let members = db.list(&members).await;
        let sample = members.iter().find(|event| event.id == group.sample_id);
        let sample = sample.expect("the sample is one of them");
        assert_eq!(sample.last_error.as_deref(), Some(&*group.sample_error));
        let oldest = members.iter().map(|event| event.created_at).min();
        let last = members.iter().map(|event| event.failed_at).max();
        assert_eq!(oldest, Some(group.oldest));
        assert_eq!(last, Some(group.last_failed_at));
    }
    let first = db.event_groups(1).await.expect("groups");
    assert_eq!(first, groups[..1]);
    db.fail(db.at("pending").await).await;
    db.bring("retrying", EventStatus::Applied).await;
    let groups = db.event_groups(9).await.expect("groups");
    assert_eq!((groups[1].failed, groups[1].retrying), (2, 0), "{groups:?}");
}
