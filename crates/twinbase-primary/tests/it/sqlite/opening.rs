//! Files that cannot be opened, and migrations: one clear sentence, a remedy, nothing lost.

use std::path::Path;

use twinbase_core::{PrimaryError, primary::Timelines as _};

use super::*;

async fn refusal(path: impl AsRef<Path>) -> String {
    match Sqlite::open(path, Options::default()).await {
        Err(PrimaryError::Refused { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_that_is_not_a_database_is_named_and_left_alone() {
    let place = Place::new();
    let text = "this is not a database, but somebody's diary".repeat(100);
    std::fs::write(place.file(), &text).unwrap();
    let reason = refusal(place.file()).await;
    assert!(reason.contains("not an SQLite database"), "{reason}");
    assert_eq!(std::fs::read_to_string(place.file()).unwrap(), text);
}

#[tokio::test]
async fn a_folder_that_does_not_exist_is_named() {
    let place = Place::new();
    let reason = refusal(place.folder.path().join("no/such/file.db")).await;
    assert!(
        reason.contains("no/such does not exist; create it"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_folder_is_not_a_file() {
    let place = Place::new();
    let reason = refusal(place.folder.path()).await;
    assert!(reason.contains("is a folder"), "{reason}");
    let reason = refusal(":memory:").await;
    assert!(reason.contains("name a file"), "{reason}");
}

/// `/proc` takes no new files, not even from root.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_that_takes_no_files_is_refused_with_a_remedy() {
    let reason = refusal("/proc/twinbase.db").await;
    assert!(reason.contains("may write there"), "{reason}");
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_written_to_a_file_that_another_one_replaced() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.migrate(&[]).await.unwrap();
    let (file, copy) = (place.file(), place.folder.path().join("copy"));
    std::fs::copy(&file, &copy).unwrap();
    let aside = place.folder.path().join("aside");
    std::fs::rename(&file, &aside).unwrap();
    let refused = async || {
        let errors = [
            sqlite.ping().await.unwrap_err(),
            sqlite.migrate(&[]).await.unwrap_err(),
            sqlite.record_database().await.unwrap_err(),
        ];
        let mut errors = errors.iter().map(ToString::to_string);
        errors.all(|error| error.contains("still has the old file: restart it"))
    };
    assert!(refused().await, "taken away");
    std::fs::rename(&copy, &file).unwrap();
    assert!(refused().await, "replaced");
    std::fs::rename(&aside, &file).unwrap();
    sqlite.ping().await.unwrap();
    sqlite.migrate(&[]).await.unwrap();
}

#[tokio::test]
async fn a_newer_breaking_schema_is_refused_and_a_newer_harmless_one_is_not() {
    let place = Place::new();
    let sqlite = place.open().await;
    let other = place.raw();
    let newer = "insert into notebook_migrations (version, name, applied_on, checksum)
                 values (?1, ?2, '2026-11-22T20:00:00Z', '1')";
    other.execute(newer, (2, "more_notes")).unwrap();
    assert!(
        sqlite
            .migrate(&[tables()])
            .await
            .unwrap()
            .migrations
            .is_empty()
    );
    other.execute(newer, (3, "breaking_notes")).unwrap();
    for result in [
        sqlite.migrate(&[tables()]).await,
        sqlite.pending_migrations(&[tables()]).await,
    ] {
        match result {
            Err(PrimaryError::SchemaTooNew { migration }) => {
                assert_eq!(migration, "notebook/3_breaking_notes");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn migrations_are_told_before_and_after_and_applied_once() {
    let place = Place::new();
    let sqlite = Sqlite::open(place.file(), Options::default())
        .await
        .unwrap();
    let pending = sqlite.pending_migrations(&[tables()]).await.unwrap();
    assert_eq!(pending.migrations.first().unwrap(), "twinbase/1_outbox");
    assert_eq!(pending.migrations.last().unwrap(), "notebook/1_notes");
    assert_eq!(sqlite.migrate(&[tables()]).await.unwrap(), pending);
    assert!(
        sqlite
            .migrate(&[tables()])
            .await
            .unwrap()
            .migrations
            .is_empty()
    );
    assert!(
        sqlite
            .pending_migrations(&[tables()])
            .await
            .unwrap()
            .migrations
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_migrate_at_once_do_it_once() {
    let place = Place::new();
    let open = || Sqlite::open(place.file(), Options::default());
    let (a, b) = (open().await.unwrap(), open().await.unwrap());
    let sets = [tables()];
    let missing = a.pending_migrations(&sets).await.unwrap().migrations.len();
    let (a, b) = tokio::join!(a.migrate(&sets), b.migrate(&sets));
    let (a, b) = (a.unwrap().migrations.len(), b.unwrap().migrations.len());
    assert_eq!(a.min(b), 0);
    assert_eq!(a.max(b), missing);
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    let place = Place::new();
    let sqlite = Sqlite::open(place.file(), Options::default())
        .await
        .unwrap();
    let broken = MigrationSet {
        name: "broken",
        migrations: vec![Migration {
            number: 1,
            name: "nonsense",
            sql: |_| "create table half (a); create tabel whole (b);",
        }],
    };
    let failed = sqlite.migrate(&[broken]).await;
    assert!(
        matches!(failed, Err(PrimaryError::InvalidStatement { .. })),
        "{failed:?}"
    );
    assert_eq!(count(&sqlite, "sqlite_schema").await, 0);
    sqlite.migrate(&[tables()]).await.unwrap();
}
