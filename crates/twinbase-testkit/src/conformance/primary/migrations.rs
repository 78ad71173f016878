//! Migrations: once each, one process at a time, and never behind a newer program's back.

use std::sync::Arc;

use twinbase_core::{
    Primary, PrimaryError,
    primary::{Migration, MigrationReport, MigrationSet},
};

use super::{Database, Opened, own_migrations, support::insert};

/// And `pending_migrations` says the same beforehand.
pub async fn migrating_twice_does_nothing_the_second_time(database: Arc<dyn Database>) {
    let db = database.open().await;
    let sets = [own_migrations()];
    let pending = db.pending_migrations(&sets).await.expect("a report");
    let names = &pending.migrations;
    assert!(names.contains(&"twinbase/1_outbox".to_owned()), "{names:?}");
    assert_eq!(names.last().expect("a migration"), "conformance/4_keyed");
    assert_eq!(db.migrate(&sets).await.expect("migrations run"), pending);
    let nothing = MigrationReport::default();
    assert_eq!(
        db.pending_migrations(&sets).await.expect("a report"),
        nothing
    );
    assert_eq!(db.migrate(&sets).await.expect("migrations run"), nothing);
}

/// A process that died between a migration and its record begins again, and data stays.
pub async fn every_migration_can_run_twice(db: Opened) {
    db.done(&insert(&["a"])).await;
    db.foreign(&[
        "delete from twinbase_migrations",
        "delete from conformance_migrations",
    ])
    .await;
    let again = db
        .migrate(&[own_migrations()])
        .await
        .expect("migrations run");
    assert!(again.migrations.len() > 3);
    assert_eq!(db.number("select count(*) as n from \"Outbox\"").await, 1);
    db.done(&insert(&["b"])).await;
}

/// Each is in one report only.
pub async fn processes_that_migrate_at_once_apply_each_migration_once(database: Arc<dyn Database>) {
    let first = database.open().await;
    let expected = first
        .pending_migrations(&[own_migrations()])
        .await
        .expect("a report");
    let mut processes = Vec::new();
    for _ in 0..4 {
        let db = database.open().await;
        processes.push(tokio::spawn(async move {
            db.migrate(&[own_migrations()])
                .await
                .expect("migrations run")
        }));
    }
    let mut applied = Vec::new();
    for process in processes {
        applied.extend(process.await.expect("a process").migrations);
    }
    applied.sort();
    let mut expected = expected.migrations;
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

async fn migrated(db: &dyn Primary, names: &[&'static str]) -> MigrationReport {
    db.migrate(&[app(names)]).await.expect("migrations run")
}

/// By `migrate` and by `pending_migrations`.
pub async fn a_newer_breaking_migration_is_refused(database: Arc<dyn Database>) {
    let db = database.open().await;
    migrated(&*db, &["one", "two", "breaking_three", "four"]).await;
    for outcome in [
        db.migrate(&[app(&["one"])]).await,
        db.pending_migrations(&[app(&["one", "two"])]).await,
    ] {
        let error = outcome.expect_err("a refusal");
        let PrimaryError::SchemaTooNew { migration } = error else {
            panic!("{error}");
        };
        assert_eq!(migration, "app/3_breaking_three");
    }
    migrated(&*db, &["one", "two", "breaking_three"]).await;
}

/// An older program works on.
pub async fn a_newer_additive_migration_is_accepted(database: Arc<dyn Database>) {
    let db = database.open().await;
    migrated(&*db, &["one", "two", "three"]).await;
    let nothing = MigrationReport::default();
    assert_eq!(migrated(&*db, &["one"]).await, nothing);
    let known = migrated(&*db, &["one", "two", "three", "four"]).await;
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
    let report = migrated(&*db, &["one"]).await;
    // Whether the sets before it were kept is the primary's affair.
    assert_eq!(report.migrations.last().expect("a migration"), "app/1_one");
}
