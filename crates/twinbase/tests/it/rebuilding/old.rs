//! What is older than a rebuild, or was read long before it is written: it brings nothing back.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use twinbase::{
    core::{Body, Change, primary::Phase},
    operate::OperationState,
    prelude::*,
    sync::rebuild::RebuildOptions,
};
use twinbase_testkit::{
    faults::{ContendedPrimary, Halt},
    twin::TestClock,
    wait,
};

use super::{ACCOUNTS, SECOND, brief, filled, is_there, reaches, rebuilt, slowly, status};
use crate::{
    app::{Account, id},
    combination::{SOON, Setup, builder, fast, on_every_combination},
};

on_every_combination!(
    an_event_of_before_a_rebuild_is_made_of_its_row_even_when_the_old_collection_is_gone,
    a_page_that_was_read_eleven_minutes_ago_is_read_again,
    a_worker_that_knows_of_no_rebuild_marks_nothing_that_only_a_row_of_after_it_has,
    a_kept_collection_is_verified_before_a_rollback_when_a_database_was_put_back_since,
    a_rollback_that_is_cancelled_while_it_compares_leaves_what_was_kept,
    a_primary_that_was_put_back_gives_no_name_again,
    a_collection_that_a_put_back_primary_has_forgotten_is_planned_until_it_is_removed,
);

/// The deletion went to the old collection alone, so the new one has no tombstone of it.
async fn an_event_of_before_a_rebuild_is_made_of_its_row_even_when_the_old_collection_is_gone(
    setup: Setup,
) {
    filled(&setup, 20).await;
    let key = id("key-00003");
    setup.twin.delete::<Account>(&key).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let worker = setup.twin.start_worker(fast()).unwrap();
    let options = RebuildOptions {
        keep: Duration::ZERO,
        ..RebuildOptions::default()
    };
    rebuilt(&setup.twin, &options).await;
    reaches(&setup.twin, &[Phase::Ended]).await;
    // A worker that was suspended between its two reads has such an event; so has whoever has history applied again.
    let again = r#"update "Outbox" set processed = false, processed_at = null
        where aggregate_id = 'key-00003' and event_type = 'account.created'"#;
    setup.foreign(again).await;
    setup.drained().await;
    let found = setup.twin.collection::<Account>().get(&key).await.unwrap();
    assert_eq!(found.value, None);
    worker.stop().await;
    setup.agrees().await;
}

async fn a_page_that_was_read_eleven_minutes_ago_is_read_again(setup: Setup) {
    filled(&setup, 40).await;
    let clock = TestClock::default();
    let other = setup.other().await;
    let (primary, contention) = ContendedPrimary::new(other.sides().primary.clone());
    let slow = builder()
        .open_primary(primary)
        .open_replica(other.sides().replica.clone())
        .clock(Arc::new(clock.clone()))
        .open()
        .await
        .unwrap();
    let worker = slow.start_worker(brief()).unwrap();
    wait::until("a worker that leads", SOON, async || worker.status().leads).await;
    contention.halt("states_after", Halt::After, 0);
    let options = RebuildOptions::default();
    slow.rebuilds().start(ACCOUNTS, &options).await.unwrap();
    wait::until("a page", SOON, async || contention.is_halted()).await;
    let key = id("key-00001");
    other.delete::<Account>(&key).await.unwrap();
    other.drain(fast()).await.unwrap();
    // Whoever led meanwhile has ended the rebuild, and swept the tombstone.
    let second = Account::schema().as_ref().clone().in_generation(2);
    let now = other.sides().primary.now().await.unwrap();
    let later = now.saturating_add(SignedDuration::from_hours(1));
    let replica = &other.sides().replica;
    let swept = replica.sweep(&second, later.unwrap(), 10).await.unwrap();
    assert_eq!(swept, 1);
    clock.advance(SignedDuration::from_mins(11));
    contention.go_on();
    let end = reaches(&slow, &[Phase::Settling, Phase::Kept]).await;
    assert_eq!((end.serving.as_str(), end.mended), (SECOND, 0), "{end:?}");
    let found = slow.collection::<Account>().get(&key).await.unwrap();
    assert_eq!(found.value, None);
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}

