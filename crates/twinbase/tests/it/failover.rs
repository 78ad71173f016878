//! An asynchronous failover of PostgreSQL: the standby that takes over lacks commits that the replica has.

use tempfile::TempDir;
use twinbase::{prelude::*, sync::repair::RepairOptions};
use twinbase_testkit::{
    servers::{
        MongoDb, Postgres, ServerUrl,
        postgres::{Durability, Installation, LocalCluster},
    },
    wait,
};

use crate::{
    app::{Account, account},
    combination::{SOON, builder, connect},
    timeline::{alarm, beating, name_by, rename},
};

async fn commits_that_a_failover_loses_are_noticed_and_mended(replica: &str) {
    let Some(installation) = Installation::find() else {
        println!("the server is not a local one: there is none that fails over");
        return;
    };
    let main = LocalCluster::start(&installation, Durability::ProcessCrash);
    let main = main.await.unwrap();
    let database = main.postgres().fresh_database("failover").await;
    let twin = builder().primary(&database.url).replica(replica);
    let twin = twin.open().await.unwrap();
    twin.migrate().await.unwrap();
    let worker = twin.start_worker(beating()).unwrap();
    twin.insert(&account("kept")).await.unwrap();
    twin.insert(&account("changed")).await.unwrap();
    let mut standby = main.standby().await.unwrap();
    let last = twin.insert(&account("last")).await.unwrap();
    let following = ServerUrl::of(&standby.url()).with_database(&database.name);
    let following = connect(&following).await;
    wait::until("a standby that has followed", SOON, async || {
        let rows = following.query("select from accounts where id = 'last'", &[]);
        (rows.await.unwrap().len() == 1).then_some(())
    })
    .await;

    // From here on nothing reaches it.
    standby.kill();
    let gone = twin.insert(&account("gone")).await.unwrap();
    let changed = rename(&twin, "changed", "lost").await;
    name_by(&twin, "gone", &gone.token()).await.unwrap();
    let read = name_by(&twin, "changed", &changed.token()).await.unwrap();
    assert_eq!(read, "lost");
    standby.take_over(main).await.unwrap();

    // The program and its worker have gone on all the while.
    let noticed = async || alarm(&twin).await;
    wait::until("an alarm", SOON, noticed).await;
    wait::until("a token that is of before", SOON, async || {
        let read = name_by(&twin, "changed", &changed.token()).await;
        let is_refused = read.as_ref().is_err_and(ReadError::wants_primary);
        is_refused.then_some(()).ok_or(format!("{read:?}"))
    })
    .await;
    let renamed = rename(&twin, "changed", "of today").await;
    assert!(renamed.version > changed.version && renamed.version > gone.version);
    let read = name_by(&twin, "changed", &renamed.token()).await.unwrap();
    assert_eq!(read, "of today");

    let everything = RepairOptions::default();
    let report = twin.repair(&everything, |_, _| {}).await.unwrap();
    assert!(report.is_mended(), "{report:#?}");
    wait::until("agreement", SOON, async || {
        let report = twin.verify(|_, _| {}).await.unwrap();
        let is_whole = report.is_clean() && alarm(&twin).await.is_none();
        is_whole.then_some(()).ok_or(format!("{report:#?}"))
    })
    .await;
    worker.stop().await;
    let accounts = || twin.collection::<Account>();
    let gone = accounts().get(&gone.id).await.unwrap();
    assert!(gone.value.is_none(), "{gone:?}");
    let kept = accounts().get(&last.id).await.unwrap().value.unwrap();
    assert_eq!(kept.version, last.version);
    twin.close().await;
    drop(database);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_and_embedded() {
    if Postgres::from_env().is_some() {
        let dir = TempDir::new().unwrap();
        let documents = format!("embedded:{}", dir.path().join("docs.db").display());
        commits_that_a_failover_loses_are_noticed_and_mended(&documents).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_and_mongodb() {
    if let (Some(_), Some(server)) = (Postgres::from_env(), MongoDb::from_env()) {
        let documents = server.fresh_database("failover");
        commits_that_a_failover_loses_are_noticed_and_mended(&documents.url).await;
    }
}
