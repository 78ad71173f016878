//! What is old goes; what is not done never does, and a head only when nothing can need it.

use std::time::Duration;

use twinbase_core::{
    Clock as _, EventRef, Key, Primary, SystemClock, Version,
    primary::{EventStatus, PrimaryKind, Retired},
};

use super::{
    Database, PERSON,
    stage::{bring, of_status, one_of_each, people},
    support::{award, delete, done, fail, id, insert, note, only, opened, waiting, waiting_of},
};

const HOUR: Duration = Duration::from_hours(1);

async fn retire(primary: &dyn Primary, limit: u32) -> Retired {
    let retired = primary.retire(SystemClock.now() + HOUR, limit).await;
    retired.expect("retention")
}

async fn mark_all(primary: &dyn Primary) {
    let places: Vec<EventRef> = waiting(primary).await.iter().map(|e| e.at).collect();
    primary.mark_applied(&places, &[]).await.expect("marks");
}

fn person(name: &str, version: i64) -> (Key, Version) {
    (Key::new("person", id(name)), Version::new(version))
}

/// Which of these people have a head.
async fn heads(primary: &dyn Primary, ids: &[&str]) -> Vec<String> {
    let ids: Vec<_> = ids.iter().map(|text| id(text)).collect();
    let states = primary.states_of(&PERSON, &ids).await.expect("states");
    let mut found: Vec<_> = states.iter().map(|state| state.id.to_string()).collect();
    found.sort();
    found
}

/// `CockroachDB` removes rows by itself.
fn removes_by_itself(primary: &dyn Primary) -> bool {
    primary.kind() == PrimaryKind::Cockroach
}

/// A few at a time, the oldest first.
pub async fn what_was_done_before_a_time_goes(database: &dyn Database) {
    let primary = opened(database).await;
    if removes_by_itself(&*primary) {
        return;
    }
    let ids = ["a", "b", "c", "d", "e"];
    for id in ids {
        done(&*primary, &insert(&[id])).await;
        bring(&*primary, id, EventStatus::Applied).await;
    }
    let early = primary.retire(SystemClock.now() - HOUR, 9).await;
    assert_eq!(early.expect("nothing"), Retired::default());
    for (limit, left) in [(2, &ids[2..]), (0, &ids[2..]), (2, &ids[4..]), (9, &[])] {
        let before = people(&*primary, &of_status(EventStatus::Applied)).await;
        let retired = retire(&*primary, limit).await;
        let mut now = people(&*primary, &of_status(EventStatus::Applied)).await;
        assert_eq!(retired.removed, (before.len() - now.len()) as u64);
        now.reverse();
        assert_eq!(now, left);
    }
    assert!(people(&*primary, &super::stage::open()).await.is_empty());
}

/// However old it is. What was discarded is done.
pub async fn what_is_not_done_stays(database: &dyn Database) {
    let primary = opened(database).await;
    if removes_by_itself(&*primary) {
        return;
    }
    one_of_each(&*primary).await;
    assert_eq!(retire(&*primary, 9).await.removed, 2);
    let mut left = people(&*primary, &super::stage::open()).await;
    left.sort();
    assert_eq!(left, ["failed", "pending", "retrying"]);
}

/// Deleted, nothing since, and the deletion is what has just been removed.
pub async fn aggregates_that_ended_are_told(database: &dyn Database) {
    let primary = opened(database).await;
    if removes_by_itself(&*primary) {
        return;
    }
    done(&*primary, &insert(&["gone", "back", "there", "later"])).await;
    for id in ["gone", "back"] {
        done(&*primary, &delete(id)).await;
    }
    done(&*primary, &insert(&["back"])).await;
    done(&*primary, &note("gone", "there", "text")).await;
    mark_all(&*primary).await;
    done(&*primary, &delete("later")).await;
    let retired = retire(&*primary, 100).await;
    assert_eq!(retired.removed, 8);
    assert_eq!(retired.deleted, [person("gone", 2)]);
    mark_all(&*primary).await;
    let retired = retire(&*primary, 100).await;
    assert_eq!(
        (retired.removed, retired.deleted),
        (1, vec![person("later", 2)])
    );
}

/// The next one of that id begins anew.
pub async fn a_forgotten_head_is_gone(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a", "b", "c"])).await;
    for id in ["a", "b"] {
        done(&*primary, &delete(id)).await;
    }
    mark_all(&*primary).await;
    let ended = [person("a", 2), person("nobody", 2), person("b", 2)];
    assert_eq!(primary.forget(&ended).await.expect("heads"), 2);
    assert_eq!(primary.forget(&ended).await.expect("nothing"), 0);
    assert_eq!(primary.forget(&[]).await.expect("nothing"), 0);
    assert_eq!(heads(&*primary, &["a", "b", "c"]).await, ["c"]);
    let again = only(done(&*primary, &insert(&["a"])).await);
    assert_eq!(again.version, Version::new(1));
}

/// Somebody made it anew meanwhile.
pub async fn a_head_that_moved_is_not_forgotten(database: &dyn Database) {
    let primary = opened(database).await;
    done(&*primary, &insert(&["a"])).await;
    done(&*primary, &delete("a")).await;
    done(&*primary, &insert(&["a"])).await;
    mark_all(&*primary).await;
    for version in [1, 2, 4] {
        let heads = [person("a", version)];
        assert_eq!(
            primary.forget(&heads).await.expect("nothing"),
            0,
            "{version}"
        );
    }
    assert_eq!(
        only(done(&*primary, &award("a")).await).version,
        Version::new(4)
    );
}

/// It would be applied after the document's last trace is gone.
pub async fn a_head_with_an_event_that_is_not_done_is_not_forgotten(database: &dyn Database) {
    let primary = opened(database).await;
    done(
        &*primary,
        &insert(&["failed", "pending", "retrying", "other"]),
    )
    .await;
    for id in ["failed", "pending", "retrying", "other"] {
        let created = waiting_of(&*primary, id).await[0].at;
        done(&*primary, &delete(id)).await;
        let deleted = waiting_of(&*primary, id).await[1].at;
        match id {
            "failed" => fail(&*primary, created).await,
            "retrying" => bring(&*primary, id, EventStatus::Retrying).await,
            "pending" => {}
            _ => bring(&*primary, id, EventStatus::Applied).await,
        }
        primary.mark_applied(&[deleted], &[]).await.expect("a mark");
    }
    let ended = ["failed", "pending", "retrying", "other"].map(|id| person(id, 2));
    assert_eq!(primary.forget(&ended).await.expect("heads"), 1);
    let ids = ["failed", "pending", "retrying", "other"];
    let left = heads(&*primary, &ids).await;
    assert_eq!(left, ["failed", "pending", "retrying"]);
}
