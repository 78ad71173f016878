//! Rebuilds that are killed, paused, cancelled or refused.

use twinbase::{
    core::primary::Phase,
    prelude::*,
    sync::rebuild::{RebuildError, RebuildOptions},
};
use twinbase_testkit::{faults::Fault, wait};

use super::{ACCOUNTS, SECOND, brief, filled, is_there, reaches, rebuilt, slowly, status};
use crate::{
    app::{Account, id},
    combination::{SOON, Setup, fast, on_every_combination},
};

on_every_combination!(
    a_rebuild_goes_on_where_its_worker_was_killed,
    a_comparison_of_a_rebuild_goes_on_where_its_worker_was_killed,
    a_paused_rebuild_rests_and_a_cancelled_one_leaves_nothing,
    what_the_new_collection_refuses_stops_the_rebuild_and_fails_no_event,
    what_both_collections_refuse_is_no_obstacle,
    without_a_worker_readers_that_move_are_not_waited_for,
);

async fn a_rebuild_goes_on_where_its_worker_was_killed(setup: Setup) {
    filled(&setup, 1_200).await;
    let rebuilds = setup.twin.rebuilds();
    rebuilds.start(ACCOUNTS, &slowly(1_500)).await.unwrap();
    let mut seen = 0;
    for round in 0..40 {
        let worker = setup.twin.start_worker(brief()).unwrap();
        let set = vec![Account::POINTS.set(round)];
        let key = id(format!("key-{round:05}"));
        setup.twin.update::<Account>(&key, set).await.unwrap();
        let before = status(&setup.twin).await;
        // Whatever it does next, it is killed after it.
        let moved = wait::until("the rebuild to go on", SOON, async || {
            let now = status(&setup.twin).await;
            let moved = now.phase != before.phase || now.filled > before.filled;
            moved.then_some(now).ok_or(format!("{before:?}"))
        });
        let now = moved.await;
        assert!(now.phase > Phase::Filling || now.filled >= seen, "{now:?}");
        seen = now.filled;
        worker.abort();
        if now.is_over() {
            break;
        }
    }
    let end = status(&setup.twin).await;
    assert_eq!(
        (end.serving.as_str(), &end.error),
        (SECOND, &None),
        "{end:?}"
    );
    let worker = setup.twin.start_worker(brief()).unwrap();
    setup.drained().await;
    reaches(&setup.twin, &[Phase::Kept]).await;
    worker.stop().await;
    setup.agrees().await;
}

async fn a_comparison_of_a_rebuild_goes_on_where_its_worker_was_killed(setup: Setup) {
    filled(&setup, 2_000).await;
    let rebuilds = setup.twin.rebuilds();
    rebuilds.start(ACCOUNTS, &slowly(1_000)).await.unwrap();
    let worker = setup.twin.start_worker(brief()).unwrap();
    let before = wait::until("half of the comparison", SOON, async || {
        let now = status(&setup.twin).await;
        let is_half = now.phase == Phase::Verifying && now.compared >= 2_000;
        is_half.then_some(now.clone()).ok_or(format!("{now:?}"))
    });
    let before = before.await;
    worker.abort();
    let worker = setup.twin.start_worker(brief()).unwrap();
    wait::until("the comparison to go on", SOON, async || {
        let now = status(&setup.twin).await;
        assert!(now.compared >= before.compared, "{now:?}");
        let moved = now.phase != Phase::Verifying || now.compared > before.compared;
        moved.then_some(()).ok_or(format!("{now:?}"))
    })
    .await;
    reaches(&setup.twin, &[Phase::Kept]).await;
    worker.stop().await;
    setup.agrees().await;
}

async fn a_paused_rebuild_rests_and_a_cancelled_one_leaves_nothing(setup: Setup) {
    filled(&setup, 600).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    let rebuilds = setup.twin.rebuilds();
    rebuilds.start(ACCOUNTS, &slowly(400)).await.unwrap();
    let busy = rebuilds.start(ACCOUNTS, &slowly(400)).await.unwrap_err();
    assert!(matches!(busy, RebuildError::Busy { .. }), "{busy}");
    wait::until("some rows", SOON, async || {
        status(&setup.twin).await.filled > 0
    })
    .await;
    let paused = rebuilds.pause(ACCOUNTS).await.unwrap();
    assert!(
        paused.paused && paused.phase == Phase::Filling,
        "{paused:?}"
    );
    // Changes go to both all the same.
    let set = vec![Account::POINTS.set(3)];
    setup
        .twin
        .update::<Account>(&id("key-00599"), set)
        .await
        .unwrap();
    setup.drained().await;
    assert_eq!(status(&setup.twin).await.filled, paused.filled);
    let schema = Account::schema().as_ref().clone().in_generation(2);
    let last = [id("key-00599")];
    let replica = setup.twin.sides().replica.clone();
    let there = replica.versions(&schema, &last).await.unwrap();
    assert_eq!(there[0].version, Version::new(2));
    rebuilds.resume(ACCOUNTS).await.unwrap();
    wait::until("more rows", SOON, async || {
        status(&setup.twin).await.filled > paused.filled
    })
    .await;
    rebuilds.cancel(ACCOUNTS).await.unwrap();
    let end = reaches(&setup.twin, &[Phase::Ended]).await;
    assert_eq!(end.serving, ACCOUNTS);
    assert_eq!(end.error.as_deref(), Some("cancelled"));
    assert!(!is_there(&*replica, 2).await);
    worker.stop().await;
    setup.agrees().await;
}

