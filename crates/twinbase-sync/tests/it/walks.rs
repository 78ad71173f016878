//! Walks that are kept in the primary: where a verification goes on, and who walks.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::time::{Instant, timeout};
use twinbase_core::{AggregateId, primary::Walks as _};
use twinbase_sync::{
    Sides,
    operate::Outbox,
    verify::{VerifyOptions, VerifyReport, verify},
    worker::{Engine, Signals, Worker, WorkerOptions},
};
use twinbase_testkit::simulation::{SimPrimary, Simulation, pass_until, registry};

const NOTES: u128 = 40;

/// Both sides with so many notes, all applied.
async fn filled() -> (Sides, Arc<SimPrimary>) {
    let sim = Simulation::empty(Timestamp::UNIX_EPOCH);
    for n in 0..NOTES {
        let id = AggregateId::from_uuid(uuid::Uuid::from_u128(n));
        let payload = format!(r#"{{"id":"{id}","text":"x"}}"#);
        sim.insert_event("note", &id, &payload);
    }
    let (_, primary, replica) = sim.join(usize::MAX);
    let sides = Sides {
        primary: primary.clone(),
        replica,
        registry: registry(),
        clock: Arc::new(sim.clock()),
    };
    let mut engine = Engine::new(sides.clone(), options(), Signals::default()).expect("options");
    while engine.run_once().await.expect("a healthy world") > 0 {}
    (sides, primary)
}

fn options() -> WorkerOptions {
    WorkerOptions {
        seed: Some(1),
        ..WorkerOptions::default()
    }
}

/// One row or document a second.
async fn slowly(sides: &Sides, compared: &mut Vec<u64>) -> VerifyReport {
    let options = VerifyOptions {
        rate: std::num::NonZeroU32::new(1),
        resume: true,
        ..VerifyOptions::default()
    };
    let report = verify(sides, &options, |_, count| compared.push(count)).await;
    report.expect("a healthy world")
}

#[tokio::test(start_paused = true)]
async fn a_verification_that_died_in_the_middle_goes_on_there() {
    let (sides, _) = filled().await;
    let mut first = Vec::new();
    let killed = timeout(Duration::from_secs(30), slowly(&sides, &mut first)).await;
    assert!(killed.is_err(), "it had come to its end: {killed:?}");
    let reached = *first.last().expect("some progress");
    let mut second = Vec::new();
    let report = slowly(&sides, &mut second).await;
    // What is lost is what was compared since it was kept last: five seconds.
    assert!(second[0] + 6 >= reached, "{} after {reached}", second[0]);
    let notes = &report.collections[0];
    assert_eq!(u128::from(notes.rows), NOTES, "{report:?}");
    assert!(report.is_clean(), "{report:?}");
}

/// A process of its own: what it does ends with it.
fn process() -> tokio::runtime::Runtime {
    let mut process = tokio::runtime::Builder::new_current_thread();
    let process = process.enable_time().start_paused(true);
    process.build().expect("a runtime")
}

#[test]
fn an_operation_that_verifies_goes_on_where_its_process_died() {
    let first = process();
    let (sides, id, reached) = first.block_on(async {
        let (sides, _) = filled().await;
        let options = VerifyOptions {
            rate: std::num::NonZeroU32::new(1),
            ..VerifyOptions::default()
        };
        let outbox = Outbox::new(sides.clone(), Signals::default());
        let operation = outbox.verify(options).await.expect("an operation");
        pass_until(Instant::now() + Duration::from_secs(30)).await;
        (sides, operation.id.clone(), operation.progress().done)
    });
    drop(first);
    assert!(reached > 20, "{reached}");
    process().block_on(async {
        let worker = Worker::start(sides.clone(), options(), Signals::default()).expect("options");
        let outbox = Outbox::new(sides, Signals::default());
        let began = Instant::now();
        let end = loop {
            pass_until(Instant::now() + Duration::from_secs(1)).await;
            let of = outbox.operations.get(&id).await.expect("operations");
            let of = of.expect("the operation").progress;
            assert!(of.done + 6 >= reached, "{} after {reached}", of.done);
            assert!(began.elapsed() < Duration::from_hours(1), "nobody goes on");
            if of.state.is_over() {
                break of;
            }
        };
        let found = end.found.expect("a report");
        let rows = found["collections"][0]["rows"].as_u64();
        assert_eq!(rows.map(u128::from), Some(NOTES), "{found}");
        worker.stop().await;
    });
}

#[tokio::test(start_paused = true)]
async fn a_worker_leaves_a_command_its_walk_and_takes_it_over_when_that_has_died() {
    let (sides, primary) = filled().await;
    let mut compared = Vec::new();
    let killed = timeout(Duration::from_secs(20), slowly(&sides, &mut compared)).await;
    assert!(killed.is_err(), "it had come to its end");
    let place = || async {
        let walks = primary.walks().await.expect("walks").into_iter();
        let mut notes = walks.filter(|of| of.collection == "notes");
        notes.next().expect("the walk through the notes")
    };
    let left = place().await;
    assert!(left.place.is_some(), "{left:?}");
    let worker = Worker::start(sides.clone(), options(), Signals::default()).expect("options");
    let began = Instant::now();
    pass_until(Instant::now() + Duration::from_mins(5)).await;
    assert_eq!(place().await.place, left.place);
    while place().await.place.is_some() {
        assert!(began.elapsed() < Duration::from_hours(1), "nobody goes on");
        pass_until(Instant::now() + Duration::from_secs(10)).await;
    }
    let ended = place().await;
    assert_eq!(ended.verified_through, Some(left.began_at));
    worker.stop().await;
}
