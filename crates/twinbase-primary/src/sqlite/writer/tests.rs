//! What becomes of writes that share a commit when the database fails one of them.

use futures_util::future::join3;

use super::*;

/// A writer whose disk has room for a few pages more.
fn nearly_full() -> (tempfile::TempDir, Writer) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file.db");
    let connection = Connection::open(&file).unwrap();
    connection
        .execute_batch(
            "pragma journal_mode = wal; create table a (b);
             pragma cache_size = 2; pragma max_page_count = 20",
        )
        .unwrap();
    let writer = Writer::start(connection, Opened::new(&file), &Options::default()).unwrap();
    (folder, writer)
}

async fn insert(writer: &Writer, bytes: u32) -> Result<(), PrimaryError> {
    writer
        .write("insert", move |connection| {
            let insert = "insert into a values (zeroblob(?1))";
            connection.execute(insert, [bytes]).map(drop)
        })
        .await
}

async fn run(writer: &Writer, sql: &'static str) {
    let run = move |connection: &Connection| connection.execute_batch(sql);
    writer.write("prepare", run).await.unwrap();
}

async fn count(writer: &Writer) -> i64 {
    let count =
        |connection: &Connection| connection.query_one("select count(*) from a", [], |r| r.get(0));
    writer.write("count", count).await.unwrap()
}

/// Three writes that share a commit; returns why the second failed.
async fn between(
    writer: &Writer,
    first: impl Future<Output = Result<(), PrimaryError>>,
    failing: impl Future<Output = Result<(), PrimaryError>>,
    last: impl Future<Output = Result<(), PrimaryError>>,
) -> PrimaryError {
    let (held, session) = writer
        .begin("wait", |_| Ok::<_, PrimaryError>(1))
        .await
        .unwrap();
    assert_eq!(held, 1);
    let together = join3(first, failing, last);
    let ((first, failed, last), ended) = tokio::join!(together, session.roll_back());
    ended.unwrap();
    first.unwrap();
    last.unwrap();
    failed.unwrap_err()
}

#[tokio::test]
async fn a_write_that_fills_the_disk_does_not_take_its_neighbours_with_it() {
    let (_folder, writer) = nearly_full();
    let small = || insert(&writer, 10);
    let error = between(&writer, small(), insert(&writer, 1_000_000), small()).await;
    assert!(matches!(error, PrimaryError::Refused { .. }), "{error}");
    assert_eq!(count(&writer).await, 2);
}

#[tokio::test]
async fn a_write_that_was_given_up_before_its_turn_is_not_begun() {
    let (_folder, mut writer) = nearly_full();
    let ((), session) = writer
        .begin("wait", |_| Ok::<_, PrimaryError>(()))
        .await
        .unwrap();
    writer.turn_timeout = Duration::from_millis(10);
    let late = insert(&writer, 10).await.unwrap_err();
    assert!(matches!(late, PrimaryError::Contention { .. }), "{late}");
    session.roll_back().await.unwrap();
    assert_eq!(count(&writer).await, 0);
}

/// Two changes, the second of which breaks `b = 2 is unique`.
async fn insert_twice(writer: &Writer, values: [i64; 2]) -> Result<(), PrimaryError> {
    writer
        .write("insert", move |connection| {
            let insert = "insert into a values (?1)";
            connection.execute(insert, [values[0]])?;
            connection.execute(insert, [values[1]]).map(drop)
        })
        .await
}

#[tokio::test]
async fn of_writes_that_share_a_commit_only_the_failed_one_is_taken_back() {
    for (second, when) in [
        ([2, 20], "it changed nothing yet"),
        ([20, 2], "it had changed a row"),
    ] {
        let (_folder, writer) = nearly_full();
        let unique = "create unique index one on a (b); insert into a values (2)";
        run(&writer, unique).await;
        let twice = |values| insert_twice(&writer, values);
        let error = between(&writer, twice([10, 11]), twice(second), twice([30, 31])).await;
        assert!(matches!(error, PrimaryError::Constraint { .. }), "{error}");
        let all = |connection: &Connection| -> rusqlite::Result<Vec<i64>> {
            let mut rows = connection.prepare("select b from a order by b")?;
            rows.query_map([], |row| row.get(0))?.collect()
        };
        let all = writer.write("read", all).await.unwrap();
        assert_eq!(all, [2, 10, 11, 30, 31], "{when}");
    }
}

#[tokio::test]
async fn a_panic_is_reported_as_one_and_the_writer_goes_on() {
    let (_folder, writer) = nearly_full();
    let panics = |connection: &Connection| -> rusqlite::Result<()> {
        connection.execute("insert into a values (1)", [])?;
        panic!("a test")
    };
    let small = || insert(&writer, 10);
    let error = between(&writer, small(), writer.write("panic", panics), small()).await;
    assert!(error.to_string().contains("panicked: a test"), "{error}");
    assert_eq!(count(&writer).await, 2);
}

#[tokio::test]
async fn writes_go_on_when_a_full_disk_has_room_again() {
    let (_folder, writer) = nearly_full();
    let full = insert(&writer, 1_000_000).await.unwrap_err();
    assert_eq!(full.disposition(), twinbase_core::Disposition::Operator);
    assert!(full.to_string().contains("the disk is full"), "{full}");
    run(&writer, "pragma max_page_count = 1000").await;
    insert(&writer, 1_000_000).await.unwrap();
}
