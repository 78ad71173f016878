//! What the primary's user may not see is said, and never taken for what is not there. On PostgreSQL, which has users.

use twinbase::{
    prelude::*,
    sync::{rebuild::RebuildOptions, repair::RepairOptions, verify::CollectionReport},
};
use twinbase_testkit::wait;

use crate::{
    app::{Account, account},
    combination::{Combination, SOON, Setup, builder, connect, fast, run},
};

/// A role that every server has, and that has no right to a table: one of our own would be left in the server.
const ROLE: &str = "pg_monitor";

const POSTGRES: Combination = Combination {
    postgres: true,
    mongodb: false,
};

/// Runs `statements`, then has every new connection be of [`ROLE`], which has every right but that to what they take from it.
async fn as_role(setup: &Setup, statements: &str) {
    let client = connect(&setup.primary_url).await;
    let sql = format!(
        "grant all on all tables in schema public to {ROLE}; grant all on all sequences in schema public to {ROLE}; {statements}; \
         do $$ begin execute format('alter database %I set role = {ROLE}', current_database()); end $$"
    );
    client.batch_execute(&sql).await.unwrap();
}

async fn open(setup: &Setup, app: twinbase::Builder) -> Twinbase {
    let replica = setup.twin.sides().replica.clone();
    let app = app.primary(&setup.primary_url).open_replica(replica);
    app.open().await.unwrap()
}

#[track_caller]
fn is_about_rows(report: &CollectionReport) {
    let error = report.error.as_deref().unwrap_or_default();
    assert!(error.contains("row-level security"), "{report:?}");
    assert!(error.contains("bypassrls"), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_a_policy_hides_are_not_taken_for_deleted_ones() {
    run(POSTGRES, "sight_rows", async |setup| {
        let accounts = ["a", "b"].map(account);
        setup.twin.insert_many(&accounts).await.unwrap();
        setup.twin.drain(fast()).await.unwrap();
        let before = setup.stored().await;
        let policy = format!(
            "alter table accounts enable row level security; \
             create policy one on accounts to {ROLE} using (id = 'a')"
        );
        as_role(&setup, &policy).await;
        let twin = open(&setup, builder()).await;
        let report = twin.verify(|_, _| {}).await.unwrap();
        assert!(!report.is_clean());
        is_about_rows(&report.collections[0]);
        let worker = twin.start_worker(fast()).unwrap();
        let report = twin.repair(&RepairOptions::default(), |_, _| {}).await;
        let report = report.unwrap();
        assert!(!report.is_mended() && report.collections[0].touched == 0);
        is_about_rows(&report.collections[0].found);

        let rebuilds = twin.rebuilds();
        let options = RebuildOptions::default();
        let start = rebuilds.start("accounts", &options);
        start.await.unwrap();
        wait::until("a rebuild that waits", SOON, async || {
            let now = rebuilds.of("accounts").await.unwrap().unwrap();
            assert_eq!(now.serving, "accounts", "{now:?}");
            let reason = now.waits_for.clone().or(now.error.clone());
            let is_said = reason.is_some_and(|text| text.contains("row-level security"));
            is_said.then_some(()).ok_or(format!("{now:?}"))
        })
        .await;
        worker.stop().await;
        assert_eq!(setup.stored().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_table_that_may_not_be_read_is_named_and_one_that_was_dropped_is_left_out() {
    run(POSTGRES, "sight_tables", async |setup| {
        as_role(&setup, &format!("revoke select on accounts from {ROLE}")).await;
        for app in [builder(), Twinbase::builder().registered()] {
            let twin = open(&setup, app).await;
            assert!(!twin.tables_fit());
            let error = twin.check_tables().await.unwrap_err();
            let said = "table `accounts` of aggregate `account` (collection `accounts`) is there, and the user";
            assert!(error.to_string().contains(said), "{error}");
            assert!(error.remedy().contains("Grant `select`"));
            twin.close().await;
        }
        let client = connect(&setup.primary_url).await;
        let drop = "set role none; drop table notes; grant select (id, name, points) on accounts to pg_monitor";
        client.batch_execute(drop).await.unwrap();
        let twin = open(&setup, Twinbase::builder().registered()).await;
        let names: Vec<_> = twin.registry().iter().map(|of| of.collection.to_string()).collect();
        assert_eq!(names, [Account::schema().collection.to_string()]);
        let error = twin.check_tables().await.unwrap_err().to_string();
        let said = "schemas and tables differ: column `accounts.secret` is there, and the user of the primary's URL may not read it";
        assert_eq!(error, said);
        twin.close().await;
    })
    .await;
}
