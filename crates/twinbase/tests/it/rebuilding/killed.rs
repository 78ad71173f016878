//! Processes that are killed at every step of a rebuild: another one ends it.

use std::{collections::BTreeSet, time::Duration};

use twinbase::{core::primary::Phase, prelude::*, sync::rebuild::RebuildOptions};
use twinbase_testkit::{
    faults::{ContendedPrimary, Halt},
    wait,
};

use super::{ACCOUNTS, SECOND, brief, filled, is_there, reaches, slowly, status};
use crate::{
    app::{Account, id},
    combination::{SOON, Setup, builder, on_every_combination},
};

on_every_combination!(
    a_rebuild_that_is_killed_at_every_step_ends_right,
    a_rollback_that_is_killed_at_every_step_ends_right,
    a_rebuild_whose_worker_is_dead_says_so_and_has_no_rate,
);

/// Has one worker after the other begin, each killed at its first step: before the step is recorded, and the next one after it, so
/// that every step meets both. Returns the phases in which that was.
async fn killed_at_every_step(setup: &Setup, until: Phase) -> BTreeSet<Phase> {
    let mut phases = BTreeSet::new();
    let mut halts = [Halt::Before, Halt::After].into_iter().cycle();
    let mut points = 0;
    loop {
        let other = setup.other().await;
        let (primary, contention) = ContendedPrimary::new(other.sides().primary.clone());
        let before = status(&setup.twin).await.phase;
        // What has no name that counts yet gets a new one from each worker.
        let after = u32::from(before == Phase::Requested && points % 4 > 1);
        contention.halt("record_collection", halts.next().unwrap(), after);
        let twin = builder()
            .open_primary(primary)
            .open_replica(other.sides().replica.clone())
            .open()
            .await
            .unwrap();
        let worker = twin.start_worker(brief()).unwrap();
        // Writes go on all the time.
        let set = vec![Account::POINTS.increase(1)];
        let key = id(format!("key-{:05}", points % 20));
        let written = twin.update::<Account>(&key, set).await.unwrap().unwrap();
        let reader = setup.other().await;
        let read = reader.collection::<Account>();
        let read = read.at_least(&written.token(), SOON).get(&key).await;
        assert!(read.unwrap().value.unwrap().version >= written.version);
        let is_over = wait::until("a step, or the end", SOON, async || {
            let now = status(&setup.twin).await;
            let is_over = now.phase == until;
            (is_over || contention.is_halted())
                .then_some(is_over)
                .ok_or(format!("{now:?}"))
        })
        .await;
        worker.abort();
        if is_over && !contention.is_halted() {
            return phases;
        }
        phases.insert(before);
        points += 1;
    }
}

async fn ends_well(setup: &Setup) {
    let worker = setup.twin.start_worker(brief()).unwrap();
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}

async fn a_rebuild_that_is_killed_at_every_step_ends_right(setup: Setup) {
    // More than one page, so that it is killed between pages as well.
    filled(&setup, 1_500).await;
    let options = RebuildOptions {
        keep: Duration::ZERO,
        ..RebuildOptions::default()
    };
    let rebuilds = setup.twin.rebuilds();
    rebuilds.start(ACCOUNTS, &options).await.unwrap();
    let phases = killed_at_every_step(&setup, Phase::Ended).await;
    let all = [
        Phase::Requested,
        Phase::Filling,
        Phase::Indexing,
        Phase::Verifying,
        Phase::Settling,
        Phase::Dropping,
    ];
    assert!(all.iter().all(|of| phases.contains(of)), "{phases:?}");
    let end = status(&setup.twin).await;
    // Each attempt to begin takes a name of its own.
    assert!(
        end.serving.starts_with("accounts_g") && end.error.is_none(),
        "{end:?}"
    );
    assert_eq!(end.beside, None);
    let replica = setup.twin.sides().replica.clone();
    // MongoDB has a view of that name then, which is no collection.
    assert!(!is_there(&*replica, 1).await);
    ends_well(&setup).await;
}

async fn a_rollback_that_is_killed_at_every_step_ends_right(setup: Setup) {
    filled(&setup, 50).await;
    let worker = setup.twin.start_worker(brief()).unwrap();
    let end = super::rebuilt(&setup.twin, &RebuildOptions::default()).await;
    assert_eq!(end.serving, SECOND, "{end:?}");
    reaches(&setup.twin, &[Phase::Kept]).await;
    worker.abort();
    let back = setup.twin.rebuilds().roll_back(ACCOUNTS).await.unwrap();
    assert_eq!(back.serving, ACCOUNTS);
    let phases = killed_at_every_step(&setup, Phase::Kept).await;
    assert!(phases.contains(&Phase::Settling), "{phases:?}");
    setup.twin.rebuilds().cancel(ACCOUNTS).await.unwrap();
    let phases = killed_at_every_step(&setup, Phase::Ended).await;
    assert!(phases.contains(&Phase::Dropping), "{phases:?}");
    let replica = setup.twin.sides().replica.clone();
    assert!(is_there(&*replica, 1).await && !is_there(&*replica, 2).await);
    ends_well(&setup).await;
}

async fn a_rebuild_whose_worker_is_dead_says_so_and_has_no_rate(setup: Setup) {
    filled(&setup, 400).await;
    let killed = setup.other().await;
    let worker = killed.start_worker(brief()).unwrap();
    let rebuilds = setup.twin.rebuilds();
    rebuilds.start(ACCOUNTS, &slowly(100)).await.unwrap();
    wait::until("a rate", SOON, async || {
        let now = status(&setup.twin).await;
        (now.rows_per_second > 0 && now.eta_seconds.is_some() && !now.without_worker)
            .then_some(())
            .ok_or(format!("{now:?}"))
    })
    .await;
    worker.abort();
    let idle = wait::until("that nobody works on it", SOON, async || {
        let now = status(&setup.twin).await;
        now.without_worker.then_some(now)
    })
    .await;
    assert!(idle.without_worker_since.is_some(), "{idle:?}");
    assert_eq!((idle.rows_per_second, idle.eta_seconds), (0, None));
    assert_eq!(rebuilds.list().await.unwrap(), [idle]);
    let health = setup.twin.health().await;
    assert!(health.rebuilds.unwrap()[0].without_worker);
    let worker = setup.twin.start_worker(brief()).unwrap();
    let end = rebuilds.follow(ACCOUNTS, |_| {}).await.unwrap();
    assert!(!end.without_worker, "{end:?}");
    worker.stop().await;
    setup.agrees().await;
}
