//! A transaction that lost against another is run again, and commits once.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use twinbase::{prelude::*, primary::client::RetryPolicy};
use twinbase_testkit::faults::{ContendedPrimary, Contention, Lose};

use crate::{
    app::{Account, account, note},
    combination::{Setup, builder, on_every_combination},
};

on_every_combination!(
    a_lost_change_is_made_again_and_has_one_event,
    a_lost_transaction_runs_its_closure_again_and_commits_once,
    a_transaction_that_always_loses_gives_up_and_leaves_nothing,
    a_failed_statement_that_is_passed_over_does_not_commit,
);

const EVENTS: &str = r#"select count(*) from "Outbox""#;

async fn contended(setup: &Setup) -> (Twinbase, Contention) {
    let (primary, contention) = ContendedPrimary::new(setup.twin.sides().primary.clone());
    let twin = builder()
        .open_primary(primary)
        .open_replica(setup.twin.sides().replica.clone())
        .retries(RetryPolicy {
            max_attempts: 4,
            base: Duration::from_micros(10),
            cap: Duration::from_millis(1),
        })
        .open()
        .await
        .unwrap();
    (twin, contention)
}

async fn a_lost_change_is_made_again_and_has_one_event(setup: Setup) {
    let (twin, contention) = contended(&setup).await;
    contention.script([Lose::AtStatement, Lose::AtCommit]);
    let written = twin.insert(&account("one")).await.unwrap();
    assert_eq!(written.version.get(), 1);
    assert_eq!(setup.number(EVENTS).await, 1);
}

async fn a_lost_transaction_runs_its_closure_again_and_commits_once(setup: Setup) {
    let (twin, contention) = contended(&setup).await;
    contention.script([Lose::AtStatement, Lose::AtCommit]);
    let (runs, one) = (AtomicU32::new(0), account("one"));
    let (runs, one) = (&runs, &one);
    let (points, token) = twin
        .write(|tx| async move {
            runs.fetch_add(1, Ordering::Relaxed);
            let account = tx.insert(one).await?;
            tx.insert(&note("first", &account.id)).await?;
            let set = vec![Account::POINTS.increase(1)];
            let account = tx.update::<Account>(&account.id, set).await?;
            Ok::<_, PrimaryError>(account.map(|account| account.points))
        })
        .await
        .unwrap();
    assert_eq!((points, runs.load(Ordering::Relaxed)), (Some(1), 3));
    assert_eq!(token.entries().len(), 2);
    assert_eq!(setup.number(EVENTS).await, 3);
}

async fn a_transaction_that_always_loses_gives_up_and_leaves_nothing(setup: Setup) {
    let (twin, contention) = contended(&setup).await;
    contention.script([Lose::AtCommit; 4]);
    let (runs, one) = (AtomicU32::new(0), account("one"));
    let (runs, one) = (&runs, &one);
    let lost = twin
        .write(|tx| async move {
            runs.fetch_add(1, Ordering::Relaxed);
            tx.insert(one).await
        })
        .await
        .unwrap_err();
    assert!(matches!(lost, PrimaryError::Contention { .. }), "{lost}");
    assert_eq!(runs.load(Ordering::Relaxed), 4);
    assert_eq!(setup.number(EVENTS).await, 0);
    assert_eq!(setup.number("select count(*) from accounts").await, 0);
}

async fn a_failed_statement_that_is_passed_over_does_not_commit(setup: Setup) {
    setup.twin.insert(&account("one")).await.unwrap();
    let (one, two) = (account("one"), account("two"));
    let (one, two) = (&one, &two);
    let result = setup
        .twin
        .write(|tx| async move {
            let twice = tx.insert(one).await;
            assert!(matches!(twice, Err(PrimaryError::Constraint { .. })));
            // The transaction is over, whatever the closure makes of it.
            let _ = tx.insert(two).await;
            Ok::<_, PrimaryError>(())
        })
        .await;
    assert!(result.is_err());
    assert_eq!(setup.number(EVENTS).await, 1);
}
