//! Every fault of the network on either side, in an order that a seed chose, under writers, a worker and a watcher.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use twinbase::{core::Version, prelude::*};
use twinbase_testkit::wait;

use super::{ledger::Ledger, schedule, wires::Wires};
use crate::{
    app::Account,
    combination::{SOON, fast},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_network_does_nothing_is_lost_doubled_or_undone() {
    faults_on_either_side(20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_network_does_in_another_order_nothing_is_lost_doubled_or_undone() {
    faults_on_either_side(21).await;
}

async fn faults_on_either_side(seed: u64) {
    let Some(wires) = Wires::new("network_matrix", seed).await else {
        return;
    };
    println!("seed {seed}");
    let (ledger, over) = (Ledger::default(), Arc::new(AtomicBool::new(false)));
    let watcher = tokio::spawn(watch(wires.calm.clone(), over.clone()));
    let worker = wires.twin.start_worker(fast()).unwrap();
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let over = over.clone();
            let enough = move || over.load(Ordering::Relaxed);
            tokio::spawn(
                ledger
                    .clone()
                    .write(wires.twin.clone(), seed + writer, enough),
            )
        })
        .collect();
    let mut random = StdRng::seed_from_u64(seed);
    for (on_primary, on_replica) in schedule::all(&mut random) {
        // Everything gets through between two faults, so that each meets work.
        let (told, applied) = (ledger.told(), worker.status().applied);
        wait::until("writes and applies after a fault", SOON, async || {
            let now = (ledger.told(), worker.status());
            let moved = now.0 > told + 20 && now.1.applied > applied;
            moved.then_some(()).ok_or(format!("seed {seed}: {now:?}"))
        })
        .await;
        let jitter = random.random();
        tokio::join!(
            schedule::happens(on_primary, &wires.primary, jitter),
            schedule::happens(on_replica, &wires.replica, jitter ^ 1)
        );
    }
    over.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    wires.drained().await;
    worker.stop().await;
    let looks = watcher.await.unwrap();
    println!(
        "{} told, {} unknown, {looks} looks, {:?}, {:?}",
        ledger.told(),
        ledger.unknown(),
        wires.primary.statistics(),
        wires.replica.statistics()
    );
    assert!(ledger.unknown() > 0, "no answer was lost");
    ledger.holds(&wires).await;
    wires.all_is_well().await;
}

/// Looks at all documents again and again: a version never decreases, and nothing vanishes, because no account is deleted.
async fn watch(calm: Twinbase, over: Arc<AtomicBool>) -> u64 {
    let mut seen: HashMap<AggregateId, Version> = HashMap::new();
    let mut looks = tokio::time::interval(Duration::from_millis(5));
    let mut count = 0;
    while !over.load(Ordering::Relaxed) {
        looks.tick().await;
        let stored = calm.sides().replica.scan(Account::schema(), None, 1_000);
        let stored = stored.await.unwrap().found;
        count += 1;
        for id in seen.keys() {
            assert!(stored.iter().any(|stored| stored.id == *id), "{id} is gone");
        }
        for stored in stored {
            let before = seen.insert(stored.id.clone(), stored.version);
            assert!(
                before <= Some(stored.version),
                "{stored:?} after {before:?}"
            );
            assert!(!stored.deleted, "{stored:?}");
        }
    }
    count
}
