//! An aggregate and a table that sqlx alone knows, committed together on PostgreSQL:
//! `DATABASE_URL=postgres://.. cargo run -p example-sqlx`

use std::{error::Error, time::Duration};

use example_sqlx::Sqlx;
use serde::{Deserialize, Serialize};
use sqlx::{Connection as _, PgConnection};
use twinbase::prelude::*;

#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[aggregate(name = "account", table = "accounts", unique(accounts_name_once = [name]))]
struct Account {
    #[key]
    id: Id<Account>,
    name: String,
    points: i32,
    balance: Decimal,
    labels: Vec<String>,
}

fn app() -> twinbase::Builder {
    let sql = |_| {
        "create table accounts (
            id uuid primary key, name text not null, points integer not null, balance numeric not null, labels text[] not null,
            constraint accounts_name_once unique (name)
        );
        create table payments (account_id uuid not null, points integer not null)"
    };
    let first = Migration {
        number: 1,
        name: "accounts",
        sql,
    };
    Twinbase::builder()
        .aggregate::<Account>()
        .migrations(MigrationSet {
            name: "example",
            migrations: vec![first],
        })
}

/// Records a payment, and gives the points for it.
async fn pay(
    twin: &Twinbase,
    own: &mut PgConnection,
    id: &AggregateId,
    points: i32,
) -> Result<Token, Box<dyn Error>> {
    let mut tx = own.begin().await?;
    sqlx::query("insert into payments (account_id, points) values (cast($1 as uuid), $2)")
        .bind(id.as_str())
        .bind(points)
        .execute(&mut *tx)
        .await?;
    let aggregates = twin.in_transaction(Sqlx(&mut tx));
    let paid = aggregates
        .update(id, [Account::POINTS.increase(points)])
        .await?;
    paid.ok_or("no such account")?;
    let token = aggregates.token();
    drop(aggregates);
    tx.commit().await?;
    twin.committed(); // wakes the worker; without it polling finds the event
    Ok(token)
}

/// Opens an account, pays, and reads what the replica has of it.
async fn run(twin: &Twinbase, url: &str) -> Result<Versioned<Account>, Box<dyn Error>> {
    let account = Account {
        id: twin.new_id().into(),
        name: "Ada".to_owned(),
        points: 0,
        balance: "12.50".parse()?,
        labels: vec!["new".to_owned()],
    };
    let mut own = PgConnection::connect(url).await?;
    let mut tx = own.begin().await?;
    let opened = twin.in_transaction(Sqlx(&mut tx)).insert(&account).await?;
    tx.commit().await?;
    let token = pay(twin, &mut own, &opened.id, 7).await?;
    own.close().await?;
    let accounts = twin.collection::<Account>();
    let fresh = accounts.at_least(&token, Duration::from_secs(30));
    let found = fresh.get(&opened.id).await?.value;
    Ok(found.ok_or("the account is not there")?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("DATABASE_URL")?;
    let twin = app()
        .primary(&url)
        .replica("embedded:documents.db")
        .with_worker(WorkerOptions::default())
        .open()
        .await?;
    twin.migrate().await?;
    println!("{:?}", run(&twin, &url).await?);
    twin.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use twinbase_testkit::{TestTwin, servers::Postgres, twin::Databases};

    use super::*;

    #[tokio::test]
    async fn an_aggregate_commits_with_a_table_of_sqlx_or_not_at_all() {
        let Some(server) = Postgres::from_env() else {
            return;
        };
        let databases = Databases::embedded().in_postgres(&server, "sqlx").await;
        let url = databases.primary.clone();
        let twin = TestTwin::open_on(databases, app()).await;
        let paid = run(&twin, &url).await.unwrap();
        assert_eq!((paid.version.get(), paid.points), (2, 7));
        let payments = twin
            .query("select points from payments", &[])
            .await
            .unwrap();
        assert_eq!(payments.len(), 1);

        let mut own = PgConnection::connect(&url).await.unwrap();
        let mut tx = own.begin().await.unwrap();
        let joined = twin.in_transaction(Sqlx(&mut tx));
        let seen = joined.get_for_update::<Account>(&paid.id).await.unwrap();
        assert_eq!(
            seen.as_ref(),
            Some(&paid),
            "every column is read as the replica has it"
        );
        let set = [Account::POINTS.set(1)];
        let lost = joined.update_if(&paid.id, paid.version, set).await.unwrap();
        assert_eq!(lost.map(|account| account.points), Some(1));
        let set = [Account::POINTS.set(2)];
        let late = joined.update_if(&paid.id, paid.version, set).await;
        assert!(
            matches!(late, Err(PrimaryError::VersionConflict { .. })),
            "{late:?}"
        );
        let mut other = paid.value.clone();
        other.id = twin.new_id().into();
        let same_name = joined.insert(&other).await.unwrap_err();
        assert_eq!(
            same_name.constraint(),
            Some("accounts_name_once"),
            "{same_name}"
        );
        drop(joined);
        tx.rollback().await.unwrap();
        own.close().await.unwrap();

        let account = twin.get::<Account>(&paid.id).await.unwrap();
        assert_eq!(account, Some(paid), "it was rolled back");
        twin.finish().await;
    }
}
