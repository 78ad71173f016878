//! How workers share the partitions: fairly, without overlap, and never with the dead.

use std::time::Duration;

use futures_util::future::join_all;
use twinbase_core::{
    Partition, PrimaryError, Version,
    primary::{Cause, Leased, WorkerReport},
};

use super::Opened;
use crate::wait;

/// Longer than any test.
pub(super) const LONG: Duration = Duration::from_mins(10);
/// Over before anybody looks.
const SHORT: Duration = Duration::from_millis(1);
/// How long a loaded machine may take to let a short lease end.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

/// A worker that has just begun.
pub(super) fn worker(id: &str) -> WorkerReport {
    WorkerReport {
        id: id.to_owned(),
        machine: "machine/boot".to_owned(),
        process: 4_294_967_295,
        state: "starting".to_owned(),
        applied: 0,
        superseded: 0,
        failed_attempts: 0,
        failing: String::new(),
    }
}

/// Renews for a long time.
async fn lease(db: &Opened, id: &str) -> Leased {
    db.lease(&worker(id), LONG).await.expect("leases")
}

/// Renews for no time.
async fn lease_shortly(db: &Opened, id: &str) {
    db.lease(&worker(id), SHORT).await.expect("leases");
}

/// Waits until a worker counts as dead.
async fn dead(db: &Opened, id: &str) {
    wait::until("the worker's leases to end", DEADLINE, async || {
        let workers = db.workers().await;
        let found = workers.into_iter().find(|worker| worker.report.id == id);
        match found {
            Some(worker) if !worker.alive => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

/// Asserts that these share all partitions, each once, and know of each other.
fn assert_everything<'a>(leased: impl IntoIterator<Item = &'a Leased>) {
    let leased: Vec<_> = leased.into_iter().collect();
    let mut held: Vec<Partition> = leased.iter().flat_map(|l| l.held.clone()).collect();
    held.sort_unstable();
    assert_eq!(held, Partition::all().collect::<Vec<_>>());
    let mut workers = leased.iter().map(|leased| leased.workers as usize);
    assert!(workers.all(|workers| workers == leased.len()), "{leased:?}");
}

/// In order, again and again.
pub async fn a_worker_alone_gets_every_partition(db: Opened) {
    for _ in 0..3 {
        let leased = lease(&db, "a").await;
        assert!(leased.held.is_sorted());
        assert_everything([&leased]);
    }
}

/// The second takes what the first has beyond its half, who learns of it when it renews.
pub async fn two_workers_share_half_each(db: Opened) {
    lease(&db, "a").await;
    let b = lease(&db, "b").await;
    let a = lease(&db, "a").await;
    for leased in [&a, &b] {
        assert_eq!(leased.held.len(), 8);
        assert!(leased.held.is_sorted());
    }
    assert_everything([&a, &b]);
    assert_eq!(lease(&db, "a").await, a, "renewing keeps");
    assert_eq!(lease(&db, "b").await, b, "renewing keeps");
}

/// The oldest has the one that is left over.
pub async fn a_third_worker_gets_its_share(db: Opened) {
    for (id, held) in [("a", 16), ("b", 8), ("c", 5)] {
        assert_eq!(begun(&db, id).await.held.len(), held);
    }
    check_shares(&db, &["a", "b", "c"], &[6, 5, 5]).await;
}

/// No share is rounded up at the cost of the last.
pub async fn no_worker_of_five_is_idle(db: Opened) {
    let ids = ["e", "d", "c", "b", "a"];
    for id in ids {
        begun(&db, id).await;
    }
    check_shares(&db, &ids, &[4, 3, 3, 3, 3]).await;
}

/// More workers than partitions: the youngest wait for others to go.
pub async fn a_seventeenth_worker_is_a_spare(db: Opened) {
    let ids: Vec<String> = (0..17).map(|n| format!("w{n:02}")).collect();
    for id in &ids {
        begun(&db, id).await;
    }
    assert_eq!(lease(&db, "w16").await.held, []);
    db.release("w00").await.expect("a release");
    let spare = lease(&db, "w16").await;
    assert_eq!(spare.held.len(), 1);
}

/// Renews for the first time, later than everyone before by the database's clock, which is
/// read to the millisecond.
async fn begun(db: &Opened, id: &str) -> Leased {
    let newest = async || {
        let workers = db.workers().await;
        workers.into_iter().map(|worker| worker.started_at).max()
    };
    let before = newest().await;
    wait::until("the clock to go on", DEADLINE, async || {
        let leased = lease(db, id).await;
        if newest().await > before {
            return Some(leased);
        }
        db.release(id).await.expect("a release");
        None
    })
    .await
}

/// Asserts what each holds, by another round of renewals and that nothing is left over.
async fn check_shares(db: &Opened, ids: &[&str], shares: &[usize]) {
    let mut all = Vec::new();
    for id in ids {
        all.push(lease(db, id).await);
    }
    let held: Vec<usize> = all.iter().map(|leased| leased.held.len()).collect();
    assert_eq!(held, shares);
    assert_everything(&all);
}

/// As workers of several machines do; each call is one transaction.
pub async fn workers_that_renew_at_once_never_hold_the_same(db: Opened) {
    let settled = wait::until("four workers to share", DEADLINE, async || {
        let all = join_all(["a", "b", "c", "d"].map(|id| leased_at_once(&db, id))).await;
        let counts: Vec<_> = all.iter().map(|leased| leased.held.len()).collect();
        (counts == [4, 4, 4, 4])
            .then_some(all)
            .ok_or(format!("{counts:?}"))
    })
    .await;
    assert_everything(&settled);
}

async fn leased_at_once(db: &Opened, id: &'static str) -> Leased {
    let db = db.clone();
    let work = async move {
        loop {
            match db.lease(&worker(id), LONG).await {
                Err(PrimaryError::Contention { .. }) => {}
                leased => return leased.expect("leases"),
            }
        }
    };
    tokio::spawn(work).await.expect("a worker")
}

/// The others have it with their next call.
pub async fn a_release_hands_over_at_the_next_call(db: Opened) {
    for id in ["a", "b", "a", "b"] {
        lease(&db, id).await;
    }
    db.release("a").await.expect("a release");
    let workers = db.workers().await;
    assert_eq!(workers.len(), 1, "{workers:?}");
    let b = lease(&db, "b").await;
    assert_everything([&b]);
    db.release("a").await.expect("nothing to release");
    db.release("nobody").await.expect("nothing to release");
    assert_eq!(lease(&db, "b").await, b);
}

/// By whoever renews next.
pub async fn an_expired_lease_is_taken_over(db: Opened) {
    lease(&db, "a").await;
    lease(&db, "b").await;
    lease_shortly(&db, "a").await;
    let heir = wait::until("the lease to expire", DEADLINE, async || {
        let leased = lease(&db, "b").await;
        (leased.held.len() == 16).then_some(leased)
    })
    .await;
    assert_eq!(heir.workers, 1);
}

/// It was late, and nobody else was there.
pub async fn an_expired_lease_that_nobody_took_is_kept(db: Opened) {
    lease_shortly(&db, "a").await;
    dead(&db, "a").await;
    let again = lease(&db, "a").await;
    assert_everything([&again]);
}

/// Since when, until when, and what it says that it does.
pub async fn a_worker_is_seen_as_it_reported_last(db: Opened) {
    lease(&db, "a").await;
    let first = db.workers().await.remove(0);
    assert_eq!(first.report, worker("a"));
    assert_eq!((first.alive, first.partitions), (true, 16));
    assert_eq!(first.started_at, first.seen_at);
    let told = WorkerReport {
        state: "catching up".to_owned(),
        applied: 9_007_199_254_740_993,
        superseded: 2,
        failed_attempts: 3,
        failing: "todos refused".to_owned(),
        ..worker("a")
    };
    let later = wait::until("a later renewal", DEADLINE, async || {
        db.lease(&told, SHORT).await.expect("leases");
        let worker = db.workers().await.remove(0);
        (worker.seen_at > first.seen_at).then_some(worker)
    })
    .await;
    assert_eq!(later.report, told);
    assert_eq!(later.started_at, first.started_at);
    dead(&db, "a").await;
    let dead = db.workers().await.remove(0);
    assert_eq!((dead.report, dead.partitions), (told, 0));
}

/// A worker that was killed before the clock went back would hold its partitions for as long as the jump was.
pub async fn who_was_seen_before_the_clock_went_back_holds_nothing(db: Opened) {
    lease(&db, "dead").await;
    let ahead = "update twinbase_worker set started_at = '2099-01-01T00:00:00.000Z', \
        seen_at = '2099-01-01T00:00:00.000Z', expires_at = '2099-01-01T00:10:00.000Z'";
    db.foreign(&[ahead]).await;
    let found = db.workers().await;
    assert!(!found[0].alive && found[0].partitions == 0, "{found:?}");
    assert_everything([&lease(&db, "b").await]);
    // One that lives says so with its next renewal.
    lease(&db, "dead").await;
    assert_eq!(lease(&db, "b").await.workers, 2);
}

/// What is made meanwhile would be in the way of the dump with which it is filled.
pub async fn an_emptied_primary_gives_no_leases_and_gets_no_row(db: Opened) {
    lease(&db, "a").await;
    db.foreign(&["delete from twinbase_lease", "delete from twinbase_worker"])
        .await;
    let refused = db.lease(&worker("a"), LONG).await;
    assert!(
        matches!(&refused, Err(PrimaryError::Refused { reason, .. }) if reason.contains("`recover`")),
        "{refused:?}"
    );
    assert_eq!(db.workers().await.len(), 0);
    db.raise_floor(Version::new(7), Cause::Operator)
        .await
        .expect("a floor");
    assert_everything([&lease(&db, "a").await]);
}
