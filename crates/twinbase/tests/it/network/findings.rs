//! One fault of the network at a time, and what becomes of it.

use std::time::{Duration, Instant};

use twinbase::prelude::*;
use twinbase_testkit::{
    proxy::{Mode, Way},
    wait,
};

use super::wires::{PATIENCE, Wires};
use crate::{
    app::{Account, account, id},
    combination::{SOON, fast},
};

async fn until_state(worker: &Worker, state: WorkerState) {
    wait::until(state.name(), SOON, async || {
        let status = worker.status();
        (status.state == state)
            .then_some(())
            .ok_or(format!("{status:?}"))
    })
    .await;
}

async fn until_document(wires: &Wires, key: &str) {
    wait::until(&format!("the document {key}"), SOON, async || {
        let found = wires.calm.collection::<Account>().get(&id(key)).await;
        found.unwrap().value
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_swallows_bytes_is_given_up_and_tried_again() {
    for way in [Way::ToServer, Way::ToClient] {
        let Some(wires) = Wires::new("network_swallow", 1).await else {
            return;
        };
        let worker = wires.twin.start_worker(fast()).unwrap();
        wires.calm.insert(&account("before")).await.unwrap();
        until_document(&wires, "before").await;
        wires.replica.set(Mode::Swallow(way));
        let written = Instant::now();
        wires.calm.insert(&account("one")).await.unwrap();
        until_state(&worker, WorkerState::BackingOff).await;
        // One call's time, and room for a machine that is busy; without a limit of ours it would be the server's word, which never comes.
        assert!(written.elapsed() < PATIENCE * 40, "{:?}", written.elapsed());
        assert!(worker.status().last_error.is_some());
        wires.replica.set(Mode::Pass);
        until_document(&wires, "one").await;
        wires.drained().await;
        worker.stop().await;
        wires.all_is_well().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_after_the_write_is_success_on_the_next_try() {
    let Some(wires) = Wires::new("network_answer", 2).await else {
        return;
    };
    wires.twin.drain(fast()).await.unwrap();
    let mut lost = 0;
    for n in 0..20 {
        let key = format!("key-{n}");
        wires.calm.insert(&account(&key)).await.unwrap();
        wires.replica.set(Mode::CutAnswer { after_bytes: 0 });
        // The connection that is cut may be the one on which the driver watches the server.
        if wires.twin.drain(fast()).await.is_err() {
            let found = wires.calm.collection::<Account>().get(&id(&key)).await;
            if found.unwrap().value.is_some() {
                lost += 1;
            }
        }
        wires.replica.set(Mode::Pass);
        wait::until("the next try", SOON, async || {
            wires.twin.drain(fast()).await
        })
        .await;
        until_document(&wires, &key).await;
    }
    assert!(lost > 0, "no answer was lost after its write");
    wires.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_answer_is_lost_is_there_with_its_event_or_not_at_all() {
    let Some(wires) = Wires::new("network_write", 3).await else {
        return;
    };
    let (mut committed, mut absent) = (0, 0);
    for n in 0..30 {
        let key = format!("key-{n}");
        // New connections, so that answers of a handshake, of preparing and of the write itself are cut.
        wires.primary.cut();
        wires.primary.set(Mode::CutAnswer {
            after_bytes: n * 40,
        });
        let told = wires.twin.insert(&account(&key)).await;
        wires.primary.set(Mode::Pass);
        let there = wires.calm.get::<Account>(&id(&key)).await.unwrap();
        match (told, there) {
            (Ok(_), Some(_)) => {}
            (Err(PrimaryError::Unavailable { .. }), Some(_)) => committed += 1,
            (Err(PrimaryError::Unavailable { .. }), None) => absent += 1,
            other => panic!("{key}: {other:?}"),
        }
    }
    println!("{committed} committed, {absent} not");
    assert!(committed > 0 && absent > 0, "{committed} and {absent}");
    wires.calm.drain(fast()).await.unwrap();
    wires.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_closed_connection_to_the_primary_does_not_hang_the_worker() {
    let Some(wires) = Wires::new("network_half", 4).await else {
        return;
    };
    let worker = wires.twin.start_worker(fast()).unwrap();
    for (n, way) in [Way::ToServer, Way::ToClient].into_iter().enumerate() {
        let key = format!("key-{n}");
        wires.calm.insert(&account(&key)).await.unwrap();
        until_document(&wires, &key).await;
        wires.primary.half_close(way);
        let key = format!("{key}-later");
        wires.calm.insert(&account(&key)).await.unwrap();
        until_document(&wires, &key).await;
    }
    wires.drained().await;
    worker.stop().await;
    wires.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_the_network_delivers_late_undoes_nothing() {
    let Some(wires) = Wires::new("network_late", 5).await else {
        return;
    };
    let one = wires.calm.insert(&account("one")).await.unwrap();
    let worker = wires.twin.start_worker(fast()).unwrap();
    until_document(&wires, "one").await;
    wires.drained().await;
    wires.replica.set(Mode::Hold);
    let older = vec![Account::POINTS.set(1)];
    wires.calm.update::<Account>(&one.id, older).await.unwrap();
    // The held write was given up, so its bytes are on their way.
    until_state(&worker, WorkerState::BackingOff).await;
    let newer = vec![Account::POINTS.set(2)];
    wires.calm.update::<Account>(&one.id, newer).await.unwrap();
    wires.calm.drain(fast()).await.unwrap();
    let before = wires.replica.statistics().bytes_to_server;
    wires.replica.set(Mode::Pass);
    wait::until("the late delivery", SOON, async || {
        wires.replica.statistics().bytes_to_server > before
    })
    .await;
    until_state(&worker, WorkerState::Idle).await;
    let document = wires.calm.collection::<Account>().get(&one.id).await;
    let document = document.unwrap().value.unwrap();
    assert_eq!((document.points, document.version.get()), (2, 3));
    worker.stop().await;
    wires.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_lease_connection_does_not_stop_the_work() {
    let Some(wires) = Wires::new("network_lease", 6).await else {
        return;
    };
    let options = WorkerOptions {
        lease_renew: Duration::from_millis(20),
        lease_ttl: Duration::from_millis(500),
        ..fast()
    };
    let worker = wires.twin.start_worker(options.clone()).unwrap();
    for n in 0..20 {
        let key = format!("key-{n}");
        wires.calm.insert(&account(&key)).await.unwrap();
        wires.primary.cut();
        until_document(&wires, &key).await;
    }
    // Away for longer than its leases hold: another takes them, and gives its share back.
    wires.primary.set(Mode::Absent);
    wires.primary.cut();
    let other = wires.calm.start_worker(options).unwrap();
    until_partitions(&other, 16).await;
    wires.calm.insert(&account("away")).await.unwrap();
    until_document(&wires, "away").await;
    wires.primary.set(Mode::Pass);
    until_partitions(&other, 8).await;
    until_partitions(&worker, 8).await;
    wires.drained().await;
    worker.stop().await;
    other.stop().await;
    wires.all_is_well().await;
}

async fn until_partitions(worker: &Worker, partitions: u32) {
    wait::until("its share of the partitions", SOON, async || {
        let status = worker.status();
        (status.partitions == partitions)
            .then_some(())
            .ok_or(format!("{status:?}"))
    })
    .await;
}

/// Looks that follow from nothing but notifications. One who only polls would wait a quarter longer each time: for ages.
const HINTS: u32 = 100;

/// Each of many notifications makes the engine look, which is seen by what it sends to the primary.
async fn hears(wires: &Wires) {
    let primary = &wires.calm.sides().primary;
    let every_hint = async {
        for _ in 0..HINTS {
            let before = wires.primary.statistics().bytes_to_server;
            wait::until("a look", SOON, async || {
                // Again, because a look that is under way takes a hint of a moment ago along.
                primary.notify().await.unwrap();
                wires.primary.statistics().bytes_to_server > before
            })
            .await;
        }
    };
    let heard = tokio::time::timeout(SOON, every_hint).await;
    assert!(heard.is_ok(), "notifications do not reach the engine");
}

/// Waits for a connection that listens, other than `but`, and answers the process that serves it.
async fn until_listener(wires: &Wires, but: i64) -> i64 {
    wait::until("a connection that listens", SOON, async || {
        let found = wires.number(LISTENER).await;
        (found != 0 && found != but).then_some(found)
    })
    .await
}

const LISTENER: &str = "
    select coalesce(max(pid), 0)::bigint from pg_stat_activity
    where datname = current_database() and query like 'listen %'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notifications_wake_the_engine_and_their_cut_connection_is_made_again() {
    let Some(wires) = Wires::new("network_listen", 7).await else {
        return;
    };
    // Nothing of its own that would make it look, or send anything.
    let worker = wires
        .twin
        .start_worker(WorkerOptions {
            idle_poll: Duration::from_hours(1),
            lease_ttl: Duration::from_hours(1),
            lease_renew: Duration::from_mins(20),
            ..fast()
        })
        .unwrap();
    let first = until_listener(&wires, 0).await;
    hears(&wires).await;
    wires.primary.cut();
    until_listener(&wires, first).await;
    hears(&wires).await;
    wires.calm.insert(&account("heard")).await.unwrap();
    until_document(&wires, "heard").await;
    wires.drained().await;
    worker.stop().await;
    wires.all_is_well().await;
}
