//! What is old goes; what is not done never does, and a head only when nothing can need it.

use std::time::Duration;

use twinbase_core::{
    Clock as _, Key, SystemClock, Version,
    primary::{EventStatus, PrimaryKind, Retired},
};

use super::{
    Opened, PERSON,
    stage::of_status,
    support::{award, delete, id, insert, note},
};

const HOUR: Duration = Duration::from_hours(1);

async fn retire(db: &Opened, limit: u32) -> Retired {
    let retired = db.retire(SystemClock.now() + HOUR, limit).await;
    retired.expect("retention")
}

async fn mark_all(db: &Opened) {
    db.mark(&db.places().await).await;
}

fn person(name: &str, version: i64) -> (Key, Version) {
    (Key::new("person", id(name)), Version::new(version))
}

/// Which of these people have a head.
async fn heads(db: &Opened, ids: &[&str]) -> Vec<String> {
    let states = db.states_of(&PERSON, ids).await;
    states.iter().map(|state| state.id.to_string()).collect()
}

/// `CockroachDB` removes rows by itself.
fn removes_by_itself(db: &Opened) -> bool {
    db.kind() == PrimaryKind::Cockroach
}

/// A few at a time, the oldest first.
pub async fn what_was_done_before_a_time_goes(db: Opened) {
    if removes_by_itself(&db) {
        return;
    }
    let ids = ["a", "b", "c", "d", "e"];
    for id in ids {
        db.done(&insert(&[id])).await;
        db.bring(id, EventStatus::Applied).await;
    }
    let early = db.retire(SystemClock.now() - HOUR, 9).await;
    assert_eq!(early.expect("nothing"), Retired::default());
    for (limit, left) in [(2, &ids[2..]), (0, &ids[2..]), (2, &ids[4..]), (9, &[])] {
        let before = db.people(&of_status(EventStatus::Applied)).await;
        let retired = retire(&db, limit).await;
        let mut now = db.people(&of_status(EventStatus::Applied)).await;
        assert_eq!(retired.removed, (before.len() - now.len()) as u64);
        now.reverse();
        assert_eq!(now, left);
    }
    assert!(db.people(&super::stage::open()).await.is_empty());
}

/// However old it is. What was discarded is done.
pub async fn what_is_not_done_stays(db: Opened) {
    if removes_by_itself(&db) {
        return;
    }
    db.one_of_each().await;
    assert_eq!(retire(&db, 9).await.removed, 2);
    let mut left = db.people(&super::stage::open()).await;
    left.sort();
    assert_eq!(left, ["failed", "pending", "retrying"]);
}

/// Deleted, nothing since, and the deletion is what has just been removed.
pub async fn aggregates_that_ended_are_told(db: Opened) {
    if removes_by_itself(&db) {
        return;
    }
    db.done(&insert(&["gone", "back", "there", "later"])).await;
    for id in ["gone", "back"] {
        db.done(&delete(id)).await;
    }
    db.done(&insert(&["back"])).await;
    db.done(&note("gone", "there", "text")).await;
    mark_all(&db).await;
    db.done(&delete("later")).await;
    let retired = retire(&db, 100).await;
    assert_eq!(retired.removed, 8);
    assert_eq!(retired.deleted, [person("gone", 2)]);
    mark_all(&db).await;
    let retired = retire(&db, 100).await;
    assert_eq!(
        (retired.removed, retired.deleted),
        (1, vec![person("later", 2)])
    );
}

/// The next one of that id begins anew.
pub async fn a_forgotten_head_is_gone(db: Opened) {
    db.done(&insert(&["a", "b", "c"])).await;
    for id in ["a", "b"] {
        db.done(&delete(id)).await;
    }
    mark_all(&db).await;
    let ended = [person("a", 2), person("nobody", 2), person("b", 2)];
    assert_eq!(db.forget(&ended).await, 2);
    assert_eq!(db.forget(&ended).await, 0);
    assert_eq!(db.forget(&[]).await, 0);
    assert_eq!(heads(&db, &["a", "b", "c"]).await, ["c"]);
    let again = db.only(&insert(&["a"])).await;
    assert_eq!(again.version, Version::new(1));
}

/// Somebody made it anew meanwhile.
pub async fn a_head_that_moved_is_not_forgotten(db: Opened) {
    db.done(&insert(&["a"])).await;
    db.done(&delete("a")).await;
    db.done(&insert(&["a"])).await;
    mark_all(&db).await;
    for version in [1, 2, 4] {
        let heads = [person("a", version)];
        assert_eq!(db.forget(&heads).await, 0, "{version}");
    }
    assert_eq!(db.only(&award("a")).await.version, Version::new(4));
}

/// It would be applied after the document's last trace is gone.
pub async fn a_head_with_an_event_that_is_not_done_is_not_forgotten(db: Opened) {
    db.done(&insert(&["failed", "pending", "retrying", "other"]))
        .await;
    for id in ["failed", "pending", "retrying", "other"] {
        let created = db.at(id).await;
        db.done(&delete(id)).await;
        let deleted = db.waiting_of(id).await[1].at;
        match id {
            "failed" => db.fail(created).await,
            "retrying" => db.bring(id, EventStatus::Retrying).await,
            "pending" => {}
            _ => db.bring(id, EventStatus::Applied).await,
        }
        db.mark(&[deleted]).await;
    }
    let ended = ["failed", "pending", "retrying", "other"].map(|id| person(id, 2));
    assert_eq!(db.forget(&ended).await, 1);
    let ids = ["failed", "pending", "retrying", "other"];
    let left = heads(&db, &ids).await;
    assert_eq!(left, ["failed", "pending", "retrying"]);
}
