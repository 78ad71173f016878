//! Statements that an application writes itself, and values that SQLite alone would take.

use twinbase_core::{Operation, PrimaryError};

use super::*;

fn statement(operation: Operation, sql: &str) -> Write {
    write(Action::Statement {
        operation,
        sql: sql.into(),
        params: vec!["a".into()],
    })
}

#[tokio::test]
async fn a_statement_on_the_aggregates_table_writes_its_events() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert_all(&["a", "b"])).await.unwrap();
    for _ in 0..2 {
        let update = "update notes as n set points = n.points + 1 where n.id <= $1 or n.id > $1";
        let written = sqlite
            .write(&statement(Operation::Updated, update))
            .await
            .unwrap();
        assert_eq!(written.count, 2);
    }
    let removed = sqlite
        .write(&statement(
            Operation::Deleted,
            "delete from notes where id = $1",
        ))
        .await
        .unwrap();
    assert_eq!(removed.states[0].version.get(), 4);
    assert_eq!(count(&sqlite, "\"Outbox\"").await, 7);
}

#[tokio::test]
async fn a_cascade_to_a_table_without_events_is_no_other_change() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    let label = "insert into labels (name, note_id) values ('l', 'a')";
    place.raw().execute(label, []).unwrap();
    sqlite
        .write(&statement(
            Operation::Deleted,
            "delete from notes where id = $1",
        ))
        .await
        .unwrap();
    assert_eq!(count(&sqlite, "labels").await, 0);
}

#[tokio::test]
async fn whatever_is_not_one_change_of_that_table_is_refused() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    for (operation, sql) in [
        (Operation::Updated, "update labels set note_id = $1"),
        (
            Operation::Updated,
            "update notes set points = 1; delete from notes",
        ),
        (Operation::Updated, "update notes set id = $1 || 'x'"),
        (
            Operation::Updated,
            "insert into notes (id, title) values ($1, 't') on conflict (id) do update set id = 'z'",
        ),
        (Operation::Updated, "delete from notes where id = $1"),
        (Operation::Deleted, "update notes set points = 1"),
        (
            Operation::Created,
            "insert or replace into notes (id, title) values ($1, 't')",
        ),
        (
            Operation::Created,
            "replace into notes (id, title) values ($1, 't')",
        ),
        (Operation::Updated, "update notes set points = $2"),
        (Operation::Updated, "update notes set points = ?"),
        (Operation::Updated, "update notes set points = $1::integer"),
        (Operation::Updated, "select * from notes"),
        (Operation::Updated, "pragma user_version = 7"),
        (Operation::Updated, "drop table notes"),
        (Operation::Updated, "update notes set nothing = 1"),
    ] {
        let result = sqlite.write(&statement(operation, sql)).await;
        assert!(
            matches!(result, Err(PrimaryError::InvalidStatement { .. })),
            "{sql}: {result:?}"
        );
    }
    assert_eq!(count(&sqlite, "\"Outbox\"").await, 1);
    assert_eq!(notes(&sqlite).await.len(), 1);
}

#[tokio::test]
async fn a_query_only_reads() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    for sql in [
        "delete from notes",
        "insert into notes (id, title) values ('x', 'y') returning id",
        "pragma journal_mode = delete",
        "select 1; delete from notes",
        "attach 'other.db' as other",
        "with x as (select 1) delete from notes",
        "begin",
    ] {
        let mut transaction = sqlite.begin().await.unwrap();
        for result in [
            sqlite.query(sql, &[]).await,
            transaction.query(sql, &[]).await,
        ] {
            assert!(
                matches!(result, Err(PrimaryError::InvalidStatement { .. })),
                "{sql}: {result:?}"
            );
        }
    }
    let rows = sqlite
        .query(
            "select $2 as b, $1 as a, $2 as c, null as n, 1.5 as d",
            &[1.into(), true.into()],
        )
        .await
        .unwrap();
    assert_eq!(rows[0].get::<i64>("a"), Ok(1));
    assert_eq!(rows[0].get::<bool>("b"), Ok(true));
    assert_eq!(rows[0].get::<bool>("c"), Ok(true));
    assert_eq!(rows[0].get::<Option<String>>("n"), Ok(None));
    assert_eq!(rows[0].get::<f64>("d"), Ok(1.5));
}

#[tokio::test]
async fn values_that_sqlite_alone_would_take_are_refused() {
    let place = Place::new();
    let sqlite = place.open().await;
    sqlite.write(&insert("a")).await.unwrap();
    for (column, value) in [
        ("title", Value::from("nul \0 inside")),
        ("title", 5.into()),
        ("points", Value::from(i64::from(i32::MAX) + 1)),
        ("points", "text".into()),
        ("done", 1.into()),
        ("due_at", "tomorrow".into()),
        ("extra", serde_json::json!({"deep": ["nul \0"]}).into()),
    ] {
        let change = write(Action::Update {
            set: vec![Assignment::set(column, value)],
            filter: by_id("a"),
        });
        let result = sqlite.write(&change).await;
        assert!(
            matches!(result, Err(PrimaryError::InvalidValue { .. })),
            "{change:?}: {result:?}"
        );
    }
    let nul = sqlite.query("select $1 as a", &["\0".into()]).await;
    assert!(
        matches!(nul, Err(PrimaryError::InvalidValue { .. })),
        "{nul:?}"
    );
}
