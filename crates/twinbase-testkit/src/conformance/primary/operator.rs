//! Events as an operator finds them: by status, one by one, by cause.

use twinbase_core::{
    Clock as _, SystemClock, Version,
    primary::{EventFilter, EventRecord, EventStatus, FailedAttempt},
};

use super::{
    Database,
    stage::{REASON, bring, event_of, list, of_status, one_of_each, open, people},
    support::{delete, done, fail, failure, insert, opened, waiting_of},
};

/// Each event is in the list of its status alone, and what is not done is together.
pub async fn every_status_has_its_list(database: &dyn Database) {
    let primary = opened(database).await;
    for status in EventStatus::ALL {
        assert!(list(&*primary, &of_status(status)).await.is_empty());
    }
    one_of_each(&*primary).await;
    for status in EventStatus::ALL {
        let records = list(&*primary, &of_status(status)).await;
        assert_eq!(records.len(), 1, "{status:?}: {records:?}");
        assert_eq!(records[0].aggregate_id, status.name());
        assert_eq!(records[0].status, status);
    }
    let mut all = people(&*primary, &open()).await;
    all.sort();
    assert_eq!(all, ["failed", "pending", "retrying"]);
}

/// What it is, what went wrong, and what becomes of it.
pub async fn a_record_tells_what_is_known_of_an_event(database: &dyn Database) {
    let primary = opened(database).await;
    one_of_each(&*primary).await;
    let pending = event_of(&*primary, "pending").await;
    assert_eq!(pending.event_type, "person.created");
    assert_eq!(pending.aggregate_type, "person");
    assert_eq!((pending.version, pending.retry_count), (Version::new(1), 0));
    assert_eq!(pending.at, waiting_of(&*primary, "pending").await[0].at);
    let age = SystemClock.now().duration_since(pending.created_at);
    assert!(age.as_secs().abs() < 60, "{age}");
    let nothing = |event: &EventRecord| {
        (
            event.last_error.is_none(),
            event.error_key.is_none(),
            event.failed_at.is_none(),
        )
    };
    assert_eq!(nothing(&pending), (true, true, true));
    assert_eq!(
        (pending.processed_at, pending.next_attempt_at),
        (None, None)
    );

    for (id, count, has_next) in [("retrying", 1, true), ("failed", 6, false)] {
        let event = event_of(&*primary, id).await;
        assert_eq!(
            (event.retry_count, event.next_attempt_at.is_some()),
            (count, has_next)
        );
        assert_eq!(event.last_error.as_deref(), Some("it does not fit"));
        assert_eq!(event.error_key.as_deref(), Some("fit"));
        assert!(event.failed_at >= Some(event.created_at), "{event:?}");
        assert_eq!((event.processed_at, event.discard_reason), (None, None));
    }
    let applied = event_of(&*primary, "applied").await;
    assert!(applied.processed_at >= Some(applied.created_at));
    assert_eq!(applied.discard_reason, None);
    let discarded = event_of(&*primary, "discarded").await;
    assert!(discarded.processed_at >= Some(discarded.created_at));
    assert_eq!(discarded.discard_reason.as_deref(), Some(REASON));
}

/// The whole document, or the id of what is gone.
pub async fn an_event_is_shown_with_its_payload(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a"])).await;
    done(&*primary, &delete("a")).await;
    let records = list(&*primary, &open()).await;
    let mut payloads = Vec::new();
    for record in &records {
        let shown = primary.event(&record.id).await.expect("an event");
        let (same, payload) = shown.expect("it is there");
        assert_eq!(&same, record);
        payloads.push(serde_json::from_str::<serde_json::Value>(&payload).expect("JSON"));
    }
    assert_eq!(
        payloads[0],
        serde_json::json!({"id": "a"}),
        "the newest first"
    );
    assert_eq!(payloads[1]["name"], "name of a");
    assert_eq!(primary.event("nobody's").await.expect("an answer"), None);
    assert_eq!(primary.event("").await.expect("an answer"), None);
}

/// The largest first; what waits or is done belongs to none.
pub async fn failures_are_grouped_by_their_cause(database: &dyn Database) {
    let primary = opened(database).await;
    assert_eq!(primary.event_groups(9).await.expect("groups"), []);
    one_of_each(&*primary).await;
    done(&*primary, &insert(&["x", "y", "z"])).await;
    for (id, next_attempt_at) in [("x", None), ("y", Some(SystemClock.now())), ("z", None)] {
        let charge = FailedAttempt {
            error: format!("{id} is too large"),
            error_key: "large".to_owned(),
            next_attempt_at,
            ..failure(waiting_of(&*primary, id).await[0].at, 0)
        };
        assert_eq!(primary.record_failed(&[charge]).await.expect("a charge"), 1);
    }
    let groups = primary.event_groups(9).await.expect("groups");
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
        let members = list(&*primary, &members).await;
        let sample = members.iter().find(|event| event.id == group.sample_id);
        let sample = sample.expect("the sample is one of them");
        assert_eq!(sample.last_error.as_deref(), Some(&*group.sample_error));
        assert_eq!(
            members.iter().map(|e| e.created_at).min(),
            Some(group.oldest)
        );
        assert_eq!(
            members.iter().map(|e| e.failed_at).max(),
            Some(group.last_failed_at)
        );
    }
    let first = primary.event_groups(1).await.expect("groups");
    assert_eq!(first, groups[..1]);
    fail(&*primary, waiting_of(&*primary, "pending").await[0].at).await;
    bring(&*primary, "retrying", EventStatus::Applied).await;
    let groups = primary.event_groups(9).await.expect("groups");
    assert_eq!((groups[1].failed, groups[1].retrying), (2, 0), "{groups:?}");
}
