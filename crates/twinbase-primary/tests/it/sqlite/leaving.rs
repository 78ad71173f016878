//! Callers and processes that go away in the middle: nothing half done stays, and nobody waits for them.

use futures_util::FutureExt as _;
use twinbase_core::PrimaryError;
use twinbase_testkit::wait;

use super::*;

/// Makes the insert of a note `endless` go on until it is interrupted.
fn make_endless(place: &Place) {
    let endless = "create view numbers as
                       with recursive n (i) as (values (1) union all select i + 1 from n) select i from n;
                   create trigger endless before insert on notes when new.id = 'endless'
                   begin select max(i) from numbers; end";
    place.raw().execute_batch(endless).unwrap();
}

#[tokio::test]
async fn a_cancelled_write_is_committed_whole_or_not_at_all() {
    let place = Place::new();
    let sqlite = place.open().await;
    for number in 0..50 {
        // One poll sends it on its way; then the caller goes, before it is done or just after.
        let _ = sqlite.write(&insert(&format!("n{number}"))).now_or_never();
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
    let sqlite = place.open().await;
    make_endless(&place);
    let mut transaction = sqlite.begin().await.unwrap();
    transaction.write(&insert("a")).await.unwrap();
    let endless = insert("endless");
    assert!(transaction.write(&endless).now_or_never().is_none());
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
    let sqlite = place.open().await;
    make_endless(&place);
    let endless = insert("endless");
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
    let late = forgotten.write(&insert("c")).await;
    assert!(
        matches!(late, Err(PrimaryError::Contention { .. })),
        "{late:?}"
    );
    assert_eq!(count(&sqlite, "notes").await, 1);
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
