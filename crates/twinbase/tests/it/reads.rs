//! Invariant 4: a satisfied token is never a lie; a stale answer is never given as fresh.

use std::time::Duration;

use twinbase::{prelude::*, sync::NotCaughtUp};
use twinbase_testkit::{
    faults::{ContendedPrimary, Fault},
    wait,
};

use crate::{
    app::{Account, account, id},
    combination::{SOON, Setup, builder, connect, fast, on_every_combination},
};

on_every_combination!(
    a_satisfied_token_is_never_a_lie,
    a_read_that_cannot_be_fresh_is_an_error_and_not_a_stale_answer,
    a_token_of_an_aggregate_that_is_gone_is_satisfied_at_once,
    a_deletion_that_was_never_applied_is_shown_and_stays,
    a_token_that_nothing_can_satisfy_is_refused_at_once,
    readers_that_wait_ask_the_primary_once_together,
    a_foreign_clock_makes_nothing_older_or_younger_than_it_is,
    a_primary_that_does_not_answer_makes_no_eventual_read_wait,
    distinct_values_are_typed_and_as_fresh_as_demanded,
);

async fn distinct_values_are_typed_and_as_fresh_as_demanded(setup: Setup) {
    let worker = setup.twin.start_worker(fast()).unwrap();
    let mut token = Token::default();
    for (name, points) in [("one", 1), ("two", 1), ("three", 3)] {
        let written = setup.twin.insert(&account(name)).await.unwrap();
        let set = vec![Account::POINTS.set(points)];
        let written = setup
            .twin
            .update::<Account>(&written.id, set)
            .await
            .unwrap();
        token.merge(written.unwrap().token());
    }
    let accounts = || setup.twin.collection::<Account>().at_least(&token, SOON);
    let mut points = accounts()
        .distinct(Account::POINTS, doc! {})
        .await
        .unwrap()
        .value;
    points.sort_unstable();
    assert_eq!(points, [1, 3]);
    let filter = doc! { "points": 1 };
    let mut names = accounts()
        .distinct(Account::NAME, filter)
        .await
        .unwrap()
        .value;
    names.sort_unstable();
    assert_eq!(names, ["one", "two"]);
    worker.stop().await;
    setup.faults.set(Fault::Down);
    let away = setup.twin.collection::<Account>().or_primary();
    let away = away.distinct(Account::POINTS, doc! {}).await;
    assert!(
        matches!(away, Err(ReadError::NoPrimaryForm { .. })),
        "{away:?}"
    );
}

