//! Invariant 4: a satisfied token is never a lie; a stale answer is never given as fresh.

use std::time::Duration;

use twinbase::prelude::*;
use twinbase_testkit::faults::Fault;

use crate::{
    app::{Account, account, id},
    combination::{SOON, Setup, connect, fast, on_every_combination},
};

on_every_combination!(
    a_satisfied_token_is_never_a_lie,
    a_read_that_cannot_be_fresh_is_an_error_and_not_a_stale_answer,
    a_token_of_a_deletion_is_satisfied_after_its_tombstone_has_gone,
    a_primary_that_does_not_answer_makes_no_eventual_read_wait,
);

async fn a_satisfied_token_is_never_a_lie(setup: Setup) {
    let worker = setup.twin.start_worker(fast());
    let tasks: Vec<_> = (0..4)
        .map(|task| {
            let twin = setup.twin.clone();
            tokio::spawn(async move {
                let id = twin
                    .insert(&account(&format!("task-{task}")))
                    .await
                    .unwrap()
                    .id;
                for points in 1..30 {
                    let set = vec![Account::POINTS.set(points)];
                    let written = twin.update::<Account>(&id, set).await.unwrap().unwrap();
                    let token: Token = written.token().to_string().parse().unwrap();
                    let found = twin
                        .collection::<Account>()
                        .at_least(&token, SOON)
                        .find(doc! { "points": points, "name": written.name.as_str() })
                        .all()
                        .await
                        .unwrap();
                    assert_eq!(
                        (found.value, found.source),
                        (vec![written.value], Source::Replica)
                    );
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    worker.stop().await;
}

async fn a_read_that_cannot_be_fresh_is_an_error_and_not_a_stale_answer(setup: Setup) {
    let written = setup.twin.insert(&account("one")).await.unwrap();
    let accounts = || setup.twin.collection::<Account>();
    let wait = Duration::from_millis(20);
    let late = accounts()
        .at_least(&written.token(), wait)
        .find(doc! {})
        .all()
        .await;
    let error = late.unwrap_err();
    assert!(
        matches!(error, ReadError::NotCaughtUp(_)) && error.wants_primary(),
        "{error}"
    );
    let old = accounts()
        .max_staleness(Duration::ZERO)
        .count(doc! {})
        .await;
    assert!(matches!(old, Err(ReadError::NotCaughtUp(_))), "{old:?}");
    // Without a demand the answer says how old it may be.
    let anyway = accounts().find(doc! {}).all().await.unwrap();
    assert!(anyway.value.is_empty() && anyway.staleness.unwrap() > Duration::ZERO);
    // A replica that is away is no stale answer either.
    setup.faults.set(Fault::Down);
    let away = accounts().find(doc! {}).all().await.unwrap_err();
    assert!(
        matches!(away, ReadError::Replica(_)) && away.wants_primary(),
        "{away}"
    );
    setup.faults.set(Fault::None);
    setup.twin.drain(fast()).await.unwrap();
    let now = accounts()
        .at_least(&written.token(), SOON)
        .find(doc! {})
        .all()
        .await;
    assert_eq!(now.unwrap().value, [written.value]);
    let fresh = accounts().max_staleness(SOON).count(doc! {}).await.unwrap();
    assert_eq!(fresh.value, 1);
}

async fn a_token_of_a_deletion_is_satisfied_after_its_tombstone_has_gone(setup: Setup) {
    let one = setup.twin.insert(&account("one")).await.unwrap();
    let deleted = setup
        .twin
        .delete::<Account>(&one.id)
        .await
        .unwrap()
        .unwrap();
    let count_within = |wait| {
        let accounts = setup.twin.collection::<Account>();
        accounts.at_least(&deleted.token(), wait).count(doc! {})
    };
    let count = || count_within(SOON);
    // Neither document nor tombstone is there yet, and that does not satisfy it.
    count_within(Duration::from_millis(20)).await.unwrap_err();
    setup.twin.drain(fast()).await.unwrap();
    assert_eq!(count().await.unwrap().value, 0);
    let later = setup.twin.sides().clock.now() + Duration::from_secs(1);
    let replica = &setup.twin.sides().replica;
    let swept = replica.sweep(Account::SCHEMA, later, 10).await.unwrap();
    assert_eq!(swept, 1);
    assert_eq!(count().await.unwrap().value, 0);
    assert_eq!(setup.document(&id("one")).await, None);
}

async fn a_primary_that_does_not_answer_makes_no_eventual_read_wait(setup: Setup) {
    if setup.primary_url.starts_with("sqlite:") {
        // Nobody can keep a reader of SQLite waiting.
        return;
    }
    let one = setup.twin.insert(&account("one")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let blocker = connect(&setup.primary_url).await;
    blocker
        .batch_execute(r#"begin; lock table "Outbox" in access exclusive mode"#)
        .await
        .unwrap();
    let read = setup.twin.collection::<Account>().get(&one.id);
    let read = tokio::time::timeout(Duration::from_secs(20), read).await;
    assert_eq!(read.unwrap().unwrap().value, Some(one));
}
