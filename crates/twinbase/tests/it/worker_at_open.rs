//! A worker that the handle keeps, and one that may not start.

use std::time::Duration;

use twinbase::{
    health::{Alert, Seen},
    prelude::*,
};
use twinbase_testkit::wait;

use crate::{
    app::{Account, account, id},
    combination::{SOON, Setup, builder, fast, on_every_combination},
};

on_every_combination!(
    a_worker_of_the_handle_starts_when_the_tables_fit_and_ends_with_the_handle,
    no_worker_starts_on_tables_that_are_not_as_the_schemas_say,
);

/// A further program on the same databases.
async fn open(setup: &Setup, builder: twinbase::Builder) -> Twinbase {
    let sides = setup.twin.sides();
    builder
        .open_primary(sides.primary.clone())
        .open_replica(sides.replica.clone())
        .open()
        .await
        .unwrap()
}

async fn alerts(twin: &Twinbase) -> Vec<Alert> {
    let health = twin.health().await;
    Seen::of(&health, None).alerts()
}

async fn a_worker_of_the_handle_starts_when_the_tables_fit_and_ends_with_the_handle(setup: Setup) {
    let forgotten = alerts(&setup.twin).await;
    assert_eq!(forgotten[0].code, "no-worker", "{forgotten:?}");
    let twin = open(&setup, builder().with_worker(fast())).await;
    let token = twin.insert(&account("one")).await.unwrap().token();
    let read = twin.collection::<Account>().at_least(&token, SOON);
    assert!(read.get(&id("one")).await.unwrap().value.is_some());
    assert_eq!(alerts(&twin).await, []);
    let short = WorkerOptions {
        lease_ttl: Duration::from_millis(300),
        lease_renew: Duration::from_millis(50),
        ..fast()
    };
    let another = open(&setup, builder().with_worker(short)).await;
    alive(&setup, 2).await;
    let last = another.clone();
    drop(another);
    let status = last.worker_status().unwrap();
    assert_ne!(status.state, WorkerState::Stopped, "a handle is left");
    drop(last);
    alive(&setup, 1).await;
    setup.agrees().await;
    twin.close().await;
    assert_eq!(twin.worker_status().unwrap().state, WorkerState::Stopped);
}

/// Waits until so many workers are alive, by their leases.
async fn alive(setup: &Setup, expected: usize) {
    let primary = &setup.twin.sides().primary;
    wait::until("workers to be alive", SOON, async || {
        let workers = primary.workers().await.unwrap();
        let alive = workers.iter().filter(|worker| worker.alive).count();
        (alive == expected).then_some(()).ok_or(alive)
    })
    .await;
}

async fn no_worker_starts_on_tables_that_are_not_as_the_schemas_say(setup: Setup) {
    let fields = [
        Field::key("id"),
        Field::new("nickname", "nickname", Kind::Text),
    ];
    let schema = Schema::new("account", Table::new("accounts", fields), "accounts");
    let ahead = Twinbase::builder().schema(schema).with_worker(fast());
    // It neither migrates nor asks whether the tables fit.
    let twin = open(&setup, ahead).await;
    assert_eq!(twin.worker_status(), None);
    let refused = twin.start_worker(fast()).unwrap_err();
    assert!(
        refused.to_string().contains("no column `nickname`"),
        "{refused}"
    );
    assert!(refused.remedy().contains("migration"));
    setup
        .foreign("alter table accounts add column nickname text not null default ''")
        .await;
    assert!(!twin.tables_fit());
    twin.check_tables().await.unwrap();
    assert!(twin.tables_fit());
    assert!(
        twin.worker_status().is_some(),
        "the one of the handle has started"
    );
}
