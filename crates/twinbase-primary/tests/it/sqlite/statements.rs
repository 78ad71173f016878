//! Queries that an application writes itself, and values that SQLite alone would take.

use twinbase_core::PrimaryError;

use super::*;

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
        "with x as (select 1) insert into notes (id, title) select 'x', 'y' returning id",
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
