//! PostgreSQL: databases of their own, and a cluster that crashes.

use tokio_postgres::{Client, NoTls};
use twinbase_testkit::servers::Postgres;
use twinbase_testkit::servers::postgres::{Durability, Installation, LocalCluster};

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn count(client: &Client, from: &str) -> i64 {
    client
        .query_one(&format!("select count(*) from {from}"), &[])
        .await
        .expect("count rows")
        .get(0)
}

#[tokio::test]
async fn a_test_database_is_empty_its_own_and_gone_afterwards() {
    let Some(server) = Postgres::from_env() else {
        return;
    };
    let database = server.fresh_database("Testkit: own").await;
    let other = server.fresh_database("Testkit: own").await;
    let client = connect(&database.url).await.unwrap();
    client
        .batch_execute("create table mine (n int)")
        .await
        .unwrap();
    let in_other = connect(&other.url).await.unwrap();
    assert_eq!(
        count(&in_other, "pg_tables where tablename = 'mine'").await,
        0
    );
    let name = database.name.clone();
    // With a connection still open.
    drop(database);
    let maintenance = connect(&server.url).await.unwrap();
    assert_eq!(
        count(
            &maintenance,
            &format!("pg_database where datname = '{name}'")
        )
        .await,
        0
    );
}

#[tokio::test]
async fn a_killed_cluster_keeps_what_it_committed() {
    if Postgres::from_env().is_none() {
        return;
    }
    let Some(installation) = Installation::find() else {
        println!("the server is not a local one: there is none to kill");
        return;
    };
    let mut cluster = LocalCluster::start(&installation, Durability::Full)
        .await
        .unwrap();
    let database = cluster.postgres().fresh_database("crash").await;
    let client = connect(&database.url).await.unwrap();
    client
        .batch_execute("create table kept (n int); insert into kept values (1)")
        .await
        .unwrap();
    cluster.kill();
    assert!(client.simple_query("select 1").await.is_err());
    assert!(connect(&database.url).await.is_err());
    cluster.start_again().await.unwrap();
    let client = connect(&database.url).await.unwrap();
    assert_eq!(count(&client, "kept").await, 1);
}
