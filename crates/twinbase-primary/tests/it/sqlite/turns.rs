//! One writer at a time: turns, shared commits, other processes, and readers that never wait.

use std::sync::Arc;

use futures_util::future::join_all;
use twinbase_core::{Primary, PrimaryError, Registry};
use twinbase_primary::client::{Client, RetryPolicy, Tx, Writes as _};

use super::*;

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
    let sqlite = place.open().await;
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

/// Three writes that go together, the second of which fails: while one
/// transaction is open the others queue up.
async fn check_neighbours(sqlite: &Sqlite, failing: &Write) {
    sqlite.write(&insert("taken")).await.unwrap();
    let mut holder = sqlite.begin().await.unwrap();
    holder.write(&insert("held")).await.unwrap();
    let (a, b) = (insert("a"), insert("b"));
    let (first, failed, last, committed) = tokio::join!(
        sqlite.write(&a),
        sqlite.write(failing),
        sqlite.write(&b),
        holder.commit(),
    );
    committed.unwrap();
    first.unwrap();
    last.unwrap();
    assert!(
        matches!(failed, Err(PrimaryError::Constraint { .. })),
        "{failed:?}"
    );
    for table in ["notes", "aggregate_version", "\"Outbox\""] {
        assert_eq!(count(sqlite, table).await, 4, "{table}");
    }
}

#[tokio::test]
async fn of_writes_that_share_a_commit_the_one_that_fails_leaves_nothing() {
    let place = Place::new();
    let sqlite = place.open().await;
    // Its first row is in, with its event, when its second fails.
    check_neighbours(&sqlite, &insert_all(&["new", "taken"])).await;
}

#[tokio::test]
async fn a_write_that_makes_the_shared_commit_fail_fails_alone() {
    let place = Place::new();
    let sqlite = place.open().await;
    let orphan = Write {
        target: Target::Plain(LABELS.clone()),
        action: Action::Insert {
            columns: ["name", "note_id"].map(Into::into).to_vec(),
            rows: vec![vec!["l".into(), "nowhere".into()]],
            on_conflict: OnConflict::Fail,
        },
        expected: None,
        traceparent: None,
    };
    check_neighbours(&sqlite, &orphan).await;
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
async fn a_write_beside_the_tasks_own_transaction_is_an_error_at_once() {
    let place = Place::new();
    let primary: Arc<dyn Primary> = Arc::new(place.open().await);
    let registry = Registry::new([NOTE.clone()]).unwrap();
    let client = Client::new(primary, registry, RetryPolicy::default(), Arc::new(|| ()));
    let run = |tx: Tx| {
        let client = client.clone();
        async move {
            tx.delete_plain::<()>(&LABELS, []).await?;
            let beside = client.delete_plain::<()>(&LABELS, []).await.map(drop);
            let nested = client.write(async |_| Ok::<_, PrimaryError>(())).await;
            Ok::<_, PrimaryError>([beside, nested.map(drop)])
        }
    };
    let (refused, _) = tokio::time::timeout(Duration::from_secs(5), client.write(run))
        .await
        .expect("nobody waits for a timeout")
        .unwrap();
    for error in refused {
        let error = error.unwrap_err();
        assert!(error.to_string().contains("one writer"), "{error}");
    }
    client.delete_plain::<()>(&LABELS, []).await.unwrap();
}
