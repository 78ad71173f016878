//! Transactions that an application began with its own driver: its own table and an aggregate commit together.

use twinbase::prelude::*;

use crate::{
    app::{Account, account, id},
    combination::{SOON, Setup, connect, fast, on_every_combination},
};

on_every_combination!(an_aggregate_commits_with_the_callers_own_table_or_not_at_all);

const OWN: &str = "create table own (n integer not null)";

async fn an_aggregate_commits_with_the_callers_own_table_or_not_at_all(setup: Setup) {
    let worker = setup.twin.start_worker(fast()).unwrap();
    let (twin, one) = (&setup.twin, &id("one"));
    let token = match setup.primary_url.strip_prefix("sqlite:") {
        Some(file) => on_sqlite(twin, file),
        None => on_postgres(twin, &setup.primary_url).await,
    };
    twin.committed();
    let found = twin.collection::<Account>().at_least(&token, SOON);
    let found = found.get(one).await.unwrap().value.unwrap();
    assert_eq!((found.version.get(), found.points), (2, 7));
    let lost = twin.get::<Account>(&id("lost")).await.unwrap();
    assert!(lost.is_none(), "it was rolled back");
    let events = r#"select count(*) from "Outbox" where aggregate_id in ('one', 'lost')"#;
    assert_eq!(setup.number(events).await, 2);
    assert_eq!(setup.number("select count(*) from own").await, 1);
    worker.stop().await;
    setup.agrees().await;
}

async fn on_postgres(twin: &Twinbase, url: &str) -> Token {
    let mut own = connect(url).await;
    own.batch_execute(OWN).await.unwrap();
    let tx = own.transaction().await.unwrap();
    tx.execute("insert into own values (1)", &[]).await.unwrap();
    let joined = twin.in_transaction(&tx);
    joined.insert(&account("one")).await.unwrap();
    let set = [Account::POINTS.increase(7)];
    let first = joined.update_if(&id("one"), Version::new(1), set).await;
    let first = first.unwrap().unwrap();
    let seen = joined.get::<Account>(&id("one")).await.unwrap().unwrap();
    assert_eq!((seen.version, seen.points), (first.version, 7));
    let token = joined.token();
    tx.commit().await.unwrap();

    let tx = own.transaction().await.unwrap();
    let joined = twin.in_transaction(&tx);
    joined.insert(&account("lost")).await.unwrap();
    let set = [Account::POINTS.set(1)];
    let late = joined.update_if(&id("one"), Version::new(1), set).await;
    let late = late.unwrap_err();
    assert!(
        matches!(late, PrimaryError::VersionConflict { .. }),
        "{late}"
    );
    tx.rollback().await.unwrap();
    token
}

fn on_sqlite(twin: &Twinbase, file: &str) -> Token {
    let mut own = rusqlite::Connection::open(file).unwrap();
    own.busy_timeout(SOON).unwrap();
    own.execute_batch(OWN).unwrap();
    let immediate = rusqlite::TransactionBehavior::Immediate;
    let tx = own.transaction_with_behavior(immediate).unwrap();
    tx.execute("insert into own values (1)", []).unwrap();
    let joined = twin.in_transaction(&tx);
    joined.insert(&[account("one")]).unwrap();
    let set = [Account::POINTS.increase(7)];
    let first = joined
        .update(&id("one"), Some(Version::new(1)), set)
        .unwrap();
    assert_eq!(first.unwrap().points, 7);
    let token = joined.token();
    tx.commit().unwrap();

    let tx = own.transaction_with_behavior(immediate).unwrap();
    let joined = twin.in_transaction(&tx);
    joined.insert(&[account("lost")]).unwrap();
    let set = [Account::POINTS.set(1)];
    let late = joined
        .update(&id("one"), Some(Version::new(1)), set)
        .unwrap_err();
    assert!(
        matches!(late, PrimaryError::VersionConflict { .. }),
        "{late}"
    );
    let gone = joined.delete::<Account>(&id("nobody"), None).unwrap();
    assert!(gone.is_none());
    tx.rollback().unwrap();
    token
}
