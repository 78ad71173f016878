//! A backup that is made while everybody writes is a pair that heals by itself.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

use twinbase::{
    BackupError,
    backup::{MANIFEST, PRIMARY_FILE, REPLICA_FILE},
    prelude::*,
    sync::rebuild::RebuildOptions,
};
use twinbase_testkit::{
    faults::{ContendedPrimary, Fault, Halt},
    wait,
};

use crate::{
    app::{Account, account, id},
    combination::{Combination, SOON, Setup, builder, fast, run},
};

const EMBEDDED: Combination = Combination {
    postgres: false,
    mongodb: false,
};

/// The copies, opened as a pair.
async fn restored(folder: &Path) -> Twinbase {
    let file = |name: &str| folder.join(name).display().to_string();
    builder()
        .primary(&format!("sqlite:{}", file(PRIMARY_FILE)))
        .replica(&format!("embedded:{}", file(REPLICA_FILE)))
        .open()
        .await
        .unwrap()
}

/// How many documents differ from their rows once everything is applied that waits.
async fn differences(twin: &Twinbase) -> u64 {
    twin.drain(fast()).await.unwrap();
    let report = twin.verify(|_, _| {}).await.unwrap();
    let all = report.collections.iter();
    all.map(|of| of.missing + of.extra + of.stale + of.different)
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_a_pair_that_is_written_all_the_while_agree_once_what_waits_is_applied() {
    run(EMBEDDED, "backup_under_load", |setup| async move {
        // As a whole: its folder has to live as long.
        let setup = &setup;
        let twin = &setup.twin;
        let worker = twin.start_worker(fast()).unwrap();
        let (stop, written) = (AtomicBool::new(false), AtomicU32::new(0));
        let writing = async |writer: u32| {
            for round in 0.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let one = account(&format!("{writer}-{round}"));
                twin.insert(&one).await.unwrap();
                let more = [Account::POINTS.increase(1)];
                twin.update::<Account>(&one.id, more).await.unwrap();
                if round % 3 == 0 {
                    twin.delete::<Account>(&one.id).await.unwrap();
                }
                written.fetch_add(1, Ordering::Relaxed);
            }
        };
        let folders = tempfile::tempdir().unwrap();
        let copying = async {
            let begun = twin.insert(&account("before")).await.unwrap();
            let mut made = Vec::new();
            for number in 0..5 {
                let before = written.load(Ordering::Relaxed);
                let folder = folders.path().join(number.to_string());
                let backup = twin.backup(&folder).await.unwrap();
                assert!(backup.primary_bytes > 0 && backup.replica_bytes > 0);
                made.push(folder);
                wait::until("more writes", SOON, async || {
                    let now = written.load(Ordering::Relaxed);
                    if now > before { Ok(()) } else { Err(now) }
                })
                .await;
            }
            stop.store(true, Ordering::Relaxed);
            (made, begun.token())
        };
        let ((made, token), (), (), ()) = tokio::join!(copying, writing(1), writing(2), writing(3));
        worker.stop().await;
        for folder in made {
            let copy = restored(&folder).await;
            assert_eq!(differences(&copy).await, 0, "{}", folder.display());
            // A token from before is no lie: the copy is another file, so the primary answers, and it has the write.
            let accounts = copy.collection::<Account>().at_least(&token, SOON);
            let refused = accounts.get(&id("before")).await.unwrap_err();
            assert!(refused.wants_primary(), "{refused}");
            let row = copy.get::<Account>(&id("before")).await.unwrap();
            assert!(row.is_some());
            copy.close().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_applied_between_the_two_copies_waits_again_in_the_copy() {
    run(EMBEDDED, "backup_between", |setup| async move {
        // As a whole: its folder has to live as long.
        let setup = &setup;
        let (twin, folder) = (&setup.twin, tempfile::tempdir().unwrap());
        twin.insert(&account("early")).await.unwrap();
        twin.drain(fast()).await.unwrap();
        // As `Twinbase::backup` goes about it, with a worker that is quick between the two.
        let next = twin
            .query("select max(seq) + 1 as seq from \"Outbox\"", &[])
            .await;
        let next: i64 = next.unwrap()[0].get("seq").unwrap();
        let sides = twin.sides();
        for (name, pending_from, expected) in [("whole", next, 0), ("naive", i64::MAX, 1)] {
            let folder = folder.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            assert!(
                sides
                    .replica
                    .backup(&folder.join(REPLICA_FILE))
                    .await
                    .unwrap()
            );
            twin.insert(&account(name)).await.unwrap();
            twin.drain(fast()).await.unwrap();
            let primary = folder.join(PRIMARY_FILE);
            assert!(sides.primary.backup(&primary, pending_from).await.unwrap());
            let copy = restored(&folder).await;
            assert_eq!(differences(&copy).await, expected, "{name}");
            copy.close().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_overwrites_nothing_and_a_failed_one_leaves_nothing() {
    run(EMBEDDED, "backup_refused", |setup| async move {
        // As a whole: its folder has to live as long.
        let setup = &setup;
        let (twin, folders) = (&setup.twin, tempfile::tempdir().unwrap());
        let folder = folders.path().join("one");
        twin.backup(&folder).await.unwrap();
        assert!(folder.join(MANIFEST).exists());
        let again = twin.backup(&folder).await.unwrap_err();
        assert!(matches!(again, BackupError::Exists { .. }), "{again}");
        setup.faults.set(Fault::Down);
        let failed = twin.backup(&folders.path().join("two")).await.unwrap_err();
        assert!(matches!(failed, BackupError::Replica(_)), "{failed}");
        let file = folders.path().join("file");
        std::fs::write(&file, "").unwrap();
        setup.faults.set(Fault::None);
        let inside = twin.backup(&file.join("three")).await.unwrap_err();
        assert!(matches!(inside, BackupError::Folder { .. }), "{inside}");
        let left = std::fs::read_dir(folders.path()).unwrap();
        let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["file", "one"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_another_process_makes_is_left_alone_and_what_a_crash_left_is_not() {
    run(EMBEDDED, "backup_at_once", |setup| async move {
        // As a whole: its folder has to live as long.
        let setup = &setup;
        let folders = tempfile::tempdir().unwrap();
        let folder = folders.path().join("one");
        let partial = folders.path().join("one.partial");
        std::fs::create_dir(&partial).unwrap();
        std::fs::write(partial.join(REPLICA_FILE), "half of it").unwrap();
        let lock = std::fs::File::create(partial.join(".lock")).unwrap();
        lock.lock().unwrap();
        let refused = setup.twin.backup(&folder).await.unwrap_err();
        assert!(matches!(refused, BackupError::UnderWay { .. }), "{refused}");
        assert!(partial.join(REPLICA_FILE).exists());
        // A lock ends with its process.
        drop(lock);
        setup.twin.backup(&folder).await.unwrap();
        let names = |of: &Path| {
            let found = std::fs::read_dir(of).unwrap();
            let mut names: Vec<_> = found.map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        assert_eq!(names(folders.path()), ["one"]);
        assert_eq!(names(&folder), [MANIFEST, PRIMARY_FILE, REPLICA_FILE]);
        // Two at once: one is made, and the other says why it is not.
        let both = folders.path().join("both");
        let (first, second) = tokio::join!(setup.twin.backup(&both), setup.twin.backup(&both));
        assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
        assert_eq!(names(&both), [MANIFEST, PRIMARY_FILE, REPLICA_FILE]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_not_copied_and_the_error_says_what_does() {
    let servers = Combination {
        postgres: true,
        mongodb: true,
    };
    run(servers, "backup_servers", |setup: Setup| async move {
        let folders = tempfile::tempdir().unwrap();
        let refused = setup.twin.backup(&folders.path().join("one")).await;
        let remedy = refused.unwrap_err().remedy();
        assert!(
            remedy.contains("pg_dump") && remedy.contains("mongodump"),
            "{remedy}"
        );
    })
    .await;
}

/// The replica is copied while a collection is filled, and the primary when readers have moved to it.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_across_a_switch_has_every_document_where_its_readers_look() {
    run(EMBEDDED, "backup_rebuilt", |setup| async move {
        let accounts: Vec<_> = (0..1_500)
            .map(|n| account(&format!("key-{n:05}")))
            .collect();
        for some in accounts.chunks(500) {
            setup.twin.insert_many(some).await.unwrap();
        }
        setup.twin.drain(fast()).await.unwrap();
        let worker = setup.twin.start_worker(fast()).unwrap();
        let rebuilds = setup.twin.rebuilds();
        let slowly = RebuildOptions {
            rate: std::num::NonZeroU32::new(500),
            ..RebuildOptions::default()
        };
        rebuilds.start("accounts", &slowly).await.unwrap();
        wait::until("some rows", SOON, async || {
            let now = rebuilds.of("accounts").await.unwrap().unwrap();
            (now.filled > 0).then_some(()).ok_or(format!("{now:?}"))
        })
        .await;
        let other = setup.other().await;
        let (primary, contention) = ContendedPrimary::new(other.sides().primary.clone());
        let slow = builder()
            .open_primary(primary)
            .open_replica(other.sides().replica.clone())
            .open()
            .await
            .unwrap();
        contention.halt("backup", Halt::Before, 0);
        let folders = tempfile::tempdir().unwrap();
        let folder = folders.path().join("copy");
        let copying = slow.backup(&folder);
        let moving = async {
            wait::until("the copy of the replica", SOON, async || {
                contention.is_halted()
            })
            .await;
            let end = rebuilds.follow("accounts", |_| {}).await.unwrap();
            assert_eq!((end.serving.as_str(), end.error), ("accounts_g2", None));
            let more = [Account::POINTS.increase(1)];
            setup
                .twin
                .update::<Account>(&id("key-00007"), more)
                .await
                .unwrap();
            contention.go_on();
        };
        let (made, ()) = tokio::join!(copying, moving);
        made.unwrap();
        worker.stop().await;
        let copy = restored(&folder).await;
        let found = copy.collection::<Account>().count(doc! {}).await.unwrap();
        assert_eq!(found.value, 1_500);
        assert_eq!(differences(&copy).await, 0);
        // The rebuild goes on in the copy.
        let worker = copy.start_worker(fast()).unwrap();
        let end = copy.rebuilds().follow("accounts", |_| {}).await.unwrap();
        assert_eq!((end.serving.as_str(), end.error), ("accounts_g2", None));
        worker.stop().await;
        assert_eq!(differences(&copy).await, 0);
    })
    .await;
}
