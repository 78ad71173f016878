//! Readers and writers during a rebuild.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::task::JoinHandle;
use twinbase::{core::primary::Phase, prelude::*, sync::rebuild::RebuildOptions};
use twinbase_testkit::wait;

use super::{ACCOUNTS, SECOND, filled, is_there, reaches, rebuilt, slowly};
use crate::{
    app::{Account, account, id},
    combination::{SOON, Setup, fast, on_every_combination},
};

on_every_combination!(
    readers_see_no_gap_and_nothing_older_while_a_collection_is_rebuilt_under_load,
    the_old_collection_goes_when_it_is_no_longer_kept,
    a_rollback_takes_readers_back_with_everything_that_was_written_since,
    rows_that_never_had_an_event_get_documents,
    a_pipeline_finds_other_collections_where_they_lie,
);

const ROWS: usize = 1_500;
const WRITTEN: usize = 20;

/// Changes, deletes and makes again until told to stop. Each write is read by its token.
pub(super) fn writer(twin: &Twinbase, part: usize, is_over: &Arc<AtomicBool>) -> JoinHandle<usize> {
    let (twin, is_over) = (twin.clone(), is_over.clone());
    tokio::spawn(async move {
        let mut writes = 0;
        while !is_over.load(Ordering::Relaxed) {
            let key = id(format!("key-{:05}", (writes * 7 + part) % WRITTEN));
            let set = vec![Account::POINTS.increase(1)];
            let updated = twin.update::<Account>(&key, set).await.unwrap().unwrap();
            let read = twin
                .collection::<Account>()
                .at_least(&updated.token(), SOON);
            let found = read.get(&key).await.unwrap().value.unwrap();
            assert!(found.version >= updated.version && found.points >= updated.points);
            let name = format!("passing-{part}-{}", writes % 5);
            let made = twin.insert(&account(&name)).await.unwrap();
            let read = twin.collection::<Account>().at_least(&made.token(), SOON);
            assert!(read.get(&id(&name)).await.unwrap().value.is_some());
            let gone = twin.delete::<Account>(&id(&name)).await.unwrap().unwrap();
            let read = twin.collection::<Account>().at_least(&gone.token(), SOON);
            assert_eq!(read.get(&id(&name)).await.unwrap().value, None);
            writes += 1;
        }
        writes
    })
}

/// Reads without tokens until told to stop: nothing is missing, and nothing goes back.
fn reader(twin: Twinbase, is_over: &Arc<AtomicBool>) -> JoinHandle<usize> {
    let is_over = is_over.clone();
    tokio::spawn(async move {
        let mut newest = [Version::NONE; WRITTEN];
        let mut reads = 0;
        while !is_over.load(Ordering::Relaxed) {
            let stable = doc! { "name": { "$regex": "^key-" } };
            let count = twin.collection::<Account>().count(stable).await.unwrap();
            assert_eq!(count.value, ROWS as u64);
            for (n, newest) in newest.iter_mut().enumerate() {
                let key = id(format!("key-{n:05}"));
                let found = twin.collection::<Account>().get(&key).await.unwrap();
                let version = found
                    .value
                    .expect("a document that always is there")
                    .version;
                assert!(version >= *newest, "{key} went back to {version}");
                *newest = version;
            }
            reads += 1;
        }
        reads
    })
}

async fn readers_see_no_gap_and_nothing_older_while_a_collection_is_rebuilt_under_load(
    setup: Setup,
) {
    filled(&setup, ROWS).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let writers = [0, 1].map(|part| writer(&setup.twin, part, &is_over));
    // One in this process, and one in another, which learns of the switch later.
    let readers = [setup.twin.clone(), setup.other().await];
    let readers = readers.map(|twin| reader(twin, &is_over));
    let end = rebuilt(&setup.twin, &slowly(2_000)).await;
    assert_eq!(
        (end.serving.as_str(), &end.error),
        (SECOND, &None),
        "{end:?}"
    );
    assert_eq!(end.beside.as_deref(), Some(ACCOUNTS));
    assert!(end.filled >= ROWS as u64, "{end:?}");
    reaches(&setup.twin, &[Phase::Kept]).await;
    setup.twin.rebuilds().roll_back(ACCOUNTS).await.unwrap();
    reaches(&setup.twin, &[Phase::Kept]).await;
    is_over.store(true, Ordering::Relaxed);
    for task in writers.into_iter().chain(readers) {
        assert!(task.await.unwrap() > 0);
    }
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}