async fn a_satisfied_token_is_never_a_lie(setup: Setup) {
    let worker = setup.twin.start_worker(fast()).unwrap();
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

/// A token that names one version of an account.
fn token(account: &AggregateId, version: i64) -> Token {
    let mut token = Token::default();
    let key = Account::key(account.clone());
    token.insert(key, Version::new(version));
    token
}

async fn a_token_of_an_aggregate_that_is_gone_is_satisfied_at_once(setup: Setup) {
    let one = setup.twin.insert(&account("one")).await.unwrap();
    let deleted = setup.twin.delete::<Account>(&one.id).await.unwrap();
    let deleted = deleted.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let primary = &setup.twin.sides().primary;
    let all_are_satisfied = async || {
        for token in [one.token(), deleted.token()] {
            let accounts = setup.twin.collection::<Account>();
            let count = accounts.at_least(&token, SOON).count(doc! {}).await;
            assert_eq!(count.unwrap().value, 0);
        }
    };
    all_are_satisfied().await;
    // Without its tombstone.
    let later = setup.twin.sides().clock.now() + Duration::from_secs(1);
    let replica = &setup.twin.sides().replica;
    let swept = replica.sweep(Account::schema(), later, 10).await.unwrap();
    assert_eq!(swept, 1);
    all_are_satisfied().await;
    // Without its events and its head too.
    replica.sweep(Account::schema(), later, 10).await.unwrap();
    let head = Account::key(one.id.clone());
    primary.retire(later, 10).await.unwrap();
    let forgotten = primary.forget(&[(head, deleted.version)]).await.unwrap();
    assert_eq!(forgotten, 1);
    all_are_satisfied().await;
    assert!(setup.stored().await.is_empty());
}

async fn a_deletion_that_was_never_applied_is_shown_and_stays(setup: Setup) {
    let one = setup.twin.insert(&account("one")).await.unwrap();
    let deleted = setup.twin.delete::<Account>(&one.id).await.unwrap();
    let accounts = setup.twin.collection::<Account>();
    let token = deleted.unwrap().token();
    // No worker runs: its creation waits, and must not come back behind the answer.
    let count = accounts.at_least(&token, SOON).count(doc! {}).await;
    assert_eq!(count.unwrap().value, 0);
    let stored = setup.stored().await;
    assert!(
        stored.len() == 1 && stored[0].document.is_none(),
        "{stored:?}"
    );
    setup.twin.drain(fast()).await.unwrap();
    assert_eq!(setup.document(&one.id).await, None);
}

async fn a_token_that_nothing_can_satisfy_is_refused_at_once(setup: Setup) {
    let one = setup.twin.insert(&account("one")).await.unwrap();
    setup.twin.drain(fast()).await.unwrap();
    let read = async |token: &Token| {
        let accounts = setup.twin.collection::<Account>();
        accounts.at_least(token, SOON).count(doc! {}).await
    };
    let ahead = read(&token(&one.id, 99)).await.unwrap_err();
    assert!(
        matches!(&ahead, ReadError::NotCaughtUp(NotCaughtUp::UnknownVersion)),
        "{ahead}"
    );
    let mut many = Token::default();
    for n in 0..5_000 {
        many.merge(token(&id(format!("many-{n}")), 1));
    }
    let folded: Token = many.to_string().parse().unwrap();
    let refused = read(&folded).await.unwrap_err();
    assert!(
        matches!(&refused, ReadError::NotCaughtUp(NotCaughtUp::Folded)) && refused.wants_primary(),
        "{refused}"
    );
    // In the process that wrote it, a token holds whatever it names; nothing is known of these.
    assert_eq!(read(&many).await.unwrap().value, 1);
}

async fn readers_that_wait_ask_the_primary_once_together(setup: Setup) {
    let (primary, contention) = ContendedPrimary::new(setup.twin.sides().primary.clone());
    let twin = builder()
        .open_primary(primary)
        .open_replica(setup.twin.sides().replica.clone())
        .open()
        .await
        .unwrap();
    let backlog: Vec<_> = (0..2_000)
        .map(|n| account(&format!("backlog-{n}")))
        .collect();
    twin.insert_many(&backlog).await.unwrap();
    let readers: Vec<_> = (0..50)
        .map(|n| {
            let twin = twin.clone();
            let token = token(&id(format!("backlog-{n}")), 1);
            tokio::spawn(async move {
                let accounts = twin.collection::<Account>();
                let read = accounts.at_least(&token, Duration::from_secs(2));
                (
                    read.count(doc! {}).await,
                    twin.collection::<Account>().count(doc! {}).await,
                )
            })
        })
        .collect();
    for reader in readers {
        let (late, anyway) = reader.await.unwrap();
        assert!(
            matches!(
                late,
                Err(ReadError::NotCaughtUp(NotCaughtUp::Waited { .. }))
            ),
            "{late:?}"
        );
        assert_eq!(anyway.unwrap().value, 0);
    }
    let calls = |method| contention.calls(method);
    // Each reader by itself would have asked 20 times. A worker needs four calls to read and mark so many events.
    assert!(
        (1..=20).contains(&calls("states_of")),
        "{}",
        calls("states_of")
    );
    assert_eq!(calls("unapplied"), 0);
    assert!(calls("status") <= 20, "{}", calls("status"));
}

async fn a_foreign_clock_makes_nothing_older_or_younger_than_it_is(setup: Setup) {
    let begun = std::time::Instant::now();
    for (id, clock) in [
        ("past", "0001-01-01 00:00:00Z"),
        ("future", "2999-01-01 00:00:00Z"),
    ] {
        setup
            .foreign(&format!(
                "insert into \"Outbox\" (id, event_type, aggregate_type, aggregate_id, payload, created_at)
                 values ('{id}', 'account.created', 'account', '{id}', '{{}}', '{clock}')"
            ))
            .await;
    }
    let most = Duration::from_millis(50);
    let late = wait::until("a refused read", SOON, async || {
        let accounts = setup.twin.collection::<Account>();
        let read = accounts.max_staleness(most).count(doc! {}).await;
        read.err().ok_or("it is fresh enough")
    })
    .await;
    let ReadError::NotCaughtUp(NotCaughtUp::TooOld { staleness }) = late else {
        panic!("{late}");
    };
    // It is a bound, and of a while before what was written here.
    assert!(
        (most..begun.elapsed() + SOON).contains(&staleness),
        "{staleness:?}"
    );
    let lag = setup.twin.health().await.lag().unwrap();
    assert!(lag <= begun.elapsed() + SOON, "{lag:?}");
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
    let reads = async {
        for _ in 0..20 {
            let read = setup.twin.collection::<Account>().get(&one.id).await;
            assert_eq!(read.unwrap().value, Some(one.clone()));
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reads)
        .await
        .unwrap();
    drop(blocker);
    // Nobody waited for it; it is asked in the background and answers when it can.
    wait::until("a bound on the age", SOON, async || {
        let staleness = setup.twin.freshness().staleness();
        staleness.map(|_| ()).ok_or("no bound yet".to_owned())
    })
    .await;
}
