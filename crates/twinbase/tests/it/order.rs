//! Invariant 3: a document never goes back, and what is deleted stays deleted.

use std::time::Duration;

use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use twinbase::{
    prelude::*,
    sync::worker::{Engine, Signals},
};
use twinbase_testkit::{faults::Fault, wait};

use crate::{
    app::{Account, account},
    combination::{SOON, Setup, fast, on_every_combination},
};

on_every_combination!(
    a_paused_worker_cannot_undo_a_newer_write,
    a_paused_worker_cannot_bring_back_a_deleted_aggregate,
    a_batch_that_slept_too_long_is_read_again_instead_of_applied,
    an_old_event_of_a_deleted_aggregate_whose_tombstone_has_gone_brings_nothing_back,
    shuffled_and_repeated_history_changes_nothing,
    a_recreated_aggregate_goes_on_from_its_old_version,
);

async fn points(twin: &Twinbase, id: &AggregateId, points: i32) {
    let set = vec![Account::POINTS.set(points)];
    twin.update::<Account>(id, set).await.unwrap().unwrap();
}

/// A worker that has read the account's events and sleeps before it writes them.
async fn paused_worker(setup: &Setup) -> Worker {
    setup.faults.set(Fault::Hold);
    let worker = setup.twin.start_worker(fast()).unwrap();
    wait::until("the worker to hold a batch", SOON, async || {
        setup.faults.held() > 0
    })
    .await;
    worker
}

async fn a_paused_worker_cannot_undo_a_newer_write(setup: Setup) {
    let one = setup.twin.insert(&account("one")).await.unwrap();
    let paused = paused_worker(&setup).await;
    let other = setup.other().await;
    points(&other, &one.id, 5).await;
    other.drain(fast()).await.unwrap();
    assert_eq!(setup.document(&one.id).await.unwrap().points, 5);
    setup.faults.set(Fault::None);
    paused.stop().await;
    let document = setup.document(&one.id).await.unwrap();
    assert_eq!((document.points, document.version.get()), (5, 2));
    setup.agrees().await;
}

async fn a_paused_worker_cannot_bring_back_a_deleted_aggregate(setup: Setup) {
    let one = setup.twin.insert(&account("one")).await.unwrap();
    let paused = paused_worker(&setup).await;
    let other = setup.other().await;
    other.delete::<Account>(&one.id).await.unwrap();
    other.drain(fast()).await.unwrap();
    setup.faults.set(Fault::None);
    paused.stop().await;
    assert_eq!(setup.document(&one.id).await, None);
    setup.agrees().await;
}

async fn a_batch_that_slept_too_long_is_read_again_instead_of_applied(setup: Setup) {
    let one = setup.twin.insert(&account("one")).await.unwrap();
    let options = WorkerOptions {
        batch_max_age: Duration::ZERO,
        ..fast()
    };
    let sides = setup.twin.sides().clone();
    let mut engine = Engine::new(sides, options, Signals::default()).unwrap();
    assert_eq!(engine.run_once().await.unwrap(), 1);
    assert_eq!(setup.document(&one.id).await, None);
    assert_eq!(setup.twin.drain(fast()).await.unwrap(), 1);
    assert_eq!(setup.document(&one.id).await.unwrap(), one);
}

async fn an_old_event_of_a_deleted_aggregate_whose_tombstone_has_gone_brings_nothing_back(
    setup: Setup,
) {
    let one = setup.twin.insert(&account("one")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    setup.twin.delete::<Account>(&one.id).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let sides = setup.twin.sides();
    let later = sides.clock.now() + SOON;
    let swept = sides.replica.sweep(Account::schema(), later, 10).await;
    assert_eq!(swept.unwrap(), 1);
    // An operator has history applied once more, an hour later.
    setup
        .foreign(
            r#"update "Outbox" set processed = false, created_at = '2026-01-01T00:00:00.000Z'
            where event_type = 'account.created'"#,
        )
        .await;
    assert_eq!(setup.twin.drain(fast()).await.unwrap(), 1);
    assert_eq!(setup.document(&one.id).await, None);
    setup.agrees().await;
}

async fn shuffled_and_repeated_history_changes_nothing(setup: Setup) {
    let mut random = StdRng::seed_from_u64(3);
    for key in ["a", "b", "c"] {
        let id = setup.twin.insert(&account(key)).await.unwrap().id;
        for n in 1..6 {
            points(&setup.twin, &id, n).await;
        }
    }
    setup
        .twin
        .delete::<Account>(&crate::app::id("c"))
        .await
        .unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let before = setup.stored().await;
    let rows = setup
        .twin
        .query(r#"select seq from "Outbox""#, &[])
        .await
        .unwrap();
    let mut events: Vec<i64> = rows.iter().map(|row| row.get("seq").unwrap()).collect();
    assert_eq!(events.len(), 19);
    for _ in 0..3 {
        // History comes again, event by event, in another order.
        events.shuffle(&mut random);
        for seq in &events {
            setup
                .foreign(&format!(
                    r#"update "Outbox" set processed = false where seq = {seq}"#
                ))
                .await;
            setup.twin.drain(fast()).await.unwrap();
        }
        assert_eq!(setup.stored().await, before);
    }
    setup.agrees().await;
}

async fn a_recreated_aggregate_goes_on_from_its_old_version(setup: Setup) {
    let one = setup.twin.insert(&account("one")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let deleted = setup
        .twin
        .delete::<Account>(&one.id)
        .await
        .unwrap()
        .unwrap();
    setup.twin.drain(fast()).await.unwrap();
    assert_eq!(setup.document(&one.id).await, None);
    let again = setup.twin.insert(&account("one")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    assert_eq!((deleted.version.get(), again.version.get()), (2, 3));
    assert_eq!(setup.document(&one.id).await.unwrap(), again);
    setup.agrees().await;
}