/// It reads a row at a version that it has no event of. Events up to that version that have failed would count as done.
async fn a_worker_that_knows_of_no_rebuild_marks_nothing_that_only_a_row_of_after_it_has(
    setup: Setup,
) {
    filled(&setup, 20).await;
    let other = setup.other().await;
    let (primary, contention) = ContendedPrimary::new(other.sides().primary.clone());
    let slow = builder()
        .open_primary(primary)
        .open_replica(other.sides().replica.clone())
        .open()
        .await
        .unwrap();
    let key = id("key-00003");
    let touched = [(key.clone(), Version::NONE)];
    let schema = Account::schema();
    let primary = &other.sides().primary;
    primary.touch(schema, &touched).await.unwrap();
    contention.halt("states_of", Halt::Before, 0);
    let late = tokio::spawn(async move { slow.drain(fast()).await });
    wait::until("a batch", SOON, async || contention.is_halted()).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    rebuilt(&setup.twin, &RebuildOptions::default()).await;
    setup.drained().await;
    worker.stop().await;
    let set = vec![Account::POINTS.set(7)];
    other.update::<Account>(&key, set).await.unwrap();
    let open = "processed = false and aggregate_id = 'key-00003'";
    let attempts = |count| format!(r#"update "Outbox" set retry_count = {count} where {open}"#);
    setup.foreign(&attempts(6)).await;
    contention.go_on();
    late.await.unwrap().unwrap();
    let count = format!(r#"select count(*) from "Outbox" where {open}"#);
    assert_eq!(setup.number(&count).await, 1);
    setup.foreign(&attempts(1)).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}

/// A collection that is kept since before a database was put back.
async fn kept_since_before(setup: &Setup, options: &RebuildOptions) -> Worker {
    filled(setup, 30).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    rebuilt(&setup.twin, options).await;
    reaches(&setup.twin, &[Phase::Kept]).await;
    // The primary has lost a change that had reached the kept collection alone.
    let lost = Change {
        id: id("key-00003"),
        version: Version::new(50),
        body: Body::Document(doc! { "name": "lost", "points": 9 }),
    };
    let other = setup.other().await;
    let replica = &other.sides().replica;
    replica.apply(Account::schema(), &[lost]).await.unwrap();
    setup.twin.recover().await.unwrap();
    worker
}

async fn a_rollback_that_is_cancelled_while_it_compares_leaves_what_was_kept(setup: Setup) {
    let worker = kept_since_before(&setup, &slowly(20)).await;
    let kept = status(&setup.twin).await;
    let rebuilds = setup.twin.rebuilds();
    let back = rebuilds.roll_back(ACCOUNTS).await.unwrap();
    let now = rebuilds.cancel(ACCOUNTS).await.unwrap();
    assert_eq!(
        (back.phase, now.phase, now.keep_until, now.is_cancelled()),
        (Phase::Verifying, Phase::Kept, kept.keep_until, true)
    );
    let operations = &setup.twin.outbox().operations;
    let id = back.operation.unwrap();
    wait::until("the end of the rollback's operation", SOON, async || {
        let end = operations.get(&id).await.unwrap().unwrap().progress.state;
        (end == OperationState::Cancelled)
            .then_some(())
            .ok_or(format!("{end:?}"))
    })
    .await;
    assert!(is_there(&*setup.twin.sides().replica, 1).await);
    // It was put back since all the same: the next one compares again.
    let again = rebuilds.roll_back(ACCOUNTS).await.unwrap();
    assert_eq!((again.phase, again.error), (Phase::Verifying, None));
    let back = reaches(&setup.twin, &[Phase::Settling, Phase::Kept]).await;
    assert_eq!(back.serving, ACCOUNTS);
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}

async fn a_kept_collection_is_verified_before_a_rollback_when_a_database_was_put_back_since(
    setup: Setup,
) {
    let worker = kept_since_before(&setup, &RebuildOptions::default()).await;
    let back = setup.twin.rebuilds().roll_back(ACCOUNTS).await.unwrap();
    assert_eq!(
        (back.serving.as_str(), back.phase),
        (SECOND, Phase::Verifying)
    );
    let back = reaches(&setup.twin, &[Phase::Settling, Phase::Kept]).await;
    assert_eq!(
        (back.serving.as_str(), back.mended),
        (ACCOUNTS, 1),
        "{back:?}"
    );
    let found = setup
        .twin
        .collection::<Account>()
        .get(&id("key-00003"))
        .await;
    assert_eq!(found.unwrap().value.unwrap().value.name, "key-00003");
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}

async fn a_primary_that_was_put_back_gives_no_name_again(setup: Setup) {
    filled(&setup, 30).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    let lost = rebuilt(&setup.twin, &RebuildOptions::default()).await;
    assert_eq!(lost.serving, SECOND);
    worker.stop().await;
    // It was put back to a time before that.
    setup.foreign("delete from twinbase_collection").await;
    setup.twin.recover().await.unwrap();
    let worker = setup.twin.start_worker(fast()).unwrap();
    let end = rebuilt(&setup.twin, &RebuildOptions::default()).await;
    let number = end.serving.strip_prefix("accounts_g").unwrap();
    assert!(number.parse::<u32>().unwrap() > 100_000_000, "{end:?}");
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}

async fn a_collection_that_a_put_back_primary_has_forgotten_is_planned_until_it_is_removed(
    setup: Setup,
) {
    filled(&setup, 30).await;
    let strays = async || {
        let planned = setup.twin.rebuilds().plan().await.unwrap();
        assert!(planned.iter().all(|one| !one.is_due()), "{planned:?}");
        let all = planned.into_iter().flat_map(|one| one.strays);
        all.collect::<Vec<_>>()
    };
    let worker = setup.twin.start_worker(fast()).unwrap();
    rebuilt(&setup.twin, &RebuildOptions::default()).await;
    // What is kept is in use.
    assert_eq!(strays().await, []);
    worker.stop().await;
    // Another program's, which no rebuild makes.
    let other = setup.other().await;
    let replica = &other.sides().replica;
    for name in ["accounts_v3", "accounts_g02", "accounts_g1"] {
        let mut schema = Schema::clone(Account::schema());
        schema.collection = name.into();
        replica.prepare(&schema).await.unwrap();
    }
    setup.foreign("delete from twinbase_collection").await;
    let found = strays().await;
    let [stray] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!((&*stray.name, stray.documents), (SECOND, Some(30)));
    let by_hand = if setup.mongodb().is_some() {
        "db.getCollection(\"accounts_g2\").drop()"
    } else {
        "move the replica's file away"
    };
    assert!(stray.remedy.contains(by_hand), "{stray:?}");
    let second = Schema::clone(Account::schema()).in_generation(2);
    replica.drop_collection(&second).await.unwrap();
    assert_eq!(strays().await, []);
    setup.agrees().await;
}
