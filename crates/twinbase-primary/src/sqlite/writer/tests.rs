//! What becomes of writes that share a commit when the database fails one of them.

use futures_util::future::join3;

use super::*;
use crate::sqlite::error::During;

/// A writer whose disk has room for a few pages more.
fn nearly_full() -> (tempfile::TempDir, Writer) {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(folder.path().join("file.db")).unwrap();
    connection
        .execute_batch(
            "pragma journal_mode = wal; create table a (b);
             pragma cache_size = 2; pragma max_page_count = 20",
        )
        .unwrap();
    let writer = Writer::start(connection, &Options::default()).unwrap();
    (folder, writer)
}

async fn insert(writer: &Writer, bytes: u32) -> Result<(), PrimaryError> {
    writer
        .write("insert", move |connection| {
            connection
                .execute("insert into a values (zeroblob(?1))", [bytes])
                .map(drop)
                .during("insert")
        })
        .await
}

#[tokio::test]
async fn a_write_that_fills_the_disk_does_not_take_its_neighbours_with_it() {
    let (_folder, writer) = nearly_full();
    let (held, session) = writer.begin("wait", |_| Ok(1)).await.unwrap();
    assert_eq!(held, 1);
    let together = join3(
        insert(&writer, 10),
        insert(&writer, 1_000_000),
        insert(&writer, 10),
    );
    let ((first, large, last), ended) = tokio::join!(together, session.roll_back());
    ended.unwrap();
    first.unwrap();
    last.unwrap();
    assert!(
        matches!(large, Err(PrimaryError::Refused { .. })),
        "{large:?}"
    );
    let count: i64 = writer
        .write("count", |connection| {
            connection
                .query_row("select count(*) from a", [], |row| row.get(0))
                .during("count")
        })
        .await
        .unwrap();
    assert_eq!(count, 2);
}

#[tokio::test]
async fn a_write_that_was_given_up_before_its_turn_is_not_begun() {
    let (_folder, mut writer) = nearly_full();
    let ((), session) = writer.begin("wait", |_| Ok(())).await.unwrap();
    writer.turn_timeout = Duration::from_millis(10);
    let late = insert(&writer, 10).await;
    assert!(
        matches!(late, Err(PrimaryError::Contention { .. })),
        "{late:?}"
    );
    session.roll_back().await.unwrap();
    let count = |connection: &Connection| {
        connection
            .query_row("select count(*) from a", [], |row| row.get::<_, i64>(0))
            .during("count")
    };
    assert_eq!(writer.write("count", count).await.unwrap(), 0);
}

/// Two changes, the second of which breaks `b = 2 is unique`.
async fn insert_twice(writer: &Writer, values: [i64; 2]) -> Result<(), PrimaryError> {
    writer
        .write("insert", move |connection| {
            let insert = "insert into a values (?1)";
            connection.execute(insert, [values[0]]).during("insert")?;
            let second = connection.execute(insert, [values[1]]);
            second.map(drop).during("insert")
        })
        .await
}

/// What three writes that shared a commit left behind, the second of which failed.
async fn after_three(second: [i64; 2]) -> Vec<i64> {
    let (_folder, writer) = nearly_full();
    let unique = |connection: &Connection| {
        connection
            .execute_batch("create unique index one on a (b); insert into a values (2)")
            .during("prepare")
    };
    writer.write("prepare", unique).await.unwrap();
    let ((), session) = writer.begin("wait", |_| Ok(())).await.unwrap();
    let together = join3(
        insert_twice(&writer, [10, 11]),
        insert_twice(&writer, second),
        insert_twice(&writer, [30, 31]),
    );
    let ((first, failed, last), ended) = tokio::join!(together, session.roll_back());
    ended.unwrap();
    first.unwrap();
    last.unwrap();
    let failed = failed.unwrap_err();
    assert!(
        matches!(failed, PrimaryError::Constraint { .. }),
        "{failed}"
    );
    let all = |connection: &Connection| {
        let rows = connection.prepare("select b from a order by b");
        rows.and_then(|mut rows| rows.query_map([], |row| row.get(0))?.collect())
            .during("read")
    };
    writer.write("read", all).await.unwrap()
}

#[tokio::test]
async fn of_writes_that_share_a_commit_only_the_failed_one_is_taken_back() {
    let others = vec![2, 10, 11, 30, 31];
    assert_eq!(after_three([2, 20]).await, others, "it changed nothing yet");
    assert_eq!(after_three([20, 2]).await, others, "it had changed a row");
}

#[tokio::test]
async fn a_panic_is_reported_as_one_and_the_writer_goes_on() {
    let (_folder, writer) = nearly_full();
    let panics = |connection: &Connection| -> Result<(), PrimaryError> {
        connection
            .execute("insert into a values (1)", [])
            .during("insert")?;
        panic!("a test")
    };
    let ((), session) = writer.begin("wait", |_| Ok(())).await.unwrap();
    let together = join3(
        insert(&writer, 10),
        writer.write("panic", panics),
        insert(&writer, 10),
    );
    let ((first, panicked, last), ended) = tokio::join!(together, session.roll_back());
    ended.unwrap();
    first.unwrap();
    last.unwrap();
    let error = panicked.unwrap_err();
    assert!(error.to_string().contains("panicked: a test"), "{error}");
    let count = |connection: &Connection| {
        connection
            .query_row("select count(*) from a", [], |row| row.get::<_, i64>(0))
            .during("count")
    };
    assert_eq!(writer.write("count", count).await.unwrap(), 2);
}

#[tokio::test]
async fn writes_go_on_when_a_full_disk_has_room_again() {
    let (_folder, writer) = nearly_full();
    let full = insert(&writer, 1_000_000).await.unwrap_err();
    assert_eq!(full.disposition(), twinbase_core::Disposition::Operator);
    assert!(full.to_string().contains("the disk is full"), "{full}");
    let room = |connection: &Connection| {
        connection
            .execute_batch("pragma max_page_count = 1000")
            .during("make room")
    };
    writer.write("make room", room).await.unwrap();
    insert(&writer, 1_000_000).await.unwrap();
}
