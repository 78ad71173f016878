//! The heartbeat: a change of the worker's own that goes the whole way, so that its time is known when nobody writes.

use std::time::Duration;

use twinbase::prelude::*;
use twinbase_testkit::wait;

use crate::combination::{SOON, Setup, connect, fast, on_every_combination};

on_every_combination!(
    heartbeats_come_through_one_after_the_other_while_nobody_writes,
    a_primary_that_answers_and_refuses_writes_is_seen,
    a_probe_finds_out_without_a_worker_and_without_an_event,
);

async fn heartbeats_come_through_one_after_the_other_while_nobody_writes(setup: Setup) {
    let worker = setup
        .twin
        .start_worker(WorkerOptions {
            heartbeat: Some(Duration::from_millis(10)),
            ..fast()
        })
        .unwrap();
    let mut last = None;
    for _ in 0..3 {
        let heartbeat = wait::until("a later heartbeat", SOON, async || {
            let now = worker.status().heartbeat?;
            last.is_none_or(|last| now.at > last).then_some(now)
        })
        .await;
        assert!(heartbeat.took > Duration::ZERO, "{heartbeat:?}");
        last = Some(heartbeat.at);
    }
    worker.stop().await;
    let of_others = r#"select count(*) from "Outbox" where aggregate_type <> 'twinbase_heartbeat'"#;
    assert_eq!(setup.number(of_others).await, 0);
    setup.agrees().await;
}

async fn a_primary_that_answers_and_refuses_writes_is_seen(setup: Setup) {
    if setup.primary_url.starts_with("sqlite:") {
        // Nobody can make it read-only for a process that runs.
        return;
    }
    let worker = setup
        .twin
        .start_worker(WorkerOptions {
            heartbeat: Some(Duration::from_millis(10)),
            ..fast()
        })
        .unwrap();
    wait::until("a heartbeat", SOON, async || worker.status().heartbeat).await;
    read_only(&setup, "on").await;
    wait::until("a refused write", SOON, async || {
        let health = setup.twin.health().await;
        let is_read_only = |error: &String| error.contains("read-only");
        let seen =
            health.primary.is_connected() && health.write_error.as_ref().is_some_and(is_read_only);
        seen.then_some(()).ok_or(format!("{health:?}"))
    })
    .await;
    read_only(&setup, "off").await;
    wait::until("a write", SOON, async || {
        let error = setup.twin.health().await.write_error;
        error.map_or(Ok(()), Err)
    })
    .await;
    worker.stop().await;
}

async fn a_probe_finds_out_without_a_worker_and_without_an_event(setup: Setup) {
    let probed = async || {
        setup.twin.probe_writes().await.ok();
        setup.twin.health().await.write_error
    };
    setup.twin.probe_writes().await.unwrap();
    assert_eq!(probed().await, None);
    if !setup.primary_url.starts_with("sqlite:") {
        read_only(&setup, "on").await;
        wait::until("a refused probe", SOON, async || {
            let error = probed().await;
            let seen = error
                .as_ref()
                .is_some_and(|error| error.contains("read-only"));
            seen.then_some(()).ok_or(format!("{error:?}"))
        })
        .await;
        read_only(&setup, "off").await;
        wait::until("a probe that is taken", SOON, async || {
            probed().await.map_or(Ok(()), Err)
        })
        .await;
    }
    assert_eq!(setup.number(r#"select count(*) from "Outbox""#).await, 0);
    setup.agrees().await;
}

/// As after a failover to a standby, and back: connections break, and new ones can only read.
async fn read_only(setup: &Setup, is: &str) {
    let client = connect(&setup.primary_url).await;
    let own = "set default_transaction_read_only = off";
    client.batch_execute(own).await.unwrap();
    let all = format!(
        "do $$ begin
           execute format('alter database %I set default_transaction_read_only = {is}', current_database());
           perform pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid();
         end $$"
    );
    client.batch_execute(&all).await.unwrap();
}
