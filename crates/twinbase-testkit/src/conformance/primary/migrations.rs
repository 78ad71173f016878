//! Migrations: once each, one process at a time, and never behind a newer program's back.

use std::sync::Arc;

use tokio::task::JoinSet;
use twinbase_core::{
    Primary, PrimaryError,
    primary::{Migration, MigrationReport, MigrationSet},
};

use super::{Database, Opened, own_migrations, support::insert};

/// And `pending_migrations` says the same beforehand.
pub async fn migrating_twice_does_nothing_the_second_time(database: Arc<dyn Database>) {
    let db = database.open().await;
    let expected = pending(&*db, own_migrations()).await;
    let names = &expected.migrations;
    assert!(names.contains(&"twinbase/1_outbox".to_owned()), "{names:?}");
    assert_eq!(names.last().expect("a migration"), "conformance/4_keyed");
    assert_eq!(migrated(&*db, own_migrations()).await, expected);
    let nothing = MigrationReport::default();
    assert_eq!(pending(&*db, own_migrations()).await, nothing);
    assert_eq!(migrated(&*db, own_migrations()).await, nothing);
}

/// A process that died between a migration and its record begins again, and data stays.
pub async fn every_migration_can_run_twice(db: Opened) {
    db.done(&insert(&["a"])).await;
    db.foreign(&[
        "delete from twinbase_migrations",
        "delete from conformance_migrations",
    ])
    .await;
    let again = migrated(&*db, own_migrations()).await;
    assert!(again.migrations.len() > 3);
    assert_eq!(db.number("select count(*) as n from \"Outbox\"").await, 1);
    db.done(&insert(&["b"])).await;
}

/// Each is in one report only.
pub async fn processes_that_migrate_at_once_apply_each_migration_once(database: Arc<dyn Database>) {
    let first = database.open().await;
    let mut expected = pending(&*first, own_migrations()).await.migrations;
    let mut processes = JoinSet::new();
    for _ in 0..4 {
        let db = database.open().await;
        processes.spawn(async move { migrated(&*db, own_migrations()).await.migrations });
    }
    let mut applied = processes.join_all().await.concat();
    applied.sort();
    expected.sort();
    assert_eq!(applied, expected);
    first.write(&insert(&["a"])).await.expect("a change");
}

fn app(names: &[&'static str]) -> MigrationSet {
    let migration = |(number, name): (u32, &&'static str)| Migration {
        number,
        name,
        sql: |_| "create table if not exists app (a text)",
    };
    MigrationSet {
        name: "app",
        migrations: (1..).zip(names).map(migration).collect(),
    }
}

async fn migrated(db: &dyn Primary, set: MigrationSet) -> MigrationReport {
    db.migrate(&[set]).await.expect("migrations run")
}

async fn pending(db: &dyn Primary, set: MigrationSet) -> MigrationReport {
    db.pending_migrations(&[set]).await.expect("a report")
}

/// By `migrate` and by `pending_migrations`.
pub async fn a_newer_breaking_migration_is_refused(database: Arc<dyn Database>) {
    let db = database.open().await;
    migrated(&*db, app(&["one", "two", "breaking_three", "four"])).await;
    for outcome in [
        db.migrate(&[app(&["one"])]).await,
        db.pending_migrations(&[app(&["one", "two"])]).await,
    ] {
        let Err(PrimaryError::SchemaTooNew { migration }) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(migration, "app/3_breaking_three");
    }
    migrated(&*db, app(&["one", "two", "breaking_three"])).await;
}

/// An older program works on.
pub async fn a_newer_additive_migration_is_accepted(database: Arc<dyn Database>) {
    let db = database.open().await;
    migrated(&*db, app(&["one", "two", "three"])).await;
    let nothing = MigrationReport::default();
    assert_eq!(migrated(&*db, app(&["one"])).await, nothing);
    let known = migrated(&*db, app(&["one", "two", "three", "four"])).await;
    assert_eq!(known.migrations, ["app/4_four"]);
}

/// The next run tries it again.
pub async fn a_migration_that_fails_is_not_recorded(database: Arc<dyn Database>) {
    let db = database.open().await;
    let broken = MigrationSet {
        name: "app",
        migrations: vec![Migration {
            number: 1,
            name: "one",
            sql: |_| "create table app (a text); create nonsense",
        }],
    };
    let error = db.migrate(&[broken]).await.expect_err("wrong SQL");
    assert!(
        !matches!(error, PrimaryError::SchemaTooNew { .. }),
        "{error}"
    );
    let report = migrated(&*db, app(&["one"])).await;
    // Whether the sets before it were kept is the primary's affair.
    assert_eq!(report.migrations.last().expect("a migration"), "app/1_one");
}