async fn the_old_collection_goes_when_it_is_no_longer_kept(setup: Setup) {
    filled(&setup, 50).await;
    let reader = setup.other().await;
    let keys = reader.collection::<Account>().count(doc! {}).await.unwrap();
    assert_eq!(keys.value, 50);
    let worker = setup.twin.start_worker(fast()).unwrap();
    let options = RebuildOptions {
        keep: std::time::Duration::ZERO,
        ..RebuildOptions::default()
    };
    rebuilt(&setup.twin, &options).await;
    let replica = setup.twin.sides().replica.clone();
    // Readers have fifteen seconds to move; this one always has everything.
    while !matches!(super::status(&setup.twin).await.phase, Phase::Ended) {
        let count = reader.collection::<Account>().count(doc! {}).await.unwrap();
        assert_eq!(count.value, 50);
    }
    assert!(is_there(&*replica, 2).await);
    // MongoDB has a view of that name then, which is no collection.
    assert!(!is_there(&*replica, 1).await);
    let gone = setup.twin.rebuilds().roll_back(ACCOUNTS).await;
    assert!(gone.is_err());
    // Names are never used again.
    let end = rebuilt(&setup.twin, &RebuildOptions::default()).await;
    assert_eq!(end.serving, "accounts_g3");
    let set = vec![Account::POINTS.set(9)];
    let key = id("key-00001");
    let mine = setup.twin.update::<Account>(&key, set);
    let token = mine.await.unwrap().unwrap().token();
    let read = reader.collection::<Account>().at_least(&token, SOON);
    let found = read.get(&id("key-00001")).await.unwrap().value.unwrap();
    assert_eq!(found.points, 9);
    worker.stop().await;
    setup.agrees().await;
}

async fn a_rollback_takes_readers_back_with_everything_that_was_written_since(setup: Setup) {
    filled(&setup, 30).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    assert_eq!(
        rebuilt(&setup.twin, &RebuildOptions::default())
            .await
            .serving,
        SECOND
    );
    let set = vec![Account::POINTS.set(5)];
    let updated = setup
        .twin
        .update::<Account>(&id("key-00003"), set)
        .await
        .unwrap();
    let deleted = setup
        .twin
        .delete::<Account>(&id("key-00004"))
        .await
        .unwrap();
    let back = setup.twin.rebuilds().roll_back(ACCOUNTS).await.unwrap();
    assert_eq!(back.serving, ACCOUNTS);
    let mut token = updated.unwrap().token();
    token.merge(deleted.unwrap().token());
    let reader = setup.other().await;
    let read = || reader.collection::<Account>().at_least(&token, SOON);
    let found = read().get(&id("key-00003")).await.unwrap().value.unwrap();
    assert_eq!(found.points, 5);
    assert_eq!(read().get(&id("key-00004")).await.unwrap().value, None);
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}

async fn rows_that_never_had_an_event_get_documents(setup: Setup) {
    let rows = (0..300).map(|n| format!("('old-{n:03}', 'x', {n}, 'x')"));
    let rows = rows.collect::<Vec<_>>().join(", ");
    let insert = format!("insert into accounts (id, name, points, secret) values {rows}");
    setup.foreign(&insert).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    let end = rebuilt(&setup.twin, &RebuildOptions::default()).await;
    assert_eq!(
        (end.serving.as_str(), end.total),
        (SECOND, Some(300)),
        "{end:?}"
    );
    // Neither collection has had them before: they come when their events are applied.
    wait::until("all documents", SOON, async || {
        let accounts = setup.twin.collection::<Account>();
        let count = accounts.count(doc! {}).await.unwrap().value;
        (count == 300).then_some(()).ok_or(count.to_string())
    })
    .await;
    worker.stop().await;
    setup.agrees().await;
}

async fn a_pipeline_finds_other_collections_where_they_lie(setup: Setup) {
    let is_embedded =
        setup.twin.sides().replica.kind() == twinbase::core::replica::ReplicaKind::Embedded;
    if !is_embedded {
        println!("the test server has neither `$unionWith` nor a `$lookup` with a pipeline");
        return;
    }
    filled(&setup, 3).await;
    let worker = setup.twin.start_worker(fast()).unwrap();
    let note = crate::app::note("note-1", &id("key-00002"));
    let token = setup.twin.insert(&note).await.unwrap().token();
    rebuilt(&setup.twin, &RebuildOptions::default()).await;
    // Only the new collection has it.
    let set = vec![Account::POINTS.set(7)];
    let updated = setup
        .twin
        .update::<Account>(&id("key-00002"), set)
        .await
        .unwrap();
    let mut token = token;
    token.merge(updated.unwrap().token());
    let with = doc! { "$unionWith": ACCOUNTS };
    let mine = doc! { "$match": { "name": "key-00002" } };
    let notes = setup.twin.collection::<crate::app::Note>();
    let notes = notes.at_least(&token, SOON);
    let found = notes.aggregate(vec![with, mine]).await.unwrap().value;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].get_i32("points").unwrap(), 7, "{found:?}");
    worker.stop().await;
}
