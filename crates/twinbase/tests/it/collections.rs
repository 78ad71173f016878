//! A collection that fails stops only itself.

use std::time::{Duration, Instant};

use twinbase::prelude::*;
use twinbase_testkit::{faults::Fault, wait};

use crate::{
    app::{account, id, note},
    combination::{Combination, SOON, Setup, builder, fast, on_every_combination, run},
};

on_every_combination!(
    a_refused_collection_waits_alone_and_goes_on_by_itself,
    a_collection_that_cannot_be_prepared_is_applied_to,
    a_column_that_changed_during_a_deploy_stops_only_its_collection,
    a_worker_with_options_outside_of_their_limits_is_not_made,
);

/// A pause is at least half of this.
const BACKOFF: Duration = Duration::from_secs(1);

/// How many events wait and have not failed.
const WAITS: &str = r#"select count(*) from "Outbox" where processed = false and retry_count <= 5"#;

/// Waits until the worker sees the collection of accounts in this state.
async fn accounts(worker: &Worker, expected: CollectionState) -> CollectionStatus {
    wait::until(expected.name(), SOON, async || {
        let status = worker.status().collections;
        let accounts = status.iter().find(|one| one.collection == "accounts");
        let accounts = accounts.cloned().unwrap();
        if accounts.state == expected {
            Ok(accounts)
        } else {
            Err(format!("{accounts:?}"))
        }
    })
    .await
}

async fn notes_are_applied(setup: &Setup) {
    let waiting =
        r#"select count(*) from "Outbox" where processed = false and aggregate_type = 'note'"#;
    wait::until("the other collection", SOON, async || {
        let count = setup.number(waiting).await;
        (count == 0).then_some(()).ok_or(count)
    })
    .await;
}

async fn a_refused_collection_waits_alone_and_goes_on_by_itself(setup: Setup) {
    setup.faults.set(Fault::Refuse("accounts"));
    let options = WorkerOptions {
        batch_events: 20,
        backoff_base: BACKOFF,
        backoff_cap: BACKOFF,
        ..fast()
    };
    let worker = setup.twin.start_worker(options).unwrap();
    let began = Instant::now();
    // Many more than a batch has: they are first wherever a read begins.
    let refused: Vec<_> = (0..400).map(|n| account(&format!("key-{n}"))).collect();
    setup.twin.insert_many(&refused).await.unwrap();
    let status = accounts(&worker, CollectionState::Refused).await;
    assert!(status.error.unwrap().contains("a fault of the test"));
    assert!(status.remedy.is_some());
    the_reason_is_with_the_workers(&setup).await;
    for n in 0..100 {
        let note = note(&format!("note-{n}"), &id("key-1"));
        setup.twin.insert(&note).await.unwrap();
    }
    notes_are_applied(&setup).await;
    let attempts = r#"select count(*) from "Outbox" where retry_count > 0"#;
    assert_eq!(setup.number(attempts).await, 0);
    assert_ne!(worker.status().state, WorkerState::BackingOff);
    // What is refused is read once in each pause, by a batch, and not with every note.
    let tries = 1 + 2 * began.elapsed().as_secs();
    let (read, most) = (worker.status().read, 100 + 40 * (5 + tries));
    assert!(read <= most, "{read} events were read, {most} at most");
    setup.faults.set(Fault::None);
    setup.drained().await;
    accounts(&worker, CollectionState::Ok).await;
    assert_eq!(setup.number(attempts).await, 0);
    worker.stop().await;
    setup.agrees().await;
}

/// Any process can show operators why, and what to do.
async fn the_reason_is_with_the_workers(setup: &Setup) {
    wait::until("the reason of what is refused", SOON, async || {
        let workers = setup.twin.sides().primary.workers().await.unwrap();
        let failing = &workers[0].report.failing;
        let words = ["accounts refused (", "a fault of the test", ". "];
        if words.iter().all(|words| failing.contains(words)) {
            Ok(())
        } else {
            Err(failing.clone())
        }
    })
    .await;
}

