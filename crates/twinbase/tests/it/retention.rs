//! What was done long ago goes away, and with it what remembers aggregates that are gone for good.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use twinbase::prelude::*;
use twinbase_testkit::wait;

use crate::{
    app::{Account, account},
    combination::{SOON, Setup, builder, fast, on_every_combination},
};

on_every_combination!(
    old_events_go_and_heads_only_with_their_tombstones,
    an_event_that_waits_is_kept_however_old,
);

/// A clock that is eight days ahead: everything is older than the retention.
struct NextWeek;

impl Clock for NextWeek {
    fn now(&self) -> Timestamp {
        SystemClock.now() + Duration::from_hours(8 * 24)
    }
}

/// The same application a week later.
async fn next_week(setup: &Setup) -> Twinbase {
    let sides = setup.twin.sides();
    builder()
        .open_primary(sides.primary.clone())
        .open_replica(sides.replica.clone())
        .clock(Arc::new(NextWeek))
        .open()
        .await
        .unwrap()
}

fn cleaning() -> WorkerOptions {
    WorkerOptions {
        clean_every: Duration::from_millis(10),
        ..fast()
    }
}

async fn until(setup: &Setup, what: &str, sql: &str, expected: i64) {
    wait::until(what, SOON, async || {
        let found = setup.number(sql).await;
        (found == expected).then_some(()).ok_or(found)
    })
    .await;
}

const EVENTS: &str = r#"select count(*) from "Outbox" where aggregate_type = 'account'"#;
const HEADS: &str = "select count(*) from aggregate_version where aggregate_type = 'account'";

const AGED: &str = "aggregate_id = 'aged'";

async fn old_events_go_and_heads_only_with_their_tombstones(setup: Setup) {
    let stays = setup.twin.insert(&account("stays")).await.unwrap();
    let goes = setup.twin.insert(&account("goes")).await.unwrap();
    setup.twin.insert(&account("aged")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    setup.twin.delete::<Account>(&goes.id).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    // Today nothing is old.
    let worker = setup.twin.start_worker(cleaning()).unwrap();
    let beat = setup.twin.insert(&account("now")).await.unwrap();
    until(
        &setup,
        "the newest to be applied",
        r#"select count(*) from "Outbox" where processed = false"#,
        0,
    )
    .await;
    // What is made old now goes: whoever removed it has looked at the others too.
    setup
        .foreign(&format!(
            "update \"Outbox\" set processed_at = '2020-01-01T00:00:00.000Z' where {AGED}"
        ))
        .await;
    let aged = format!(r#"select count(*) from "Outbox" where {AGED}"#);
    until(&setup, "what is old to go", &aged, 0).await;
    worker.stop().await;
    assert_eq!(
        (setup.number(EVENTS).await, setup.number(HEADS).await),
        (4, 4)
    );

    let later = next_week(&setup).await;
    let worker = later.start_worker(cleaning()).unwrap();
    until(&setup, "the events to go", EVENTS, 0).await;
    until(&setup, "the head of what is deleted to go", HEADS, 3).await;
    worker.stop().await;
    let stored = setup.stored().await;
    assert!(stored.iter().all(|stored| stored.document.is_some()));

    // The key can be used again: its versions begin from 1, and nothing is in their way.
    let again = setup.twin.insert(&account("goes")).await.unwrap();
    assert_eq!(again.version.get(), 1);
    setup.twin.drain(fast()).await.unwrap();
    for one in [&stays, &beat, &again] {
        assert_eq!(setup.document(&one.id).await.unwrap(), *one);
    }
    setup.agrees().await;
}

async fn an_event_that_waits_is_kept_however_old(setup: Setup) {
    setup.twin.insert(&account("done")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    setup
        .twin
        .outbox()
        .pause(&PauseScope::Collection("accounts".into()), "a test")
        .await
        .unwrap();
    setup.twin.insert(&account("waits")).await.unwrap();
    let later = next_week(&setup).await;
    let worker = later.start_worker(cleaning()).unwrap();
    until(&setup, "what is done to go", EVENTS, 1).await;
    worker.stop().await;
    setup
        .twin
        .outbox()
        .resume(&PauseScope::Collection("accounts".into()))
        .await
        .unwrap();
    assert_eq!(setup.twin.drain(fast()).await.unwrap(), 1);
    setup.agrees().await;
}
