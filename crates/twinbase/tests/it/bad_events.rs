//! Invariant 6: one bad event delays no other key, and is visible until it is healed.

use twinbase::prelude::*;
use twinbase_testkit::faults::Fault;

use crate::{
    app::{Account, account, id},
    combination::{SOON, Setup, fast, on_every_combination},
};

on_every_combination!(
    one_refused_document_delays_no_other_key_and_fails_after_six_tries,
    a_payload_that_cannot_be_mapped_is_applied_from_the_row,
    an_event_of_an_unknown_type_fails_visibly,
    one_document_over_the_limit_of_size_is_charged_alone,
    an_event_with_an_unreadable_time_delays_nothing,
    an_event_of_unreadable_bytes_delays_nothing,
    one_bad_key_in_a_hundred_leaves_the_others_alone_while_it_retries,
);

const FAILED: &str = r#"select count(*) from "Outbox" where retry_count > 5"#;
const OTHERS: &str =
    r#"select count(*) from "Outbox" where processed = false and aggregate_id <> 'bad'"#;

/// Drains until nothing is left to try: retries wait a few milliseconds each.
async fn exhaust(setup: &Setup) {
    let worker = setup.twin.start_worker(fast()).unwrap();
    setup.drained().await;
    worker.stop().await;
}

async fn one_refused_document_delays_no_other_key_and_fails_after_six_tries(setup: Setup) {
    let bad = setup.twin.insert(&account("bad")).await.unwrap();
    let good: Vec<_> = (0..50).map(|n| account(&format!("good-{n}"))).collect();
    setup.twin.insert_many(&good).await.unwrap();
    setup.faults.set(Fault::Reject(bad.id.clone()));
    // The first pass applies every other key.
    setup.twin.drain(fast()).await.unwrap();
    assert_eq!(setup.number(OTHERS).await, 0);
    exhaust(&setup).await;
    assert_eq!(setup.number(FAILED).await, 1);
    assert_eq!(
        setup
            .number(r#"select retry_count from "Outbox" where aggregate_id = 'bad'"#)
            .await,
        6
    );
    let rows = setup
        .twin
        .query(
            r#"select last_error, error_key from "Outbox" where retry_count > 5"#,
            &[],
        )
        .await
        .unwrap();
    assert_eq!(rows[0].get::<String>("error_key").unwrap(), "rejected-121");
    assert!(
        rows[0]
            .get::<String>("last_error")
            .unwrap()
            .contains("refuses")
    );
    let health = setup.twin.health().await.outbox.unwrap();
    assert_eq!((health.backlog, health.failed), (0, 1));
    assert!(health.oldest_unapplied.is_some() && health.oldest_pending.is_none());
    // A newer event of the key that succeeds heals it.
    setup.faults.set(Fault::None);
    let set = vec![Account::POINTS.set(9)];
    setup.twin.update::<Account>(&bad.id, set).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    assert_eq!(
        setup
            .number(r#"select count(*) from "Outbox" where processed = false"#)
            .await,
        0
    );
    assert_eq!(setup.twin.health().await.outbox.unwrap().failed, 0);
    setup.agrees().await;
}

async fn a_payload_that_cannot_be_mapped_is_applied_from_the_row(setup: Setup) {
    setup
        .foreign(
            r#"insert into accounts (id, name, points, secret) values ('bad', 'name', 7, 'x');
            insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload) values
            ('event-1', 'account.created', 'account', 'bad', '{"id": "bad", "name": "name", "points": "many"}')"#,
        )
        .await;
    exhaust(&setup).await;
    assert_eq!(setup.number(FAILED).await, 0);
    assert_eq!(setup.number(r#"select retry_count from "Outbox""#).await, 1);
    assert_eq!(setup.document(&id("bad")).await.unwrap().points, 7);
    setup.agrees().await;
}

async fn an_event_of_an_unknown_type_fails_visibly(setup: Setup) {
    setup.twin.insert(&account("good")).await.unwrap();
    setup
        .foreign(
            r#"insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload) values
            ('event-1', 'planet.created', 'planet', 'bad', '{"id": "bad"}')"#,
        )
        .await;
    exhaust(&setup).await;
    assert_eq!(
        (setup.number(FAILED).await, setup.number(OTHERS).await),
        (1, 0)
    );
    let rows = setup
        .twin
        .query(
            r#"select last_error from "Outbox" where retry_count > 5"#,
            &[],
        )
        .await
        .unwrap();
    assert!(
        rows[0]
            .get::<String>("last_error")
            .unwrap()
            .contains("planet")
    );
}

async fn one_document_over_the_limit_of_size_is_charged_alone(setup: Setup) {
    let mut rows: Vec<_> = (0..6).map(|n| account(&format!("good-{n}"))).collect();
    // Too large together for one message of some servers, but not each by itself.
    for row in &mut rows[..3] {
        row.name = "x".repeat(15 << 20);
    }
    setup.twin.insert_many(&rows).await.unwrap();
    let mut bad = account("bad");
    bad.name = "x".repeat(17 << 20);
    setup.twin.insert(&bad).await.unwrap();
    exhaust(&setup).await;
    assert_eq!(
        (setup.number(FAILED).await, setup.number(OTHERS).await),
        (1, 0)
    );
    let charged = r#"select count(*) from "Outbox" where retry_count > 0"#;
    assert_eq!(setup.number(charged).await, 1);
    assert_eq!(setup.document(&id("bad")).await, None);
    assert_eq!(setup.stored().await.len(), 6);
}

async fn an_event_with_an_unreadable_time_delays_nothing(setup: Setup) {
    setup.twin.insert(&account("good")).await.unwrap();
    setup
        .foreign(r#"update "Outbox" set created_at = 'infinity'"#)
        .await;
    assert!(setup.twin.health().await.outbox.is_some());
    setup.twin.drain(fast()).await.unwrap();
    setup.agrees().await;
}

async fn an_event_of_unreadable_bytes_delays_nothing(setup: Setup) {
    let Some(file) = setup.primary_url.strip_prefix("sqlite:") else {
        // PostgreSQL keeps columns to their types.
        return;
    };
    setup.twin.insert(&account("good")).await.unwrap();
    rusqlite::Connection::open(file)
        .unwrap()
        .execute_batch(
            r#"insert into "Outbox" (event_type, aggregate_type, aggregate_id, payload) values
            ('account.created', 'account', x'ff62', '{}'), (x'ff', 'account', 'bad', x'7b7d'),
            ('account.created', x'ff', 'bad', '{}');
            update "Outbox" set retry_count = -1 where aggregate_id = 'bad'"#,
        )
        .unwrap();
    exhaust(&setup).await;
    assert!(setup.document(&id("good")).await.is_some());
    // The one with a readable id is applied from its row: there is none.
    assert_eq!(setup.number(FAILED).await, 2);
}

async fn one_bad_key_in_a_hundred_leaves_the_others_alone_while_it_retries(setup: Setup) {
    setup.faults.set(Fault::RejectIf(|id| {
        id.as_str()
            .strip_prefix("key-")
            .is_some_and(|n| n.ends_with("00"))
    }));
    let worker = setup
        .twin
        .start_worker(WorkerOptions {
            batch_events: 50,
            ..fast()
        })
        .unwrap();
    // Among each other in every batch, and again while the first are tried again.
    for part in 1..5 {
        let keys = (part * 100..(part + 1) * 100).map(|n| account(&format!("key-{n}")));
        setup
            .twin
            .insert_many(&keys.collect::<Vec<_>>())
            .await
            .unwrap();
    }
    twinbase_testkit::wait::until("the bad ones to fail", SOON, async || {
        let status = setup.twin.sides().primary.status().await.unwrap();
        let is_over = (status.backlog, status.failed) == (0, 4);
        is_over.then_some(()).ok_or(format!("{status:?}"))
    })
    .await;
    worker.stop().await;
    let tries = r#"select count(*) from "Outbox" where aggregate_id "#;
    for (of, expected) in [
        ("not like '%00' and retry_count > 0", 0),
        ("not like '%00' and processed = true", 396),
        ("like '%00' and retry_count = 6", 4),
    ] {
        assert_eq!(
            setup.number(&format!("{tries} {of}")).await,
            expected,
            "{of}"
        );
    }
    assert_eq!(setup.stored().await.len(), 396);
}
