//! The outbox in numbers, and what they are for each type.

use std::{collections::BTreeMap, time::Duration};

use twinbase_core::{Key, Version, primary::OutboxStatus};

use super::{
    Opened,
    support::{failure, id, insert, note},
};

/// Nothing, something, and failures that nobody tries again.
pub async fn the_status_counts_what_is_there(db: Opened) {
    assert_eq!(db.status().await, OutboxStatus::default());
    db.done(&insert(&["a", "b", "c"])).await;
    let events = db.waiting().await;
    db.fail(events[0].at).await;
    db.record_failed(&[failure(events[1].at, 0)]).await;
    let status = db.status().await;
    assert_eq!((status.backlog, status.retrying, status.failed), (2, 1, 1));
    let (pending, unapplied) = (status.oldest_pending, status.oldest_unapplied);
    assert!(
        pending.is_some_and(|age| age < Duration::from_mins(1)),
        "{status:?}"
    );
    assert!(unapplied >= pending, "{status:?}");
    let rest = [events[1].at, events[2].at];
    db.mark_applied(&rest, &[(Key::new("person", id("x")), Version::new(1))])
        .await;
    let status = db.status().await;
    assert_eq!((status.backlog, status.retrying, status.failed), (0, 0, 1));
    assert_eq!(status.oldest_pending, None);
    assert!(status.oldest_unapplied.is_some());
}

/// Backlog, retrying and failed of each type, and its whole status.
async fn by_type(db: &Opened) -> BTreeMap<String, ([u64; 3], OutboxStatus)> {
    let types = db.status_by_type().await.expect("statuses");
    let numbers = |of: &OutboxStatus| [of.backlog, of.retrying, of.failed];
    let types = types.into_iter();
    types
        .map(|(name, of)| (name.to_string(), (numbers(&of), of)))
        .collect()
}

/// Those that have something to tell, also of types that nobody here knows.
pub async fn each_type_has_its_own_numbers(db: Opened) {
    assert!(by_type(&db).await.is_empty());
    db.done(&insert(&["a", "b", "c", "d"])).await;
    db.done(&note("n", "a", "text")).await;
    let foreign = db.database.foreign_event("form", "f").await;
    foreign.expect("a foreign event");
    db.fail(db.at("a").await).await;
    db.record_failed(&[failure(db.at("b").await, 0)]).await;
    db.mark(&[db.at("d").await]).await;
    let all = by_type(&db).await;
    assert_eq!(all.len(), 3);
    for (name, numbers) in [
        ("form", [1, 0, 0]),
        ("note", [1, 0, 0]),
        ("person", [2, 1, 1]),
    ] {
        let (found, status) = &all[name];
        assert_eq!(*found, numbers, "{name}");
        assert!(
            status.oldest_pending < Some(Duration::from_mins(1)),
            "{name}"
        );
        assert!(status.oldest_pending.is_some(), "{name}");
        assert!(status.oldest_unapplied >= status.oldest_pending, "{name}");
    }
    db.mark(&db.places().await).await;
    let failed = by_type(&db).await;
    assert_eq!(failed.len(), 1);
    let (numbers, status) = &failed["person"];
    assert_eq!(*numbers, [0, 0, 1]);
    assert_eq!(status.oldest_pending, None);
    assert!(status.oldest_unapplied.is_some());
}
