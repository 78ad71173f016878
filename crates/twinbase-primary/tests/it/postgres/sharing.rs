//! Leases under contention, and with a worker that is stopped in the middle.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use twinbase_core::{
    Partition,
    primary::{Store as _, WorkerReport, Workers as _},
};
use twinbase_primary::postgres::{Options, Postgres};

use super::{fresh, options};

const TTL: Duration = Duration::from_mins(10);

fn report(id: &str) -> WorkerReport {
    WorkerReport {
        id: id.to_owned(),
        machine: "it's a\nmachine; \\ $1".to_owned(),
        process: 1,
        state: "working".to_owned(),
        applied: 0,
        superseded: 0,
        failed_attempts: 0,
        failing: String::new(),
    }
}

async fn works(primary: &Postgres, id: &str, rounds: i64) {
    for round in 0..rounds {
        // No retries out here: what loses against another is tried again inside.
        primary.lease(&report(id), TTL).await.unwrap();
        if round % 5 == 4 {
            primary.release(id).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_workers_at_once_end_with_each_partition_held_once() {
    let Some(database) = fresh("sharing").await else {
        return;
    };
    let primary = Arc::new(database.connect(options()).await);
    primary.migrate(&[]).await.unwrap();
    let ids: Vec<String> = (0..8).map(|n| format!("w{n}")).collect();
    let tasks = ids.iter().cloned().map(|id| {
        let primary = Arc::clone(&primary);
        tokio::spawn(async move { works(&primary, &id, 20).await })
    });
    for task in join_all(tasks).await {
        task.unwrap();
    }
    let mut held = Vec::new();
    for _ in 0..2 {
        held.clear();
        for id in &ids {
            let leased = primary.lease(&report(id), TTL).await.unwrap();
            assert!(leased.held.len() <= 16);
            held.push(leased);
        }
    }
    assert!(held.iter().all(|leased| leased.held.len() == 2), "{held:?}");
    let mut all: Vec<Partition> = held.iter().flat_map(|leased| leased.held.clone()).collect();
    all.sort_unstable();
    assert_eq!(all, Partition::all().collect::<Vec<_>>());
}

#[tokio::test]
async fn leases_that_somebody_keeps_locked_are_contention_and_not_a_wait_for_ever() {
    let Some(database) = fresh("sharing_locked").await else {
        return;
    };
    let primary = database
        .connect(Options {
            lock_timeout: Duration::from_millis(50),
            ..options()
        })
        .await;
    primary.migrate(&[]).await.unwrap();
    let raw = database.raw().await;
    raw.batch_execute("begin; select 1 from twinbase_lease for update")
        .await
        .unwrap();
    let error = primary.lease(&report("w"), TTL).await.unwrap_err();
    assert!(
        matches!(error, twinbase_core::PrimaryError::Contention { .. }),
        "{error}"
    );
    raw.batch_execute("rollback").await.unwrap();
    let leased = primary.lease(&report("w"), TTL).await.unwrap();
    assert_eq!(leased.held.len(), 16);
    let told = primary.workers().await.unwrap().remove(0).report;
    assert_eq!(told, report("w"), "any text is told as it is");
}
