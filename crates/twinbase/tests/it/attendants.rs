//! What runs beside the worker's loop tells how it is: the state, heartbeats, its own end.

use std::{sync::atomic::Ordering, time::Duration};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use twinbase::{core::primary::PauseScope, prelude::*, sync::worker::Signals};
use twinbase_testkit::{faults::Fault, wait};

use crate::{
    app::account,
    combination::{Combination, SOON, Setup, fast, run},
};

/// On the databases that are in this process, so that one thread does all and its recorder hears it.
async fn here<F: Future<Output = ()>>(name: &str, case: impl FnOnce(Setup) -> F) {
    let combination = Combination {
        postgres: false,
        mongodb: false,
    };
    run(combination, name, case).await;
}

fn recorder() -> (PrometheusRecorder, PrometheusHandle) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    (recorder, handle)
}

/// Waits until a scrape has this line.
async fn scraped(handle: &PrometheusHandle, line: &str) {
    wait::until(line, SOON, async || {
        let text = handle.render();
        let found = text.lines().any(|found| found == line);
        found.then_some(()).ok_or(text)
    })
    .await;
}

async fn status(worker: &Worker, what: &str, is_it: impl Fn(&WorkerStatus) -> bool) {
    wait::until(what, SOON, async || {
        let status = worker.status();
        is_it(&status).then_some(()).ok_or(format!("{status:?}"))
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_does_not_end_makes_the_gauge_of_stalled_one() {
    let (recorder, handle) = recorder();
    let _installed = metrics::set_default_local_recorder(&recorder);
    here("stalled", async |setup| {
        setup.faults.set(Fault::Hold);
        setup.twin.insert(&account("held")).await.unwrap();
        let worker = setup
            .twin
            .start_worker(WorkerOptions {
                stalled_after: Duration::from_millis(100),
                ..fast()
            })
            .unwrap();
        scraped(&handle, r#"twinbase_worker_state{state="stalled"} 1"#).await;
        scraped(&handle, r#"twinbase_worker_state{state="working"} 0"#).await;
        setup.faults.set(Fault::None);
        scraped(&handle, r#"twinbase_worker_state{state="idle"} 1"#).await;
        worker.stop().await;
        scraped(&handle, r#"twinbase_worker_state{state="stopped"} 1"#).await;
    })
    .await;
}

#[tokio::test]
async fn a_pause_of_one_collection_leaves_heartbeats_alone() {
    here("heartbeats", async |setup| {
        let accounts = PauseScope::Collection("accounts".into());
        setup
            .twin
            .outbox()
            .pause(&accounts, "a test")
            .await
            .unwrap();
        let worker = setup
            .twin
            .start_worker(WorkerOptions {
                heartbeat: Some(Duration::from_millis(10)),
                ..fast()
            })
            .unwrap();
        status(&worker, "a heartbeat in a pause", |status| {
            status.heartbeat.is_some() && !status.pauses.is_empty()
        })
        .await;
        worker.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_age_of_the_last_heartbeat_grows_while_none_is_sent() {
    let (recorder, handle) = recorder();
    let _installed = metrics::set_default_local_recorder(&recorder);
    here("heartbeat_age", async |setup| {
        let worker = setup
            .twin
            .start_worker(WorkerOptions {
                heartbeat: Some(Duration::from_hours(1)),
                ..fast()
            })
            .unwrap();
        wait::until("an age of over a second", SOON, async || {
            let text = handle.render();
            let mut lines = text.lines();
            let age = lines.find_map(|line| line.strip_prefix("twinbase_heartbeat_age_seconds "));
            let grown = age.is_some_and(|age| age.parse::<f64>().unwrap() > 1.0);
            grown.then_some(()).ok_or(text)
        })
        .await;
        worker.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_collection_that_was_never_compared_has_no_age() {
    let (recorder, handle) = recorder();
    let _installed = metrics::set_default_local_recorder(&recorder);
    here("verified_age", async |setup| {
        const AGE: &str = "twinbase_verified_age_seconds{collection=\"accounts\"} ";
        setup.twin.insert(&account("a")).await.unwrap();
        setup.twin.drain(fast()).await.unwrap();
        // A worker that is paused comes to no end.
        let (outbox, everything) = (setup.twin.outbox(), PauseScope::Everything);
        outbox.pause(&everything, "a test").await.unwrap();
        let options = WorkerOptions {
            verify_every: Some(Duration::from_millis(20)),
            ..fast()
        };
        let worker = setup.twin.start_worker(options).unwrap();
        scraped(&handle, &format!("{AGE}NaN")).await;
        outbox.resume(&everything).await.unwrap();
        wait::until("an age", SOON, async || {
            let text = handle.render();
            let age = text.lines().find_map(|line| line.strip_prefix(AGE));
            let is_known = age.is_some_and(|age| age.parse::<f64>().unwrap() >= 0.0);
            is_known.then_some(()).ok_or(text)
        })
        .await;
        worker.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_aborted_worker_has_stopped_and_covers_nothing() {
    here("aborted", async |setup| {
        let signals = Signals::default();
        let worker = Worker::start(setup.twin.sides().clone(), fast(), signals.clone()).unwrap();
        status(&worker, "all partitions", |status| status.partitions == 16).await;
        assert!(signals.covers_all.load(Ordering::Relaxed));
        let mut watched = worker.watch();
        worker.abort();
        let stopped = watched.wait_for(|status| status.state == WorkerState::Stopped);
        tokio::time::timeout(SOON, stopped).await.unwrap().unwrap();
        assert!(!signals.covers_all.load(Ordering::Relaxed));
    })
    .await;
}
