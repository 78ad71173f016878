//! What comes late: a worker that was suspended with an old record, a page that was read long ago, another mapping.

use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use twinbase::{
    core::primary::Phase,
    prelude::*,
    sync::rebuild::{Ask, RebuildError, RebuildOptions},
};
use twinbase_testkit::{faults::Fault, twin::TestClock, wait};

use super::{ACCOUNTS, SECOND, brief, filled, reaches, rebuilt, slowly, status};
use crate::{
    app::{Account, SECRET, account, id, migrations},
    combination::{SOON, Setup, builder, fast, on_every_combination},
};

on_every_combination!(
    a_worker_that_was_suspended_since_before_the_rebuild_changes_nothing,
    a_page_that_is_written_eleven_minutes_late_brings_back_nothing,
    a_changed_mapping_is_planned_rebuilt_and_not_rolled_back_by_a_program_that_has_it,
    a_rollback_that_another_mapping_leads_leaves_what_is_kept,
    what_a_new_mapping_cannot_make_of_its_row_stays_as_readers_have_it,
    a_fill_ends_at_the_last_key_that_there_was_when_it_began,
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

/// An account as a newer program knows it: its name comes from another column.
#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[aggregate(name = "account", table = "accounts")]
struct Relabelled {
    #[key]
    id: AggregateId,
    #[aggregate(column = "secret")]
    name: String,
    points: i32,
    #[aggregate(column = "name")]
    #[serde(skip)]
    hidden: Private<String>,
}

async fn a_changed_mapping_is_planned_rebuilt_and_not_rolled_back_by_a_program_that_has_it(
    setup: Setup,
) {
    filled(&setup, 30).await;
    let plan = setup.twin.rebuilds().plan().await.unwrap();
    assert!(plan.iter().all(|one| !one.is_due()), "{plan:?}");
    let sides = setup.twin.sides();
    let new = Twinbase::builder()
        .aggregate::<Relabelled>()
        .migrations(migrations())
        .open_primary(sides.primary.clone())
        .open_replica(sides.replica.clone())
        .open()
        .await
        .unwrap();
    new.migrate().await.unwrap();
    let plan = new.rebuilds().plan().await.unwrap();
    let accounts = &plan[0];
    assert!(accounts.mapping_changed && !accounts.measured, "{plan:?}");
    assert_eq!(accounts.rows, 30);
    assert!(!new.rebuilds().leaves_way_back(ACCOUNTS).await.unwrap());
    assert!(
        setup
            .twin
            .rebuilds()
            .leaves_way_back(ACCOUNTS)
            .await
            .unwrap()
    );
    assert!(accounts.bytes >= 30 * 20, "{plan:?}");
    let worker = new.start_worker(fast()).unwrap();
    let end = rebuilt(&new, &RebuildOptions::default()).await;
    assert_eq!((end.serving.as_str(), end.mended), (SECOND, 0), "{end:?}");
    // Rows and documents, however fast it was.
    assert_eq!(end.compared, 60, "{end:?}");
    assert!(!end.way_back, "{end:?}");
    let checked = new.rebuilds().check(ACCOUNTS, Ask::RollBack).await;
    let refused = checked.unwrap_err();
    assert!(
        matches!(refused, RebuildError::OtherMapping { .. }),
        "{refused}"
    );
    assert!(status(&setup.twin).await.way_back);
    let documents = new.collection::<Relabelled>().find(doc! { "name": SECRET });
    assert_eq!(documents.all().await.unwrap().value.len(), 30);
    let refused = new.rebuilds().roll_back(ACCOUNTS).await.unwrap_err();
    assert!(
        matches!(refused, RebuildError::OtherMapping { .. }),
        "{refused}"
    );
    let plan = new.rebuilds().plan().await.unwrap();
    assert!(!plan[0].is_due() && plan[0].measured, "{plan:?}");
    // What the newer program writes has its form in both collections.
    let set = vec![Relabelled::POINTS.set(4)];
    let written = new.update::<Relabelled>(&id("key-00003"), set).await;
    let token = written.unwrap().unwrap().token();
    let read = new.collection::<Relabelled>().at_least(&token, SOON);
    read.get(&id("key-00003")).await.unwrap();
    worker.stop().await;
    // The earlier program comes back. It has the mapping of the kept collection, and gets it without what the newer one wrote there.
    setup.twin.migrate().await.unwrap();
    let worker = setup.twin.start_worker(fast()).unwrap();
    setup.twin.rebuilds().roll_back(ACCOUNTS).await.unwrap();
    let back = reaches(&setup.twin, &[Phase::Settling, Phase::Kept]).await;
    assert_eq!(
        (back.serving.as_str(), back.mended),
        (ACCOUNTS, 1),
        "{back:?}"
    );
    let found = setup.twin.collection::<Account>().find(doc! {}).all().await;
    let found = found.unwrap().value;
    assert!(
        found.iter().all(|of| of.name == of.id.as_str()),
        "{found:?}"
    );
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}

/// The earlier program's command asks for it, before its own worker runs.
async fn a_rollback_that_another_mapping_leads_leaves_what_is_kept(setup: Setup) {
    filled(&setup, 10).await;
    let new = without_the_seventh(&setup).await;
    let worker = new.start_worker(fast()).unwrap();
    rebuilt(&new, &RebuildOptions::default()).await;
    setup.twin.rebuilds().roll_back(ACCOUNTS).await.unwrap();
    let end = wait::until("its end", SOON, async || {
        let now = status(&setup.twin).await;
        (now.phase == Phase::Kept && now.error.is_some()).then_some(now)
    })
    .await;
    assert!(
        end.error.as_ref().unwrap().contains("another mapping"),
        "{end:?}"
    );
    assert_eq!(
        (end.serving.as_str(), end.way_back),
        (SECOND, true),
        "{end:?}"
    );
    worker.stop().await;
}

/// Its row says what the new mapping does not allow.
async fn what_a_new_mapping_cannot_make_of_its_row_stays_as_readers_have_it(setup: Setup) {
    filled(&setup, 10).await;
    let new = without_the_seventh(&setup).await;
    let worker = new.start_worker(fast()).unwrap();
    let end = rebuilt(&new, &RebuildOptions::default()).await;
    worker.stop().await;
    assert_eq!(
        (end.serving.as_str(), &end.error),
        (SECOND, &None),
        "{end:?}"
    );
    // Readers have the one of before.
    assert_eq!((end.filled, &end.without_document), (10, &None), "{end:?}");
    let found = new.documents(ACCOUNTS).unwrap().find(doc! {}).all().await;
    let found = found.unwrap().value;
    assert_eq!(found.len(), 10, "{found:?}");
}

/// A program whose mapping makes a document of every account but the seventh.
pub(super) async fn without_the_seventh(setup: &Setup) -> Twinbase {
    let mut schema = Schema::clone(Account::schema());
    let name = schema.table.fields.iter_mut();
    let name = name.into_iter().find(|field| field.column == "name");
    let allowed = (0..10)
        .filter(|n| *n != 7)
        .map(|n| format!("key-{n:05}").into());
    name.unwrap().values = allowed.collect();
    let sides = setup.twin.sides();
    let new = Twinbase::builder()
        .schema(schema)
        .migrations(migrations())
        .open_primary(sides.primary.clone())
        .open_replica(sides.replica.clone())
        .open()
        .await
        .unwrap();
    new.migrate().await.unwrap();
    new
}

/// However fast others write, with keys that rise with time.
async fn a_fill_ends_at_the_last_key_that_there_was_when_it_began(setup: Setup) {
    filled(&setup, 40).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    let rebuilds = setup.twin.rebuilds();
    rebuilds.start(ACCOUNTS, &slowly(20)).await.unwrap();
    wait::until("a fill that has begun", SOON, async || {
        status(&setup.twin).await.total == Some(40)
    })
    .await;
    let later: Vec<_> = (0..200)
        .map(|n| account(&format!("later-{n:03}")))
        .collect();
    setup.twin.insert_many(&later).await.unwrap();
    let end = reaches(&setup.twin, &[Phase::Settling, Phase::Kept]).await;
    assert_eq!((end.serving.as_str(), end.filled), (SECOND, 40), "{end:?}");
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}
