//! The heartbeat: a change of the worker's own that goes the whole way, so that its time is known when nobody writes.

use std::time::Duration;

use twinbase::prelude::*;
use twinbase_testkit::wait;

use crate::combination::{SOON, Setup, fast, on_every_combination};

on_every_combination!(heartbeats_come_through_one_after_the_other_while_nobody_writes);

async fn heartbeats_come_through_one_after_the_other_while_nobody_writes(setup: Setup) {
    let worker = setup.twin.start_worker(WorkerOptions {
        heartbeat: Some(Duration::from_millis(10)),
        ..fast()
    });
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
