//! What comes late: a worker that was suspended with an old record, a page that was read long ago, another mapping.

use std::sync::Arc;

use jiff::SignedDuration;
use twinbase::{
    core::primary::Phase,
    prelude::*,
    sync::rebuild::{RebuildError, RebuildOptions},
};
use twinbase_testkit::{faults::Fault, twin::TestClock, wait};

use super::{ACCOUNTS, SECOND, brief, filled, reaches, rebuilt};
use crate::{
    app::{Account, id},
    combination::{SOON, Setup, builder, fast, on_every_combination},
};

on_every_combination!(
    a_worker_that_was_suspended_since_before_the_rebuild_changes_nothing,
    a_page_that_is_written_eleven_minutes_late_brings_back_nothing,
);

async fn held(setup: &Setup, count: usize) {
    wait::until("a write that is held", SOON, async || {
        setup.faults.held() >= count
    })
    .await;
}

/// Its batch was read before the rebuild, and is written after the switch.
async fn a_worker_that_was_suspended_since_before_the_rebuild_changes_nothing(setup: Setup) {
    filled(&setup, 40).await;
    let set = || vec![Account::POINTS.set(1)];
    for key in ["key-00001", "key-00002", "key-00003"] {
        setup.twin.update::<Account>(&id(key), set()).await.unwrap();
    }
    setup.faults.set(Fault::Hold);
    let suspended = {
        let twin = setup.twin.clone();
        tokio::spawn(async move { twin.drain(fast()).await })
    };
    held(&setup, 1).await;
    let other = setup.other().await;
    other.delete::<Account>(&id("key-00001")).await.unwrap();
    let worker = other.start_worker(fast()).unwrap();
    let end = rebuilt(&other, &RebuildOptions::default()).await;
    assert_eq!(end.serving, SECOND, "{end:?}");
    setup.faults.set(Fault::None);
    suspended.await.unwrap().unwrap();
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
    let found = other.collection::<Account>().get(&id("key-00002")).await;
    assert_eq!(found.unwrap().value.unwrap().points, 1);
}

/// The sweep of tombstones spares the collection that is filled.
async fn a_page_that_is_written_eleven_minutes_late_brings_back_nothing(setup: Setup) {
    filled(&setup, 40).await;
    let clock = TestClock::default();
    let sides = setup.twin.sides();
    let open = |replica: Arc<dyn twinbase::core::Replica>| {
        builder()
            .open_primary(sides.primary.clone())
            .open_replica(replica)
            .clock(Arc::new(clock.clone()))
            .open()
    };
    let slow = open(sides.replica.clone()).await.unwrap();
    let other = open(setup.other().await.sides().replica.clone())
        .await
        .unwrap();
    let worker = slow.start_worker(brief()).unwrap();
    wait::until("a worker that leads", SOON, async || worker.status().leads).await;
    setup.faults.set(Fault::Hold);
    let rebuilds = slow.rebuilds();
    rebuilds
        .start(ACCOUNTS, &RebuildOptions::default())
        .await
        .unwrap();
    held(&setup, 1).await;
    // Both collections get the tombstone, and the page that is held has the row.
    let deleted = other.delete::<Account>(&id("key-00001")).await.unwrap();
    let version = deleted.unwrap().version;
    other.drain(fast()).await.unwrap();
    let tombstone = async |generation| {
        let schema = Account::schema().as_ref().clone().in_generation(generation);
        let ids = [id("key-00001")];
        let found = other.sides().replica.versions(&schema, &ids).await.unwrap();
        found.first().map(|found| (found.version, found.deleted))
    };
    assert_eq!(tombstone(1).await, Some((version, true)));
    assert_eq!(tombstone(2).await, Some((version, true)));
    clock.advance(SignedDuration::from_mins(11));
    wait::until("a sweep", SOON, async || tombstone(1).await.is_none()).await;
    assert_eq!(tombstone(2).await, Some((version, true)));
    setup.faults.set(Fault::None);
    reaches(&slow, &[Phase::Settling, Phase::Kept]).await;
    let found = slow.collection::<Account>().get(&id("key-00001")).await;
    assert_eq!(found.unwrap().value, None);
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}

#[tokio::test]
async fn a_program_with_another_mapping_does_not_roll_back() {
    let error = RebuildError::OtherMapping {
        collection: ACCOUNTS.to_owned(),
    };
    assert!(error.remedy().contains("earlier version"));
}
