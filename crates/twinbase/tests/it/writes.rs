//! Invariants 1 and 7: a change and its events are one thing, and secrets stay.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use twinbase::prelude::*;

use crate::{
    app::{Account, SECRET, account, id, note},
    combination::{Setup, fast, on_every_combination},
};

on_every_combination!(
    a_committed_change_has_exactly_its_events_and_a_rolled_back_one_has_none,
    sixteen_writers_on_one_key_lose_no_update,
    a_change_of_an_aggregate_around_its_event_is_refused,
    a_conditional_update_wins_once,
    a_secret_is_in_no_event_and_no_document,
);

/// The closure's own reason to roll back.
#[derive(Debug)]
enum Failed {
    OnPurpose,
    Primary(PrimaryError),
}

impl From<PrimaryError> for Failed {
    fn from(error: PrimaryError) -> Self {
        Self::Primary(error)
    }
}

async fn a_committed_change_has_exactly_its_events_and_a_rolled_back_one_has_none(setup: Setup) {
    let mut random = StdRng::seed_from_u64(1);
    let twin = &setup.twin;
    let (mut committed, mut rolled_back) = (0, 0);
    for round in 0..60 {
        let who = account(&format!("account-{round}"));
        let of = who.id.clone();
        let fails = random.random_bool(0.4);
        let deletes = random.random_bool(0.3);
        let (who, of) = (&who, &of);
        let result = twin
            .write(|tx| async move {
                tx.insert(who).await?;
                let notes: Vec<_> = (0..3).map(|n| note(&format!("{of}-{n}"), of)).collect();
                tx.insert_many(&notes).await?;
                tx.update::<Account>(of, vec![Account::POINTS.increase(1)])
                    .await?;
                if deletes {
                    tx.delete::<Account>(of).await?;
                }
                if fails {
                    Err(Failed::OnPurpose)
                } else {
                    Ok(())
                }
            })
            .await;
        match result {
            Ok(((), token)) => {
                // The account and its three notes, each once, at its last version.
                assert_eq!(token.entries().len(), 4);
                committed += 5 + i64::from(deletes);
            }
            Err(Failed::OnPurpose) => rolled_back += 1,
            Err(Failed::Primary(error)) => panic!("{error}"),
        }
    }
    assert!(rolled_back > 5 && committed > 100);
    let count = r#"select count(*) from "Outbox""#;
    assert_eq!(setup.number(count).await, committed);
    // As many events as the head says, for each aggregate, and none without a head.
    let heads = "select cast(sum(version) as bigint) from aggregate_version";
    assert_eq!(setup.number(heads).await, committed);
    let different = r#"select count(*) from aggregate_version v where v.version <>
        (select count(*) from "Outbox" o where o.aggregate_type = v.aggregate_type and o.aggregate_id = v.aggregate_id)"#;
    assert_eq!(setup.number(different).await, 0);
    twin.drain(fast()).await.unwrap();
    setup.agrees().await;
}

async fn sixteen_writers_on_one_key_lose_no_update(setup: Setup) {
    let one = account("one");
    setup.twin.insert(&one).await.unwrap();
    let worker = setup.twin.start_worker(fast()).unwrap();
    let writers: Vec<_> = (0..16)
        .map(|_| {
            let (twin, id) = (setup.twin.clone(), one.id.clone());
            tokio::spawn(async move {
                for _ in 0..10 {
                    let set = vec![Account::POINTS.increase(1)];
                    twin.update::<Account>(&id, set).await.unwrap().unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    setup.drained().await;
    let document = setup.document(&one.id).await.unwrap();
    assert_eq!((document.points, document.version.get()), (160, 161));
    worker.stop().await;
    setup.agrees().await;
}

async fn a_change_of_an_aggregate_around_its_event_is_refused(setup: Setup) {
    let twin = &setup.twin;
    twin.insert(&account("one")).await.unwrap();
    for name in ["accounts", "ACCOUNTS", "Outbox", "aggregate_version"] {
        let table = Table::new(name, Account::schema().table.fields.clone()).into();
        let error = twin.delete_plain::<()>(&table, []).await.unwrap_err();
        assert!(
            matches!(error, PrimaryError::InvalidStatement { .. }),
            "{name}: {error}"
        );
    }
    for sql in [
        "delete from accounts",
        "with gone as (delete from accounts returning id) select id from gone",
        "select 1; delete from accounts",
        "/* select */ update accounts set points = 1",
    ] {
        let error = twin.query(sql, &[]).await.unwrap_err();
        assert!(
            matches!(error, PrimaryError::InvalidStatement { .. }),
            "{sql}: {error}"
        );
    }
    assert_eq!(setup.number("select count(*) from accounts").await, 1);
}

async fn a_conditional_update_wins_once(setup: Setup) {
    let first = setup.twin.insert(&account("one")).await.unwrap();
    let tries: Vec<_> = (0..16)
        .map(|n| {
            let (twin, id, version) = (setup.twin.clone(), first.id.clone(), first.version);
            tokio::spawn(async move {
                let set = vec![Account::POINTS.set(n)];
                twin.update_if::<Account>(&id, version, set).await
            })
        })
        .collect();
    let (mut won, mut lost) = (0, 0);
    for attempt in tries {
        match attempt.await.unwrap() {
            Ok(Some(account)) if account.version.get() == 2 => won += 1,
            Err(PrimaryError::VersionConflict { found, .. }) if found.get() == 2 => lost += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((won, lost), (1, 15));
    let (nobody, set) = (id("nobody"), vec![Account::POINTS.set(1)]);
    let none = setup.twin.update_if::<Account>(&nobody, first.version, set);
    assert_eq!(none.await.unwrap(), None);
}

async fn a_secret_is_in_no_event_and_no_document(setup: Setup) {
    let twin = &setup.twin;
    let one = twin.insert(&account("one")).await.unwrap();
    let set = vec![Account::SECRET.set(format!("{SECRET} again"))];
    twin.update::<Account>(&one.id, set).await.unwrap();
    twin.delete::<Account>(&one.id).await.unwrap();
    twin.insert(&account("one")).await.unwrap();
    // A writer that takes the whole row for its payload, as the seed's do.
    setup
        .foreign(&format!(
            r#"insert into accounts (id, name, points, secret) values ('two', 'two', 0, '{SECRET}');
            insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload) values
            ('event-1', 'account.created', 'account', 'two',
             '{{"id": "two", "name": "two", "points": 0, "secret": "{SECRET}"}}')"#
        ))
        .await;
    let leaks =
        format!(r#"select count(*) from "Outbox" where cast(payload as text) like '%{SECRET}%'"#);
    assert_eq!(setup.number(&leaks).await, 0);
    assert_eq!(setup.number(r#"select count(*) from "Outbox""#).await, 5);
    twin.drain(fast()).await.unwrap();
    let stored = setup.stored().await;
    assert_eq!(stored.len(), 2);
    assert!(!format!("{stored:?}").contains(SECRET));
    setup.agrees().await;
}