async fn what_the_new_collection_refuses_stops_the_rebuild_and_fails_no_event(setup: Setup) {
    filled(&setup, 600).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    let rebuilds = setup.twin.rebuilds();
    rebuilds.start(ACCOUNTS, &slowly(200)).await.unwrap();
    reaches(&setup.twin, &[Phase::Filling]).await;
    setup.faults.set(Fault::Refuse(SECOND));
    let set = vec![Account::POINTS.set(3)];
    let updated = setup
        .twin
        .update::<Account>(&id("key-00599"), set)
        .await
        .unwrap();
    let token = updated.unwrap().token();
    let read = setup.twin.collection::<Account>().at_least(&token, SOON);
    assert_eq!(
        read.get(&id("key-00599"))
            .await
            .unwrap()
            .value
            .unwrap()
            .points,
        3
    );
    let end = reaches(&setup.twin, &[Phase::Ended]).await;
    assert_eq!(end.serving, ACCOUNTS);
    assert!(end.error.is_some(), "{end:?}");
    setup.drained().await;
    let attempts = r#"select count(*) from "Outbox" where retry_count > 0"#;
    assert_eq!(setup.number(attempts).await, 0);
    // The kept collection can refuse too: then there is no way back, and nothing else.
    setup.faults.set(Fault::None);
    rebuilt(&setup.twin, &RebuildOptions::default()).await;
    reaches(&setup.twin, &[Phase::Kept]).await;
    setup.faults.set(Fault::Refuse(ACCOUNTS));
    let set = vec![Account::POINTS.set(4)];
    setup
        .twin
        .update::<Account>(&id("key-00599"), set)
        .await
        .unwrap();
    setup.drained().await;
    let end = reaches(&setup.twin, &[Phase::Dropping, Phase::Ended]).await;
    assert_eq!(end.serving, "accounts_g3");
    assert!(end.error.is_some(), "{end:?}");
    setup.faults.set(Fault::None);
    worker.stop().await;
    setup.agrees().await;
}

async fn what_both_collections_refuse_is_no_obstacle(setup: Setup) {
    filled(&setup, 20).await;
    setup.faults.set(Fault::Reject(id("key-00007")));
    let worker = setup.twin.start_worker(fast()).unwrap();
    let set = vec![Account::POINTS.set(3)];
    setup
        .twin
        .update::<Account>(&id("key-00007"), set)
        .await
        .unwrap();
    let failed = r#"select count(*) from "Outbox" where retry_count > 5"#;
    wait::until("the event to fail", SOON, async || {
        setup.number(failed).await == 1
    })
    .await;
    let end = rebuilt(&setup.twin, &RebuildOptions::default()).await;
    // The serving collection has the document of before, and the new one has none: that must not be switched to.
    assert_eq!(end.serving, ACCOUNTS, "{end:?}");
    assert!(end.error.unwrap().contains("key-00007"));
    // Of a document that never was, both have nothing.
    setup.faults.set(Fault::Reject(id("never")));
    setup
        .twin
        .insert(&crate::app::account("never"))
        .await
        .unwrap();
    wait::until("the second event to fail", SOON, async || {
        setup.number(failed).await == 2
    })
    .await;
    reaches(&setup.twin, &[Phase::Ended]).await;
    let end = rebuilt(&setup.twin, &RebuildOptions::default()).await;
    assert_eq!((end.serving.as_str(), end.error), ("accounts_g3", None));
    worker.stop().await;
}

async fn without_a_worker_readers_that_move_are_not_waited_for(setup: Setup) {
    filled(&setup, 3).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    rebuilt(&setup.twin, &RebuildOptions::default()).await;
    let rebuilds = setup.twin.rebuilds();
    let busy = rebuilds.cancel(ACCOUNTS).await.unwrap_err();
    assert!(matches!(busy, RebuildError::Busy { .. }), "{busy}");
    worker.stop().await;
    let idle = rebuilds.cancel(ACCOUNTS).await.unwrap_err();
    assert!(matches!(idle, RebuildError::NoWorker), "{idle}");
    assert_eq!(status(&setup.twin).await.phase, Phase::Settling);
}
