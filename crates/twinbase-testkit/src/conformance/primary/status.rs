//! The outbox in numbers, and what they are for each type.

use std::time::Duration;

use twinbase_core::{Key, Primary, Version, primary::OutboxStatus};

use super::{
    Database,
    support::{done, fail, failure, id, insert, note, opened, waiting, waiting_of},
};

/// Nothing, something, and failures that nobody tries again.
pub async fn the_status_counts_what_is_there(database: &dyn Database) {
    let primary = opened(database).await;
    assert_eq!(
        primary.status().await.expect("a status"),
        OutboxStatus::default()
    );
    done(&*primary, &insert(&["a", "b", "c"])).await;
    let events = waiting(&*primary).await;
    fail(&*primary, events[0].at).await;
    primary
        .record_failed(&[failure(events[1].at, 0)])
        .await
        .expect("charged");
    let status = primary.status().await.expect("a status");
    assert_eq!((status.backlog, status.retrying, status.failed), (2, 1, 1));
    let (pending, unapplied) = (status.oldest_pending, status.oldest_unapplied);
    assert!(
        pending.is_some_and(|age| age < Duration::from_mins(1)),
        "{status:?}"
    );
    assert!(unapplied >= pending, "{status:?}");
    let rest = [events[1].at, events[2].at];
    primary
        .mark_applied(&rest, &[(Key::new("person", id("x")), Version::new(1))])
        .await
        .expect("marked");
    let status = primary.status().await.expect("a status");
    assert_eq!((status.backlog, status.retrying, status.failed), (0, 0, 1));
    assert_eq!(status.oldest_pending, None);
    assert!(status.oldest_unapplied.is_some());
}

async fn by_type(primary: &dyn Primary) -> Vec<(String, OutboxStatus)> {
    let mut types: Vec<_> = primary
        .status_by_type()
        .await
        .expect("statuses")
        .into_iter()
        .map(|(name, status)| (name.to_string(), status))
        .collect();
    types.sort_by(|(a, _), (b, _)| a.cmp(b));
    types
}

/// Those that have something to tell, also of types that nobody here knows.
pub async fn each_type_has_its_own_numbers(database: &dyn Database) {
    let primary = opened(database).await;
    assert!(by_type(&*primary).await.is_empty());
    done(&*primary, &insert(&["a", "b", "c", "d"])).await;
    done(&*primary, &note("n", "a", "text")).await;
    let foreign = database.foreign_event("form", "f").await;
    foreign.expect("a foreign event");
    fail(&*primary, waiting_of(&*primary, "a").await[0].at).await;
    let charged = failure(waiting_of(&*primary, "b").await[0].at, 0);
    primary.record_failed(&[charged]).await.expect("charged");
    let applied = waiting_of(&*primary, "d").await[0].at;
    primary.mark_applied(&[applied], &[]).await.expect("marked");
    let numbers = |types: Vec<(String, OutboxStatus)>| {
        types
            .into_iter()
            .map(|(name, of)| (name, of.backlog, of.retrying, of.failed))
            .collect::<Vec<_>>()
    };
    let all = by_type(&*primary).await;
    for (name, status) in &all {
        assert!(
            status
                .oldest_pending
                .is_some_and(|age| age < Duration::from_mins(1)),
            "{name}"
        );
        assert!(status.oldest_unapplied >= status.oldest_pending, "{name}");
    }
    let expected = [("form", 1, 0, 0), ("note", 1, 0, 0), ("person", 2, 1, 1)];
    assert_eq!(
        numbers(all),
        expected.map(|(name, b, r, f)| (name.to_owned(), b, r, f))
    );
    let rest: Vec<_> = waiting(&*primary)
        .await
        .iter()
        .map(|event| event.at)
        .collect();
    primary.mark_applied(&rest, &[]).await.expect("marked");
    let failed = by_type(&*primary).await;
    assert_eq!(failed[0].1.oldest_pending, None);
    assert!(failed[0].1.oldest_unapplied.is_some());
    assert_eq!(numbers(failed), [("person".to_owned(), 0, 0, 1)]);
}