async fn a_collection_that_cannot_be_prepared_is_applied_to(setup: Setup) {
    setup.faults.set(Fault::RefusePrepare("accounts"));
    let worker = setup.twin.start_worker(fast()).unwrap();
    let status = accounts(&worker, CollectionState::Unprepared).await;
    assert!(status.error.is_some() && status.remedy.is_some());
    setup.twin.insert(&account("one")).await.unwrap();
    setup.drained().await;
    setup.faults.set(Fault::None);
    accounts(&worker, CollectionState::Ok).await;
    worker.stop().await;
    setup.agrees().await;
}

/// The payload lacks fields, so the row has to be read, and cannot be.
async fn a_column_that_changed_during_a_deploy_stops_only_its_collection(setup: Setup) {
    let all: Vec<_> = (0..3).map(|n| account(&format!("key-{n}"))).collect();
    setup.twin.insert_many(&all).await.unwrap();
    let worker = setup.twin.start_worker(fast()).unwrap();
    setup.drained().await;
    setup
        .foreign(
            r#"alter table accounts rename column points to score;
            insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload) values
            ('event-1', 'account.updated', 'account', 'key-0', '{"id": "key-0"}')"#,
        )
        .await;
    setup
        .twin
        .insert(&note("note", &id("key-1")))
        .await
        .unwrap();
    notes_are_applied(&setup).await;
    assert_eq!(setup.number(WAITS).await, 1);
    setup
        .foreign("alter table accounts rename column score to points")
        .await;
    setup.drained().await;
    worker.stop().await;
    setup.agrees().await;
}

/// The worker signs in as a role of which a right was taken away, as between two steps of a migration.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_whose_rights_were_revoked_stops_only_its_collection() {
    let combination = Combination {
        postgres: true,
        mongodb: false,
    };
    let name = "a_table_whose_rights_were_revoked_stops_only_its_collection";
    run(combination, name, |setup| async move {
        // Roles belong to the server: this one is named after the test's own database.
        let role = match setup.value("select current_database()::text").await {
            Value::Text(database) => format!("role_of_{database}"),
            other => panic!("the database's name is {other:?}"),
        };
        setup
            .foreign(&format!(
                "create role {role};
                grant all on all tables in schema public to {role};
                grant all on all sequences in schema public to {role}"
            ))
            .await;
        let separator = if setup.primary_url.contains('?') {
            '&'
        } else {
            '?'
        };
        let limited = format!("{}{separator}options=-c%20role%3D{role}", setup.primary_url);
        let limited = builder()
            .primary(&limited)
            .open_replica(setup.other().await.sides().replica.clone())
            .open()
            .await
            .unwrap();
        setup.twin.insert(&account("key")).await.unwrap();
        let worker = limited.start_worker(fast()).unwrap();
        setup.drained().await;
        setup
            .foreign(&format!(
                r#"revoke all on accounts from {role};
                insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload) values
                ('event-1', 'account.updated', 'account', 'key', '{{"id": "key"}}')"#
            ))
            .await;
        let note = note("note", &id("key"));
        setup.twin.insert(&note).await.unwrap();
        notes_are_applied(&setup).await;
        assert_eq!(setup.number(WAITS).await, 1);
        setup
            .foreign(&format!("grant all on accounts to {role}"))
            .await;
        setup.drained().await;
        worker.stop().await;
        limited.close().await;
        setup.agrees().await;
        setup
            .foreign(&format!("drop owned by {role}; drop role {role}"))
            .await;
    })
    .await;
}

async fn a_worker_with_options_outside_of_their_limits_is_not_made(setup: Setup) {
    let options = WorkerOptions {
        lease_renew: Duration::from_secs(7),
        ..fast()
    };
    let error = setup.twin.start_worker(options.clone()).unwrap_err();
    let StartError::Options(error) = error else {
        panic!("{error}");
    };
    assert_eq!(error.option, "lease_renew");
    assert!(setup.twin.drain(options).await.is_err());
}
