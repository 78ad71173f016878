//! One writer at a time: turns, timeouts, cancelled callers, and readers that never wait.

use std::sync::Arc;

use futures_util::{FutureExt as _, future::join_all};
use twinbase_core::PrimaryError;
use twinbase_testkit::wait;

use super::*;

fn impatient() -> Options {
    Options {
        busy_timeout: Duration::from_millis(50),
        turn_timeout: Duration::from_millis(100),
        ..Options::default()
    }
}

fn is_contention<T>(result: &Result<T, PrimaryError>) -> bool {
    matches!(result, Err(PrimaryError::Contention { .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_writers_on_one_key_lose_no_change_and_none_starves() {
    let place = Place::new();
    let sqlite = Arc::new(place.open().await);
    sqlite.write(&insert("a")).await.unwrap();
    let writers = (0..16).map(|writer| {
        let sqlite = Arc::clone(&sqlite);
        tokio::spawn(async move {
            for change in 0..20 {
                if (writer + change) % 2 == 0 {
                    sqlite.write(&add_point("a")).await.unwrap();
                } else {
                    let mut transaction = sqlite.begin().await.unwrap();
                    transaction.write(&add_point("a")).await.unwrap();
                    tokio::task::yield_now().await;
                    transaction.commit().await.unwrap();
                }
            }
        })
    });
    let all = tokio::time::timeout(DEADLINE, join_all(writers))
        .await
        .unwrap();
    assert!(all.into_iter().all(|writer| writer.is_ok()));
    let state = notes(&sqlite).await.remove(0);
    assert_eq!(state.version.get(), 321);
    assert!(state.payload.unwrap().contains("\"points\":320"));
    assert_eq!(count(&sqlite, "\"Outbox\"").await, 321);
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing_and_lets_the_next_writer_in() {
    let place = Place::new();
    let sqlite = place.open_with(impatient()).await;
    let mut transaction = sqlite.begin().await.unwrap();
    transaction.write(&insert("a")).await.unwrap();
    drop(transaction);
    sqlite.write(&insert("b")).await.unwrap();
    assert_eq!(count(&sqlite, "notes").await, 1);
    assert_eq!(count(&sqlite, "aggregate_version").await, 1);
    assert_eq!(count(&sqlite, "\"Outbox\"").await, 1);
}

#[tokio::test]
async fn a_writer_whose_turn_does_not_come_is_told_and_nothing_of_it_happens() {
    let place = Place::new();
    let sqlite = place.open_with(impatient()).await;
    let mut holder = sqlite.begin().await.unwrap();
    holder.write(&insert("a")).await.unwrap();
    assert!(is_contention(&sqlite.write(&insert("b")).await));
    let mut waiting = sqlite.begin().await.unwrap();
    assert!(is_contention(&waiting.write(&insert("c")).await));
    assert!(waiting.commit().await.is_err());
    holder.commit().await.unwrap();
    sqlite.write(&insert("d")).await.unwrap();
    let ids: Vec<_> = notes(&sqlite)
        .await
        .into_iter()
        .map(|state| state.id)
        .collect();
    assert_eq!(ids, [id("a"), id("d")]);
}

#[tokio::test]
async fn a_cancelled_write_is_committed_whole_or_not_at_all() {
    let place = Place::new();
    let sqlite = place.open_with(impatient()).await;
    for number in 0..50 {
        // One poll sends it on its way; then the caller goes.
        assert!(
            sqlite
                .write(&insert(&format!("n{number}")))
                .now_or_never()
                .is_none()
        );
    }
    sqlite.write(&insert("last")).await.unwrap();
    let notes = count(&sqlite, "notes").await;
    assert!((1..=51).contains(&notes));
    assert_eq!(count(&sqlite, "\"Outbox\"").await, notes);
    assert_eq!(count(&sqlite, "aggregate_version").await, notes);
}

#[tokio::test]
async fn a_transaction_with_a_cancelled_call_cannot_be_committed() {
    let place = Place::new();
    let sqlite = place.open_with(impatient()).await;
    let mut transaction = sqlite.begin().await.unwrap();
    transaction.write(&insert("a")).await.unwrap();
    assert!(transaction.write(&insert("b")).now_or_never().is_none());
    let next = transaction.write(&insert("c")).await;
    assert!(
        matches!(next, Err(PrimaryError::InvalidStatement { .. })),
        "{next:?}"
    );
    assert!(transaction.commit().await.is_err());
    sqlite.write(&insert("d")).await.unwrap();
    assert_eq!(count(&sqlite, "notes").await, 1);
}

#[tokio::test]
async fn an_endless_statement_ends_with_its_caller() {
    let place = Place::new();
    let sqlite = place.open_with(impatient()).await;
    let endless = write(Action::Statement {
        operation: twinbase_core::Operation::Created,
        sql:
            "insert into notes (id, title) select 'x', max(i) from (
                with recursive n (i) as (values (1) union all select i + 1 from n) select i from n)"
                .into(),
        params: Vec::new(),
    });
    let cancelled = tokio::time::timeout(Duration::from_millis(20), sqlite.write(&endless)).await;
    assert!(cancelled.is_err(), "{cancelled:?}");
    wait::until("the writer to be free", DEADLINE, async || {
        sqlite.write(&insert("a")).await.is_ok()
    })
    .await;
    let read =
        "with recursive n (i) as (values (1) union all select i + 1 from n) select max(i) from n";
    for _ in 0..8 {
        let cancelled =
            tokio::time::timeout(Duration::from_millis(5), sqlite.query(read, &[])).await;
        assert!(!matches!(cancelled, Ok(Ok(_))));
    }
    wait::until("a reader to be free", DEADLINE, async || {
        sqlite.ping().await
    })
    .await;
}

#[tokio::test]
async fn a_read_that_takes_too_long_is_interrupted() {
    let place = Place::new();
    let sqlite = place
        .open_with(Options {
            query_timeout: Duration::from_millis(20),
            ..Options::default()
        })
        .await;
    let read =
        "with recursive n (i) as (values (1) union all select i + 1 from n) select max(i) from n";
    let result = sqlite.query(read, &[]).await;
    assert!(
        matches!(result, Err(PrimaryError::Unavailable { .. })),
        "{result:?}"
    );
}

#[tokio::test]
async fn readers_neither_wait_for_a_writer_nor_see_what_is_not_committed() {
    let place = Place::new();
    let sqlite = place.open().await;
    let mut transaction = sqlite.begin().await.unwrap();
    transaction.write(&insert("a")).await.unwrap();
    let seen = tokio::time::timeout(DEADLINE, notes(&sqlite))
        .await
        .unwrap();
    assert!(seen.is_empty());
    assert_eq!(
        transaction
            .select(&Select::new(&NOTE, 9))
            .await
            .unwrap()
            .len(),
        1
    );
    transaction.commit().await.unwrap();
    assert_eq!(notes(&sqlite).await.len(), 1);
}

#[tokio::test]
async fn a_transaction_that_is_forgotten_is_rolled_back_for_the_others() {
    let place = Place::new();
    let sqlite = place
        .open_with(Options {
            idle_timeout: Duration::from_millis(50),
            ..Options::default()
        })
        .await;
    let mut forgotten = sqlite.begin().await.unwrap();
    forgotten.write(&insert("a")).await.unwrap();
    sqlite.write(&insert("b")).await.unwrap();
    assert!(is_contention(&forgotten.write(&insert("c")).await));
    assert_eq!(count(&sqlite, "notes").await, 1);
}

#[tokio::test]
async fn writes_that_share_a_commit_fail_one_by_one() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("taken")).await.unwrap();
    // While one transaction is open the others queue up, and then go together.
    let mut holder = sqlite.begin().await.unwrap();
    holder.write(&insert("held")).await.unwrap();
    let orphan = Write {
        target: Target::Plain(LABELS),
        action: Action::Insert {
            columns: vec!["name", "note_id"],
            rows: vec![vec!["l".into(), "nowhere".into()]],
            on_conflict: OnConflict::Fail,
        },
        expected: None,
    };
    let (a, b) = (insert("a"), insert("b"));
    let taken = insert("taken");
    let (first, conflict, deferred, last, committed) = tokio::join!(
        sqlite.write(&a),
        sqlite.write(&taken),
        sqlite.write(&orphan),
        sqlite.write(&b),
        holder.commit(),
    );
    committed.unwrap();
    first.unwrap();
    last.unwrap();
    assert!(
        matches!(conflict, Err(PrimaryError::Constraint { .. })),
        "{conflict:?}"
    );
    assert!(
        matches!(deferred, Err(PrimaryError::Constraint { .. })),
        "{deferred:?}"
    );
    assert_eq!(count(&sqlite, "notes").await, 4);
    assert_eq!(count(&sqlite, "\"Outbox\"").await, 4);
}

#[tokio::test]
async fn another_process_that_holds_the_lock_is_contention_and_then_passes() {
    let place = Place::new();
    let sqlite = place.open_with(impatient()).await;
    let other = place.raw();
    other.execute_batch("begin immediate").unwrap();
    assert!(is_contention(&sqlite.write(&insert("a")).await));
    other.execute_batch("rollback").unwrap();
    sqlite.write(&insert("a")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_handles_on_one_file_number_their_changes_in_one_order() {
    let place = Place::new();
    let handles = [Arc::new(place.open().await), Arc::new(place.open().await)];
    handles[0].write(&insert("a")).await.unwrap();
    let writers = (0..8).map(|writer| {
        let sqlite = Arc::clone(&handles[writer % 2]);
        tokio::spawn(async move {
            for _ in 0..10 {
                sqlite.write(&add_point("a")).await.unwrap();
            }
        })
    });
    assert!(
        join_all(writers)
            .await
            .into_iter()
            .all(|writer| writer.is_ok())
    );
    assert_eq!(notes(&handles[1]).await[0].version.get(), 81);
    let versions = handles[1]
        .query("select version from \"Outbox\" order by seq", &[])
        .await
        .unwrap();
    let versions: Vec<i64> = versions
        .iter()
        .map(|row| row.get("version").unwrap())
        .collect();
    assert_eq!(versions, (1..=81).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_a_killed_process_had_open_is_gone_and_what_it_committed_stays() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("kept")).await.unwrap();
    let mut open = sqlite.begin().await.unwrap();
    open.write(&insert("lost")).await.unwrap();
    // What a kill leaves: the files as they are now, whoever has them open.
    let after = Place::new();
    for suffix in ["", "-wal"] {
        let name = format!("primary.db{suffix}");
        std::fs::copy(
            place.folder.path().join(&name),
            after.folder.path().join(&name),
        )
        .unwrap();
    }
    let restarted = after.open().await;
    let ids: Vec<_> = notes(&restarted)
        .await
        .into_iter()
        .map(|state| state.id)
        .collect();
    assert_eq!(ids, [id("kept")]);
    assert_eq!(count(&restarted, "\"Outbox\"").await, 1);
}

#[tokio::test]
async fn closing_leaves_one_file_and_later_calls_fail() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    let mut open = sqlite.begin().await.unwrap();
    sqlite.close().await;
    let left: Vec<_> = std::fs::read_dir(place.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["primary.db"]);
    for result in [
        sqlite.write(&insert("b")).await.map(drop),
        sqlite.query("select 1", &[]).await.map(drop),
        sqlite.ping().await,
        sqlite.begin().await.map(drop),
        open.write(&insert("c")).await.map(drop),
    ] {
        assert!(
            matches!(result, Err(PrimaryError::Unavailable { .. })),
            "{result:?}"
        );
    }
    sqlite.close().await;
}
