//! A crash of PostgreSQL takes back marks that were not on disk yet, and nothing comes of it.

use tempfile::TempDir;
use twinbase::prelude::*;
use twinbase_testkit::{
    servers::{
        Postgres,
        postgres::{Durability, Installation, LocalCluster},
    },
    wait,
};

use crate::{
    app::account,
    combination::{SOON, builder, connect, fast},
};

/// How many crashes there are until one takes a mark back: a commit of something else may have put them on disk.
const MOST: usize = 10;

async fn backlog(twin: &Twinbase) -> Result<u64, PrimaryError> {
    Ok(twin.sides().primary.status().await?.backlog)
}

/// Writes, works, and crashes; answers how many events wait again afterwards.
async fn crash(cluster: &mut LocalCluster, twin: &Twinbase, round: usize) -> u64 {
    for n in 0..20 {
        let account = account(&format!("{round}-{n}"));
        twin.insert(&account).await.unwrap();
    }
    let worker = twin.start_worker(fast()).unwrap();
    wait::until("an empty backlog", SOON, async || {
        match backlog(twin).await {
            Ok(0) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    cluster.kill();
    worker.abort();
    cluster.start_again().await.unwrap();
    wait::until("the server to be back", SOON, async || backlog(twin).await).await
}

#[tokio::test]
async fn marks_that_a_crash_of_the_server_takes_back_are_made_again() {
    if Postgres::from_env().is_none() {
        return;
    }
    let Some(installation) = Installation::find() else {
        println!("the server is not a local one: there is none to crash");
        return;
    };
    let mut cluster = LocalCluster::start(&installation, Durability::Full)
        .await
        .unwrap();
    // As long as it may be: nothing but another commit puts marks on disk.
    let client = connect(&cluster.url()).await;
    client
        .simple_query("alter system set wal_writer_delay = '10s'")
        .await
        .unwrap();
    client
        .simple_query("select pg_reload_conf()")
        .await
        .unwrap();
    let database = cluster.postgres().fresh_database("crash").await;
    let dir = TempDir::new().unwrap();
    let twin = builder()
        .primary(&database.url)
        .replica(&format!(
            "embedded:{}",
            dir.path().join("docs.db").display()
        ))
        .open()
        .await
        .unwrap();
    twin.migrate().await.unwrap();
    let mut again = 0;
    for round in 0..MOST {
        again += crash(&mut cluster, &twin, round).await;
        if again > 0 {
            break;
        }
    }
    assert!(again > 0, "no crash took a mark back");
    twin.drain(fast()).await.unwrap();
    assert_eq!(backlog(&twin).await.unwrap(), 0);
    let report = twin.verify(|_, _| {}).await.unwrap();
    assert!(report.is_clean(), "{report:#?}");
}
