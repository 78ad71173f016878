//! An `"Outbox"` that `prisma migrate` made from the seed's model is adopted, or left as it is.

use twinbase_core::{
    Partition, PrimaryError,
    primary::{Outbox as _, PendingRequest},
};

use super::*;

/// What Prisma renders for the model.
const PRISMAS: &str = r#"
create table "Outbox" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "event_type" TEXT NOT NULL,
    "aggregate_type" TEXT NOT NULL,
    "aggregate_id" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "processed" BOOLEAN NOT NULL DEFAULT false,
    "retry_count" INTEGER NOT NULL DEFAULT 0,
    "created_at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);
create index "Outbox_processed_idx" on "Outbox"("processed");
"#;

const ROWS: &str = r#"
insert into "Outbox" values
    ('e3', 'note.updated', 'note', 'a', '{"id": "a", "title": "3"}', false, 0, '2026-11-22 10:00:02'),
    ('e1', 'note.created', 'note', 'a', '{"id": "a", "title": "1"}', true, 0, '2026-11-22 10:00:00'),
    ('e2', 'note.updated', 'note', 'a', '{"id": "a", "title": "2"}', true, 0, 1795341601000),
    ('e4', 'note.created', 'note', 'b', '{"id": "b", "title": "1"}', false, 0, '2026-11-22 10:00:01');
"#;

async fn waiting(sqlite: &Sqlite) -> Vec<(String, i64, String)> {
    let request = PendingRequest {
        cursors: Partition::all().map(|p| (p, -1)).collect(),
        per_partition: 100,
        limit: 100,
        max_bytes: usize::MAX,
        now: "2100-01-01T00:00:00Z".parse().unwrap(),
        except: vec![],
        mappings: vec![(NOTE.aggregate_type.clone(), NOTE.mapping_hash())],
    };
    let events = sqlite.pending(&request).await.unwrap().events;
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
    let place = Place::new();
    place.raw().execute_batch(PRISMAS).unwrap();
    place.raw().execute_batch(ROWS).unwrap();
    let sqlite = place.open().await;
    let expected = [
        ("a".to_owned(), 3, "2026-11-22T10:00:02Z".to_owned()),
        ("b".to_owned(), 1, "2026-11-22T10:00:01Z".to_owned()),
    ];
    assert_eq!(waiting(&sqlite).await, expected);
    sqlite.write(&insert("c")).await.unwrap();
    assert_eq!(count(&sqlite, "\"Outbox\"").await, 5);
    assert_eq!(count(&sqlite, "aggregate_version").await, 3);
    sqlite.migrate(&[tables()]).await.unwrap();
    assert_eq!(count(&sqlite, "\"Outbox\"").await, 5);
}

#[tokio::test]
async fn a_table_that_is_none_of_the_seed_is_left_as_it_is() {
    let place = Place::new();
    let other = PRISMAS.replace(
        "\"processed\" BOOLEAN",
        "\"tenant\" TEXT, \"processed\" BOOLEAN",
    );
    place.raw().execute_batch(&other).unwrap();
    let sqlite = Sqlite::open(place.file(), Options::default())
        .await
        .unwrap();
    let error = sqlite.migrate(&[tables()]).await.unwrap_err();
    assert!(matches!(error, PrimaryError::Refused { .. }), "{error:?}");
    assert!(error.to_string().contains("of its own"), "{error}");
    assert_eq!(
        count(&sqlite, "sqlite_schema where type = 'table'").await,
        1
    );
}
