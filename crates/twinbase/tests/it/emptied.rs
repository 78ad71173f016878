//! A primary whose rows are gone under programs that go on: noticed, not written to, and in order again once its rows are back.

use std::time::Duration;

use twinbase::{
    core::{PrimaryError, primary::Cause},
    health::Seen,
    prelude::*,
    sync::worker::EngineError,
};
use twinbase_testkit::wait;

use crate::{
    app::{Account, account, id},
    combination::{SOON, Setup, fast, on_every_combination},
    timeline::{EVENT, alarm},
};

on_every_combination!(
    an_emptied_primary_takes_no_changes_until_its_rows_are_back,
    an_emptied_timeline_is_noticed_and_a_recovery_makes_it_again,
);

const TABLES: [&str; 5] = [
    "aggregate_version",
    "twinbase_heartbeat",
    "twinbase_timeline",
    "twinbase_lease",
    "twinbase_worker",
];

fn quick() -> WorkerOptions {
    WorkerOptions {
        lease_renew: Duration::from_millis(50),
        ..fast()
    }
}

/// The code of the worst alert.
async fn worst(setup: &Setup) -> Option<&'static str> {
    let health = setup.twin.health().await;
    let alerts = Seen::of(&health, None).alerts();
    alerts.first().map(|alert| alert.code)
}

async fn points(setup: &Setup, key: &str) -> Result<Token, PrimaryError> {
    let set = [Account::POINTS.increase(1)];
    let changed = setup.twin.update::<Account>(&id(key), set).await?;
    Ok(changed.unwrap().token())
}

async fn is_refused(setup: &Setup) {
    let refused = points(setup, "a").await.unwrap_err();
    assert!(
        matches!(&refused, PrimaryError::Refused { reason, .. } if reason.contains("was emptied")),
        "{refused:?}"
    );
    let inserted = setup.twin.insert(&account("new")).await;
    assert!(
        matches!(inserted, Err(PrimaryError::Refused { .. })),
        "{inserted:?}"
    );
}

/// What is left may agree, and says nothing.
async fn is_not_compared(setup: &Setup) {
    let verified = setup.twin.verify(|_, _| {}).await;
    assert!(
        matches!(verified, Err(EngineError::Emptied)),
        "{verified:?}"
    );
}

async fn an_emptied_primary_takes_no_changes_until_its_rows_are_back(setup: Setup) {
    setup.twin.insert(&account("a")).await.unwrap();
    let worker = setup.twin.start_worker(quick()).unwrap();
    setup.drained().await;
    let empty = TABLES.map(|table| {
        format!("create table b_{table} as select * from {table}; delete from {table};")
    });
    let events =
        format!(r#"create table b_events as select {EVENT} from "Outbox"; delete from "Outbox""#);
    setup.foreign(&format!("{}{events}", empty.concat())).await;
    assert_eq!(alarm(&setup.twin).await, Some(Cause::PrimaryEmptied));
    assert_eq!(worst(&setup).await, Some("primary-emptied"));
    is_refused(&setup).await;
    is_not_compared(&setup).await;
    wait::until("a worker that says why it cannot work", SOON, async || {
        let status = worker.status();
        let error = status.last_error.clone().unwrap_or_default();
        let renewed = setup.twin.sides().primary.workers().await.unwrap();
        let known = setup.twin.check_timeline().await.unwrap();
        assert!(known.is_emptied(), "{known:?}");
        // Its row would be in the way of the dump.
        let is_out_of_the_way = renewed.is_empty();
        (is_out_of_the_way && (error.is_empty() || error.contains("was emptied")))
            .then_some(())
            .ok_or(format!("{status:?}, {renewed:?}"))
    })
    .await;

    let back = TABLES.map(|table| format!("insert into {table} select * from b_{table};"));
    let events = format!(r#"insert into "Outbox" ({EVENT}) select {EVENT} from b_events"#);
    setup.foreign(&format!("{}{events}", back.concat())).await;
    assert_eq!(alarm(&setup.twin).await, None);
    let token = points(&setup, "a").await.unwrap();
    let read = setup.twin.collection::<Account>().at_least(&token, SOON);
    assert_eq!(
        read.get(&id("a"))
            .await
            .unwrap()
            .value
            .unwrap()
            .value
            .points,
        1
    );
    worker.stop().await;
    setup.agrees().await;
}

async fn an_emptied_timeline_is_noticed_and_a_recovery_makes_it_again(setup: Setup) {
    setup.twin.insert(&account("a")).await.unwrap();
    let options = WorkerOptions {
        heartbeat: Some(Duration::from_millis(20)),
        ..quick()
    };
    let worker = setup.twin.start_worker(options).unwrap();
    wait::until("a heartbeat", SOON, async || worker.status().heartbeat).await;
    setup
        .foreign("delete from twinbase_timeline; delete from twinbase_heartbeat")
        .await;
    assert_eq!(alarm(&setup.twin).await, Some(Cause::PrimaryEmptied));
    is_refused(&setup).await;
    is_not_compared(&setup).await;
    // Nothing makes these rows but a person's command.
    let known = setup.twin.check_timeline().await.unwrap();
    assert!(known.is_emptied(), "{known:?}");

    let recovered = setup.twin.recover().await.unwrap();
    assert_eq!(alarm(&setup.twin).await, Some(Cause::Operator));
    let before = worker.status().heartbeat.unwrap().at;
    wait::until("a later heartbeat", SOON, async || {
        let now = worker.status().heartbeat?.at;
        (now > before).then_some(())
    })
    .await;
    let token = points(&setup, "a").await.unwrap();
    assert!(
        token
            .entries()
            .all(|(_, version)| version > recovered.floor)
    );
    worker.stop().await;
    setup.twin.drain(fast()).await.unwrap();
    setup.agrees().await;
}
