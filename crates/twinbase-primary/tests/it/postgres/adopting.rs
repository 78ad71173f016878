//! An `"Outbox"` that `prisma migrate` made from the seed's model is adopted, or left as it is.

use twinbase_core::{
    Partition, PrimaryError,
    primary::{Outbox as _, PendingRequest, Store as _},
};
use twinbase_primary::postgres::Postgres;

use super::{Fresh, fresh, options};

/// What Prisma renders for the model.
const PRISMAS: &str = r#"
create table "Outbox" (
    "id" TEXT NOT NULL,
    "event_type" TEXT NOT NULL,
    "aggregate_type" TEXT NOT NULL,
    "aggregate_id" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "processed" BOOLEAN NOT NULL DEFAULT false,
    "retry_count" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Outbox_pkey" PRIMARY KEY ("id")
);
create index "Outbox_processed_created_at_idx" on "Outbox"("processed", "created_at");
"#;

const ROWS: &str = r#"
insert into "Outbox" values
    ('e3', 'todo.updated', 'todo', 'a', '{"id": "a", "n": 3}', false, 0, '2026-11-22 10:00:02'),
    ('e1', 'todo.created', 'todo', 'a', '{"id": "a", "n": 1}', true, 0, '2026-11-22 10:00:00'),
    ('e2', 'todo.updated', 'todo', 'a', '{"id": "a", "n": 2}', true, 0, '2026-11-22 10:00:01'),
    ('e4', 'todo.created', 'todo', 'b', '{"id": "b", "n": 1}', false, 0, '2026-11-22 10:00:01.5')
"#;

async fn with_table(hint: &str, sql: &[&str]) -> Option<(Fresh, Postgres)> {
    let database = fresh(hint).await?;
    let raw = database.raw().await;
    // Of connections from now on, but for those that set their own.
    raw.batch_execute(
        "do $$ begin execute format('alter database %I set timezone = %L', current_database(), 'Asia/Tokyo'); end $$",
    )
    .await
    .unwrap();
    for sql in sql {
        raw.batch_execute(sql).await.unwrap();
    }
    let primary = database.connect(options()).await;
    Some((database, primary))
}

/// Ids, versions and times of what waits.
async fn waiting(primary: &Postgres) -> Vec<(String, i64, String)> {
    let request = PendingRequest {
        cursors: Partition::all().map(|p| (p, -1)).collect(),
        per_partition: 100,
        limit: 100,
        max_bytes: usize::MAX,
        now: jiff::Timestamp::MAX,
        except: vec![],
        mappings: vec![],
    };
    let events = primary.pending(&request).await.unwrap().events;
    let mut found: Vec<_> = events
        .into_iter()
        .map(|event| {
            let version = event.version.get();
            (event.aggregate_id, version, event.created_at.to_string())
        })
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn a_table_of_prisma_is_adopted_with_its_rows() {
    let Some((database, primary)) = with_table("adopt", &[PRISMAS, ROWS]).await else {
        return;
    };
    primary.migrate(&[]).await.unwrap();
    let expected = [
        ("a".to_owned(), 3, "2026-11-22T10:00:02Z".to_owned()),
        ("b".to_owned(), 1, "2026-11-22T10:00:01.5Z".to_owned()),
    ];
    assert_eq!(waiting(&primary).await, expected);
    let raw = database.raw().await;
    raw.batch_execute(
        r#"insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload) values
            ('e5', 'todo.updated', 'todo', 'a', '{}')"#,
    )
    .await
    .unwrap();
    let heads = "select string_agg(aggregate_id || version, ' ' order by aggregate_id) from aggregate_version";
    let heads: String = raw.query_one(heads, &[]).await.unwrap().get(0);
    assert_eq!(heads, "a4 b1");
    assert_eq!(primary.status().await.unwrap().backlog, 3);
}

#[tokio::test]
async fn an_empty_table_of_prisma_is_adopted() {
    let Some((_database, primary)) = with_table("adopt_empty", &[PRISMAS]).await else {
        return;
    };
    primary.migrate(&[]).await.unwrap();
    assert!(waiting(&primary).await.is_empty());
}

#[tokio::test]
async fn a_table_that_is_none_of_the_seed_is_left_as_it_is() {
    let other = r#"create table "Outbox" (id uuid primary key, event_type text not null,
        aggregate_type text not null, aggregate_id text not null, payload jsonb not null,
        processed boolean not null, retry_count integer not null, created_at timestamptz not null)"#;
    let Some((database, primary)) = with_table("adopt_not", &[other]).await else {
        return;
    };
    let error = primary.migrate(&[]).await.unwrap_err();
    assert!(matches!(error, PrimaryError::Refused { .. }), "{error:?}");
    assert!(error.to_string().contains("`id` of type uuid"), "{error}");
    let raw = database.raw().await;
    let tables = "select count(*) from pg_tables where schemaname = 'public'";
    let tables: i64 = raw.query_one(tables, &[]).await.unwrap().get(0);
    assert_eq!(tables, 1, "nothing was made");
}

/// 40,000 events of one aggregate in one statement of a foreign writer took twelve times as long as of as many.
#[tokio::test]
async fn events_of_one_aggregate_take_time_by_their_number() {
    let Some((database, primary)) = with_table("adopt_many", &[]).await else {
        return;
    };
    primary.migrate(&[]).await.unwrap();
    let raw = database.raw().await;
    let insert = async |id: &str| {
        let sql = format!(
            "insert into \"Outbox\" (event_type, aggregate_type, aggregate_id, payload)
             select 'a.updated', 'a', {id}, '{{}}' from generate_series(1, 8000) as n"
        );
        let cpu =
            "select (string_to_array(pg_read_file('/proc/self/stat', 0, 1000), ' '))[14]::int8";
        let before: i64 = raw.query_one(cpu, &[]).await.unwrap().get(0);
        raw.batch_execute(&sql).await.unwrap();
        raw.query_one(cpu, &[]).await.unwrap().get::<_, i64>(0) - before
    };
    let (distinct, one) = (insert("n::text").await, insert("'one'").await);
    assert!(one < distinct.max(10) * 3, "{one} ticks against {distinct}");
    let versions = r#"select count(distinct version), max(version),
        (select version from aggregate_version where aggregate_id = 'one')
        from "Outbox" where aggregate_id = 'one'"#;
    let row = raw.query_one(versions, &[]).await.unwrap();
    assert_eq!(
        (
            row.get::<_, i64>(0),
            row.get::<_, i64>(1),
            row.get::<_, i64>(2)
        ),
        (8000, 8000, 8000)
    );
}
