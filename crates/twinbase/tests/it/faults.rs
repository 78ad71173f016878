//! Invariant 2: an event once committed is applied or visibly failed, whatever the replica does.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use twinbase::prelude::*;
use twinbase_testkit::{faults::Fault, wait};

use crate::{
    app::{Account, account, id, note},
    combination::{SOON, Setup, builder, fast, on_every_combination},
};

on_every_combination!(
    every_event_is_applied_through_an_unreliable_replica,
    every_event_is_applied_while_the_clock_jumps,
    a_replica_that_was_down_catches_up_and_charges_nobody,
    an_answer_lost_after_the_write_is_success_on_the_next_try,
    two_workers_at_once_are_safe,
    a_worker_that_backed_off_is_idle_again_when_another_has_done_its_work,
);

/// Writes of every kind to few keys, so that they meet.
async fn workload(twin: Twinbase, seed: u64, rounds: u32) {
    let mut random = StdRng::seed_from_u64(seed);
    for round in 0..rounds {
        let key = format!("key-{}", random.random_range(0..12));
        let id = id(&key);
        match random.random_range(0..10) {
            0..3 => match twin.insert(&account(&key)).await {
                Ok(_) | Err(PrimaryError::Constraint { .. }) => {}
                Err(error) => panic!("seed {seed}: {error}"),
            },
            3..7 => {
                let set = vec![Account::POINTS.increase(1)];
                twin.update::<Account>(&id, set).await.unwrap();
            }
            7 => {
                twin.delete::<Account>(&id).await.unwrap();
            }
            _ => {
                let (of, name) = (&id, &format!("note-{seed}-{round}"));
                twin.write(|tx| async move {
                    tx.insert(&note(name, of)).await?;
                    tx.update::<Account>(of, vec![Account::POINTS.increase(1)])
                        .await?;
                    Ok::<_, PrimaryError>(())
                })
                .await
                .unwrap();
            }
        }
    }
}

async fn run_writers(twin: &Twinbase, rounds: u32) {
    let writers: Vec<_> = (0..6)
        .map(|seed| tokio::spawn(workload(twin.clone(), seed, rounds)))
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

async fn every_event_is_applied_through_an_unreliable_replica(setup: Setup) {
    every_event_is_applied(&setup, &setup.twin).await;
}

/// A clock that is set forwards and back all the time, by less than clocks of workers may differ.
struct Jumping(Mutex<StdRng>);

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        let millis = self.0.lock().unwrap().random_range(-20_000..20_000);
        SystemClock.now() + SignedDuration::from_millis(millis)
    }
}

async fn every_event_is_applied_while_the_clock_jumps(setup: Setup) {
    let sides = setup.twin.sides();
    let twin = builder()
        .open_primary(sides.primary.clone())
        .open_replica(sides.replica.clone())
        .clock(Arc::new(Jumping(Mutex::new(StdRng::seed_from_u64(8)))))
        .open()
        .await
        .unwrap();
    every_event_is_applied(&setup, &twin).await;
}

/// Whatever the replica does to writes: it is away, loses answers, or gets them a second time and late.
async fn every_event_is_applied(setup: &Setup, twin: &Twinbase) {
    let mut random = StdRng::seed_from_u64(7);
    setup
        .faults
        .script((0..60).map(|_| match random.random_range(0..6) {
            0 => Fault::Down,
            1 => Fault::FailAfterWrite,
            2 | 3 => Fault::Twice,
            _ => Fault::None,
        }));
    let worker = twin.start_worker(fast()).unwrap();
    run_writers(twin, 40).await;
    // The last scripted faults need applies to happen to.
    wait::until("all faults to have happened", SOON, async || {
        workload(twin.clone(), 99, 3).await;
        (setup.faults.remaining() == 0)
            .then_some(())
            .ok_or(setup.faults.remaining())
    })
    .await;
    setup.drained().await;
    worker.stop().await;
    let charged = r#"select count(*) from "Outbox" where retry_count > 0"#;
    assert_eq!(setup.number(charged).await, 0);
    setup.agrees().await;
}

async fn a_replica_that_was_down_catches_up_and_charges_nobody(setup: Setup) {
    setup.faults.set(Fault::Down);
    let worker = setup.twin.start_worker(fast()).unwrap();
    run_writers(&setup.twin, 10).await;
    wait::until("the worker to back off", SOON, async || {
        let status = worker.status();
        (status.state == WorkerState::BackingOff && status.last_error.is_some())
            .then_some(())
            .ok_or(format!("{status:?}"))
    })
    .await;
    let health = setup.twin.health().await;
    assert!(!health.replica.is_connected() && health.primary.is_connected());
    assert!(health.lag().unwrap() > std::time::Duration::ZERO);
    assert_eq!(
        setup
            .number(r#"select count(*) from "Outbox" where processed = true"#)
            .await,
        0
    );
    setup.faults.set(Fault::None);
    setup.drained().await;
    let charged = r#"select count(*) from "Outbox" where retry_count > 0"#;
    assert_eq!(setup.number(charged).await, 0);
    worker.stop().await;
    setup.agrees().await;
}

async fn an_answer_lost_after_the_write_is_success_on_the_next_try(setup: Setup) {
    let written = setup.twin.insert(&account("one")).await.unwrap();
    setup.faults.script([Fault::FailAfterWrite]);
    setup.twin.drain(fast()).await.unwrap_err();
    assert_eq!(setup.document(&written.id).await.unwrap(), written);
    assert_eq!(
        setup
            .number(r#"select count(*) from "Outbox" where processed = false"#)
            .await,
        1
    );
    assert_eq!(setup.twin.drain(fast()).await.unwrap(), 1);
    assert_eq!(
        setup
            .number(r#"select count(*) from "Outbox" where processed = false"#)
            .await,
        0
    );
    setup.agrees().await;
}

async fn two_workers_at_once_are_safe(setup: Setup) {
    let other = setup.other().await;
    let workers = (
        setup.twin.start_worker(fast()).unwrap(),
        other.start_worker(fast()).unwrap(),
    );
    run_writers(&setup.twin, 40).await;
    setup.drained().await;
    workers.0.stop().await;
    workers.1.stop().await;
    let charged = r#"select count(*) from "Outbox" where retry_count > 0"#;
    assert_eq!(setup.number(charged).await, 0);
    setup.agrees().await;
}

async fn a_worker_that_backed_off_is_idle_again_when_another_has_done_its_work(setup: Setup) {
    let worker = setup.twin.start_worker(fast()).unwrap();
    let state = async |what: &str, state: WorkerState| {
        wait::until(what, SOON, async || {
            let status = worker.status();
            (status.state == state)
                .then_some(())
                .ok_or(format!("{status:?}"))
        })
        .await;
    };
    state("the worker to be ready", WorkerState::Idle).await;
    setup.faults.set(Fault::Down);
    setup.twin.insert(&account("one")).await.unwrap();
    state("the worker to back off", WorkerState::BackingOff).await;
    setup.other().await.drain(fast()).await.unwrap();
    setup.faults.set(Fault::None);
    state("the worker to be idle", WorkerState::Idle).await;
    assert_eq!(worker.status().last_error, None);
    worker.stop().await;
}
