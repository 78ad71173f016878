//! Transactions that an application began with its own driver: its own table and an aggregate commit together.

use std::sync::Arc;

use rusqlite::{Connection, types::ValueRef};
use twinbase::{
    prelude::*,
    primary::{
        driver::{Driver, Statement},
        sqlite::Native,
    },
};

use crate::{
    app::{Account, account, id},
    combination::{Combination, SOON, Setup, connect, fast, on_every_combination, run},
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
    gains(&joined).await;
    let token = joined.token();
    drop(joined);
    tx.commit().await.unwrap();

    let tx = own.transaction().await.unwrap();
    comes_late(&twin.in_transaction(&tx)).await;
    tx.rollback().await.unwrap();
    token
}

/// An account is opened and gets points.
async fn gains(joined: &impl Writes) {
    joined.insert(&account("one")).await.unwrap();
    let set = [Account::POINTS.increase(7)];
    let first = joined.update_if(&id("one"), Version::new(1), set).await;
    let first = first.unwrap().unwrap();
    let seen = joined.get_for_update::<Account>(&id("one")).await.unwrap();
    let seen = seen.unwrap();
    assert_eq!((seen.version, seen.points), (first.version, 7));
}

/// A change that expects a version of before; what was written with it is to be rolled back.
async fn comes_late(joined: &impl Writes) {
    joined.insert(&account("lost")).await.unwrap();
    let set = [Account::POINTS.set(1)];
    let late = joined.update_if(&id("one"), Version::new(1), set).await;
    let late = late.unwrap_err();
    assert!(
        matches!(late, PrimaryError::VersionConflict { .. }),
        "{late}"
    );
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

/// A driver that Twinbase does not know, made of what such a driver has. For PostgreSQL that is `example-sqlx`.
struct Foreign<'a>(&'a mut Connection);

impl Driver for Foreign<'_> {
    async fn rows(&mut self, statement: Statement<'_>) -> Result<Vec<Row>, PrimaryError> {
        rows(self.0, statement).map_err(|error| match &error {
            rusqlite::Error::SqliteFailure(code, message) => {
                let message = message.as_deref().unwrap_or_default();
                statement.error(&code.extended_code.to_string(), message, None)
            }
            _ => panic!("{error}"),
        })
    }
}

fn rows(connection: &Connection, statement: Statement<'_>) -> rusqlite::Result<Vec<Row>> {
    let mut prepared = connection.prepare(statement.text)?;
    for (at, param) in (1..).zip(statement.params) {
        match param.to_sqlite() {
            Native::Null => prepared.raw_bind_parameter(at, rusqlite::types::Null),
            Native::Int(number) => prepared.raw_bind_parameter(at, number),
            Native::Double(number) => prepared.raw_bind_parameter(at, number),
            Native::Text(text) => prepared.raw_bind_parameter(at, text),
            Native::Bytes(bytes) => prepared.raw_bind_parameter(at, bytes),
        }?;
    }
    let columns = prepared.column_names().into_iter().map(str::to_owned);
    let columns: Arc<[String]> = columns.collect();
    let cell = |row: &rusqlite::Row<'_>, at| match row.get_ref(at)? {
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Text(text) => Ok(String::from_utf8_lossy(text).into_owned().into()),
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Real(_) | ValueRef::Blob(_) => panic!("Twinbase asks for neither"),
    };
    let row = |row: &rusqlite::Row<'_>| {
        let values = (0..columns.len()).map(|at| cell(row, at));
        let values = values.collect::<rusqlite::Result<_>>()?;
        Ok(Row::new(Arc::clone(&columns), values))
    };
    prepared.raw_query().mapped(row).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_that_is_not_known_commits_an_aggregate_too() {
    let embedded = Combination {
        postgres: false,
        mongodb: false,
    };
    run(embedded, "foreign_driver", through_a_foreign_driver).await;
}

async fn through_a_foreign_driver(setup: Setup) {
    let file = setup.primary_url.strip_prefix("sqlite:").unwrap();
    let twin = &setup.twin;
    let mut own = Connection::open(file).unwrap();
    own.execute_batch("create table own (n integer not null); begin immediate")
        .unwrap();
    own.execute("insert into own values (1)", []).unwrap();
    let joined = twin.in_transaction(Foreign(&mut own));
    gains(&joined).await;
    let many = [account("two"), account("three")];
    assert_eq!(joined.insert_many(&many).await.unwrap().len(), 2);
    let gone = joined
        .delete::<Account>(&id("three"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(gone.version.get(), 2);
    let counted = joined.query("select count(*) as n from own", &[]).await;
    assert_eq!(counted.unwrap()[0].get::<i64>("n").unwrap(), 1);
    let token = joined.token();
    drop(joined);
    own.execute_batch("commit; begin immediate").unwrap();
    comes_late(&twin.in_transaction(Foreign(&mut own))).await;
    own.execute_batch("rollback; begin immediate").unwrap();
    let again = twin
        .in_transaction(Foreign(&mut own))
        .insert(&account("two"))
        .await
        .unwrap_err();
    assert_eq!(again.constraint(), Some("accounts.id"), "{again}");
    own.execute_batch("rollback").unwrap();

    twin.committed();
    let worker = twin.start_worker(fast()).unwrap();
    let accounts = twin.collection::<Account>();
    let found = accounts.at_least(&token, SOON).find(doc! {}).all().await;
    let found = found.unwrap().value;
    let mut points: Vec<_> = found.iter().map(|of| (of.id.as_str(), of.points)).collect();
    points.sort_unstable();
    assert_eq!(points, [("one", 7), ("two", 0)]);
    worker.stop().await;
    setup.agrees().await;
}
