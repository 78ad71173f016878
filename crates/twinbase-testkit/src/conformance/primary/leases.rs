//! How workers share the partitions: fairly, without overlap, and never with the dead.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use twinbase_core::{
    Partition, Primary, PrimaryError,
    primary::{Leased, WorkerReport},
};

use super::{Database, support::opened};
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
    }
}

/// Renews for a long time.
async fn lease(primary: &dyn Primary, id: &str) -> Leased {
    lease_for(primary, id, LONG).await
}

/// Renews for a time.
async fn lease_for(primary: &dyn Primary, id: &str, ttl: Duration) -> Leased {
    let leased = primary.lease(&worker(id), ttl).await;
    leased.expect("leases")
}

/// Waits until a worker counts as dead.
async fn dead(primary: &dyn Primary, id: &str) {
    wait::until("the worker's leases to end", DEADLINE, async || {
        let workers = primary.workers().await.expect("workers");
        let found = workers.into_iter().find(|worker| worker.report.id == id);
        match found {
            Some(worker) if !worker.alive => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

/// Asserts that these are all partitions, each once.
fn assert_everything(leased: &[&Leased]) {
    let mut held: Vec<Partition> = leased.iter().flat_map(|l| l.held.clone()).collect();
    held.sort_unstable();
    assert_eq!(held, Partition::all().collect::<Vec<_>>());
}

/// In order, again and again.
pub async fn a_worker_alone_gets_every_partition(database: &dyn Database) {
    let primary = opened(database).await;
    for _ in 0..3 {
        let leased = lease(&*primary, "a").await;
        assert_eq!(leased.held, Partition::all().collect::<Vec<_>>());
        assert_eq!(leased.workers, 1);
    }
}

/// The second takes what the first has beyond its half, who learns of it when it renews.
pub async fn two_workers_share_half_each(database: &dyn Database) {
    let primary = opened(database).await;
    lease(&*primary, "a").await;
    let b = lease(&*primary, "b").await;
    let a = lease(&*primary, "a").await;
    for leased in [&a, &b] {
        assert_eq!(leased.held.len(), 8);
        assert!(leased.held.is_sorted());
        assert_eq!(leased.workers, 2);
    }
    assert_everything(&[&a, &b]);
    assert_eq!(lease(&*primary, "a").await, a, "renewing keeps");
    assert_eq!(lease(&*primary, "b").await, b, "renewing keeps");
}

/// The oldest has the one that is left over.
pub async fn a_third_worker_gets_its_share(database: &dyn Database) {
    let primary = opened(database).await;
    for (id, held) in [("a", 16), ("b", 8), ("c", 5)] {
        assert_eq!(begun(&*primary, id).await.held.len(), held);
    }
    check_shares(&*primary, &["a", "b", "c"], &[6, 5, 5]).await;
}

/// No share is rounded up at the cost of the last.
pub async fn no_worker_of_five_is_idle(database: &dyn Database) {
    let primary = opened(database).await;
    let ids = ["e", "d", "c", "b", "a"];
    for id in ids {
        begun(&*primary, id).await;
    }
    check_shares(&*primary, &ids, &[4, 3, 3, 3, 3]).await;
}

/// More workers than partitions: the youngest wait for others to go.
pub async fn a_seventeenth_worker_is_a_spare(database: &dyn Database) {
    let primary = opened(database).await;
    let ids: Vec<String> = (0..17).map(|n| format!("w{n:02}")).collect();
    for id in &ids {
        begun(&*primary, id).await;
    }
    assert_eq!(lease(&*primary, "w16").await.held, []);
    primary.release("w00").await.expect("a release");
    let spare = lease(&*primary, "w16").await;
    assert_eq!(spare.held.len(), 1);
}

/// Renews for the first time, later than everyone before by the database's clock, which is
/// read to the millisecond.
async fn begun(primary: &dyn Primary, id: &str) -> Leased {
    let newest = async || {
        let workers = primary.workers().await.expect("workers");
        workers.into_iter().map(|worker| worker.started_at).max()
    };
    let before = newest().await;
    wait::until("the clock to go on", DEADLINE, async || {
        let leased = lease(primary, id).await;
        if newest().await > before {
            return Some(leased);
        }
        primary.release(id).await.expect("a release");
        None
    })
    .await
}

/// Asserts what each holds, by another round of renewals and that nothing is left over.
async fn check_shares(primary: &dyn Primary, ids: &[&str], shares: &[usize]) {
    let mut all = Vec::new();
    for id in ids {
        all.push(lease(primary, id).await);
    }
    let held: Vec<usize> = all.iter().map(|leased| leased.held.len()).collect();
    assert_eq!(held, shares);
    let workers = ids.len();
    let is_shared = |leased: &Leased| leased.workers as usize == workers;
    assert!(all.iter().all(is_shared), "{all:?}");
    assert_everything(&all.iter().collect::<Vec<_>>());
}

/// As workers of several machines do; each call is one transaction.
pub async fn workers_that_renew_at_once_never_hold_the_same(database: &dyn Database) {
    let primary = opened(database).await;
    let settled = wait::until("four workers to share", DEADLINE, async || {
        let all = join_all(["a", "b", "c", "d"].map(|id| leased_at_once(&primary, id))).await;
        let counts: Vec<_> = all.iter().map(|leased| leased.held.len()).collect();
        (counts == [4, 4, 4, 4])
            .then_some(all)
            .ok_or(format!("{counts:?}"))
    })
    .await;
    assert_everything(&settled.iter().collect::<Vec<_>>());
    assert!(settled.iter().all(|leased| leased.workers == 4));
}

async fn leased_at_once(primary: &Arc<dyn Primary>, id: &'static str) -> Leased {
    let primary = Arc::clone(primary);
    let work = async move {
        loop {
            match primary.lease(&worker(id), LONG).await {
                Err(PrimaryError::Contention { .. }) => {}
                leased => return leased.expect("leases"),
            }
        }
    };
    tokio::spawn(work).await.expect("a worker")
}

/// The others have it with their next call.
pub async fn a_release_hands_over_at_the_next_call(database: &dyn Database) {
    let primary = opened(database).await;
    for id in ["a", "b", "a", "b"] {
        lease(&*primary, id).await;
    }
    primary.release("a").await.expect("a release");
    let workers = primary.workers().await.expect("workers");
    assert_eq!(workers.len(), 1, "{workers:?}");
    let b = lease(&*primary, "b").await;
    assert_everything(&[&b]);
    assert_eq!(b.workers, 1);
    primary.release("a").await.expect("nothing to release");
    primary.release("nobody").await.expect("nothing to release");
    assert_eq!(lease(&*primary, "b").await, b);
}

/// By whoever renews next.
pub async fn an_expired_lease_is_taken_over(database: &dyn Database) {
    let primary = opened(database).await;
    lease(&*primary, "a").await;
    lease(&*primary, "b").await;
    lease_for(&*primary, "a", SHORT).await;
    let heir = wait::until("the lease to expire", DEADLINE, async || {
        let leased = lease(&*primary, "b").await;
        (leased.held.len() == 16).then_some(leased)
    })
    .await;
    assert_eq!(heir.workers, 1);
}

/// It was late, and nobody else was there.
pub async fn an_expired_lease_that_nobody_took_is_kept(database: &dyn Database) {
    let primary = opened(database).await;
    lease_for(&*primary, "a", SHORT).await;
    dead(&*primary, "a").await;
    let again = lease(&*primary, "a").await;
    assert_everything(&[&again]);
    assert_eq!(again.workers, 1);
}

/// Since when, until when, and what it says that it does.
pub async fn a_worker_is_seen_as_it_reported_last(database: &dyn Database) {
    let primary = opened(database).await;
    lease(&*primary, "a").await;
    let first = primary.workers().await.expect("workers").remove(0);
    assert_eq!(first.report, worker("a"));
    assert_eq!((first.alive, first.partitions), (true, 16));
    assert_eq!(first.started_at, first.seen_at);
    let told = WorkerReport {
        state: "catching up".to_owned(),
        applied: 9_007_199_254_740_993,
        superseded: 2,
        failed_attempts: 3,
        ..worker("a")
    };
    let later = wait::until("a later renewal", DEADLINE, async || {
        primary.lease(&told, SHORT).await.expect("leases");
        let worker = primary.workers().await.expect("workers").remove(0);
        (worker.seen_at > first.seen_at).then_some(worker)
    })
    .await;
    assert_eq!(later.report, told);
    assert_eq!(later.started_at, first.started_at);
    dead(&*primary, "a").await;
    let dead = primary.workers().await.expect("workers").remove(0);
    assert_eq!((dead.report, dead.partitions), (told, 0));
}
