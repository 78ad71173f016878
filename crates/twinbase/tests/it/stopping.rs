//! Invariant 9: stopping is always safe.

use std::time::Duration;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use twinbase::{core::primary::PauseScope, prelude::*};
use twinbase_testkit::wait;

use crate::{
    app::{Account, account},
    combination::{SOON, Setup, fast, on_every_combination},
};

on_every_combination!(
    stopping_or_killing_a_worker_at_any_point_loses_nothing,
    a_stopped_worker_hands_its_leases_over_and_a_dead_ones_are_taken,
    a_pause_outlives_the_workers_that_obey_it,
);

async fn stopping_or_killing_a_worker_at_any_point_loses_nothing(setup: Setup) {
    let mut random = StdRng::seed_from_u64(11);
    let ids: Vec<_> = (0..40).map(|n| account(&format!("key-{n}"))).collect();
    setup.twin.insert_many(&ids).await.unwrap();
    let mut applied = 0;
    for round in 0..12 {
        let options = WorkerOptions {
            batch_events: 7,
            ..fast()
        };
        let worker = setup.twin.start_worker(options).unwrap();
        let set = vec![Account::POINTS.set(round)];
        setup
            .twin
            .update_where::<Account>(vec![], set)
            .await
            .unwrap();
        let until = applied + random.random_range(0..25);
        wait::until("some progress", SOON, async || {
            let done = applied_now(&setup).await;
            (done >= until).then_some(()).ok_or(done)
        })
        .await;
        if random.random_bool(0.5) {
            worker.stop().await;
        } else {
            worker.abort();
        }
        applied = applied_now(&setup).await;
    }
    setup.twin.drain(fast()).await.unwrap();
    assert_eq!(
        setup
            .number(r#"select count(*) from "Outbox" where processed = false"#)
            .await,
        0
    );
    assert!(
        setup
            .stored()
            .await
            .iter()
            .all(|stored| stored.version.get() == 13)
    );
    setup.agrees().await;
}

async fn applied_now(setup: &Setup) -> i64 {
    setup
        .number(r#"select count(*) from "Outbox" where processed = true"#)
        .await
}

/// Waits until the worker holds this many of the 16 partitions.
async fn holds(worker: &Worker, partitions: u32) {
    wait::until("its share of the partitions", SOON, async || {
        let status = worker.status();
        (status.partitions == partitions)
            .then_some(())
            .ok_or(format!("{status:?}"))
    })
    .await;
}

async fn a_stopped_worker_hands_its_leases_over_and_a_dead_ones_are_taken(setup: Setup) {
    let normal = WorkerOptions::default();
    assert!(normal.lease_ttl + normal.lease_renew < Duration::from_secs(10));
    let options = WorkerOptions {
        lease_ttl: Duration::from_secs(1),
        lease_renew: Duration::from_millis(100),
        ..fast()
    };
    let other = setup.other().await;
    let stays = other.start_worker(options.clone()).unwrap();
    holds(&stays, 16).await;
    for dies in [false, true] {
        let goes = setup.twin.start_worker(options.clone()).unwrap();
        holds(&goes, 8).await;
        holds(&stays, 8).await;
        let id = goes.status().id;
        if dies {
            goes.abort();
        } else {
            goes.stop().await;
            let left = setup.twin.sides().primary.workers().await.unwrap();
            assert!(left.iter().all(|worker| worker.report.id != id), "{left:?}");
        }
        holds(&stays, 16).await;
        let name = format!("after-{dies}");
        setup.twin.insert(&account(&name)).await.unwrap();
        setup.drained().await;
    }
    stays.stop().await;
    setup.agrees().await;
}

async fn a_pause_outlives_the_workers_that_obey_it(setup: Setup) {
    let everything = PauseScope::Everything;
    assert!(
        setup
            .twin
            .outbox()
            .pause(&everything, "a test")
            .await
            .unwrap()
    );
    setup.twin.insert(&account("one")).await.unwrap();
    for _ in 0..2 {
        let worker = setup.other().await.start_worker(fast()).unwrap();
        wait::until("a paused worker", SOON, async || {
            let status = worker.status();
            (status.state == WorkerState::Paused)
                .then_some(())
                .ok_or(format!("{status:?}"))
        })
        .await;
        assert_eq!(applied_now(&setup).await, 0);
        worker.stop().await;
    }
    let worker = setup.twin.start_worker(fast()).unwrap();
    assert!(setup.twin.outbox().resume(&everything).await.unwrap());
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}
