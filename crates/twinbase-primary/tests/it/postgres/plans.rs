//! The cost of a batch does not grow with history, whatever the planner knows.

use twinbase_core::primary::Lifecycle as _;
use twinbase_primary::postgres::STATEMENTS;

use super::{Fresh, fresh, options};

const HISTORY: &str =
    "insert into \"Outbox\" (event_type, aggregate_type, aggregate_id, payload, version, processed)
    select 'a.created', 'a', n::text, '{}', 1, true from generate_series(1, 100000) as n";

const WAITING: &str = "insert into \"Outbox\" (event_type, aggregate_type, aggregate_id, payload, version, retry_count)
    select 'a.created', 'a', n::text, '{}', 2, case when n % 100 = 0 then 1 else 0 end from generate_series(1, 3000) as n";

/// The plan that a pooled connection ends up with: prepared, without looking at the parameters.
async fn plan(raw: &tokio_postgres::Client, name: &str, arguments: &str) -> String {
    let (_, sql) = STATEMENTS.iter().find(|(file, _)| *file == name).unwrap();
    let sql = format!(
        "deallocate all; set plan_cache_mode = force_generic_plan; prepare p as {sql}; explain execute p({arguments})"
    );
    let answer = raw.simple_query(&sql).await.unwrap();
    answer
        .iter()
        .filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        })
        .collect::<Vec<_>>()
        .join("\n")
}

async fn check(raw: &tokio_postgres::Client, when: &str) {
    let places = "array[1,2,3]::int2[], array[1,2,3]::int8[]";
    for (name, arguments, index) in [
        ("mark_applied", places.to_owned(), "Outbox_pending"),
        (
            "charge",
            format!(
                "{places}, array[0,0,0], array['','',''], array['','',''], array[now(),now(),now()]"
            ),
            "Outbox_pending",
        ),
        (
            "heal",
            "array['a'], array['1'], array[1]::int8[]".to_owned(),
            "Outbox_charged",
        ),
        (
            "pending",
            format!("{places}, now(), 100, 1000"),
            "Outbox_pending",
        ),
        ("status", "100000".to_owned(), "Outbox_pending"),
        (
            "unapplied",
            "'a', array['1', '2']".to_owned(),
            "Outbox_pending",
        ),
    ] {
        let plan = plan(raw, name, &arguments).await;
        assert!(
            plan.contains(index) && !plan.contains("Seq Scan on \"Outbox\""),
            "{name}, {when}:\n{plan}"
        );
    }
}

async fn filled() -> Option<(Fresh, tokio_postgres::Client)> {
    let database = fresh("plans").await?;
    let primary = database.connect(options()).await;
    primary.migrate(&[]).await.unwrap();
    let raw = database.raw().await;
    // Whether statistics exist is this test's to decide.
    raw.batch_execute("alter table \"Outbox\" set (autovacuum_enabled = false)")
        .await
        .unwrap();
    raw.batch_execute(HISTORY).await.unwrap();
    Some((database, raw))
}

#[tokio::test]
async fn statements_use_their_index_with_and_without_statistics() {
    let Some((_database, raw)) = filled().await else {
        return;
    };
    check(&raw, "idle, never analyzed").await;
    raw.batch_execute("analyze \"Outbox\"").await.unwrap();
    check(&raw, "idle, analyzed").await;
    raw.batch_execute(WAITING).await.unwrap();
    check(&raw, "busy, analyzed when idle").await;
    raw.batch_execute("analyze \"Outbox\"").await.unwrap();
    check(&raw, "busy, analyzed").await;
}
