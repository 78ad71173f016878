//! Writers that know nothing of Twinbase: the seed's own pattern as plain SQL.

use twinbase::{
    operate::{OperationState, Verb},
    prelude::*,
};
use twinbase_testkit::wait;

use crate::{
    app::{Account, account, id},
    combination::{SOON, Setup, fast, on_every_combination},
};

on_every_combination!(
    the_seeds_pattern_as_plain_sql_is_synced_in_order,
    the_seeds_queries_work_verbatim,
    what_a_writer_set_for_later_is_shown_and_applied_when_somebody_names_it,
    a_negative_number_is_read_like_any_other,
);

fn event(n: u32, what: &str, points: u32) -> String {
    format!(
        r#"insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload) values
        ('3f0c8e0e-0000-4000-8000-0000000000{n:02}', 'account.{what}', 'account', 'prisma',
         '{{"id": "prisma", "name": "prisma", "points": {points}}}')"#
    )
}

async fn the_seeds_pattern_as_plain_sql_is_synced_in_order(setup: Setup) {
    let insert =
        "insert into accounts (id, name, points, secret) values ('prisma', 'prisma', 1, 'x')";
    setup
        .foreign(&format!("{insert}; {}", event(1, "created", 1)))
        .await;
    for points in 2..6 {
        let update = format!("update accounts set points = {points} where id = 'prisma'");
        setup
            .foreign(&format!("{update}; {}", event(points, "updated", points)))
            .await;
    }
    // Both kinds of writers on one aggregate share its versions.
    let key = id("prisma");
    let set = vec![Account::POINTS.increase(1)];
    let ours = setup
        .twin
        .update::<Account>(&key, set)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((ours.version.get(), ours.points), (6, 6));
    setup.twin.drain(fast()).await.unwrap();
    assert_eq!(setup.document(&key).await.unwrap(), ours);
    setup
        .foreign(
            r#"delete from accounts where id = 'prisma';
            insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload) values
            ('last', 'account.deleted', 'account', 'prisma', '{"id": "prisma"}')"#,
        )
        .await;
    setup.twin.drain(fast()).await.unwrap();
    assert_eq!(setup.document(&key).await, None);
    let versions = setup
        .twin
        .query(r#"select version from "Outbox" order by version"#, &[])
        .await
        .unwrap();
    let versions: Vec<i64> = versions
        .iter()
        .map(|row| row.get("version").unwrap())
        .collect();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7]);
    setup.agrees().await;
}

async fn the_seeds_queries_work_verbatim(setup: Setup) {
    setup.twin.insert(&account("one")).await.unwrap();
    for (sql, rows) in [
        (
            r#"SELECT * FROM "Outbox" ORDER BY created_at DESC LIMIT 10"#,
            1,
        ),
        (r#"SELECT * FROM "Outbox" WHERE processed = false"#, 1),
        (r#"SELECT * FROM "Outbox" WHERE retry_count > 5"#, 0),
    ] {
        let found = setup.twin.query(sql, &[]).await.unwrap();
        assert_eq!(found.len(), rows, "{sql}");
        if let Some(row) = found.first() {
            let seed = [
                "id",
                "event_type",
                "aggregate_type",
                "aggregate_id",
                "payload",
                "processed",
                "retry_count",
                "created_at",
            ];
            assert_eq!(row.columns()[..8], seed);
            assert_eq!(row.get::<String>("event_type").unwrap(), "account.created");
        }
    }
}

/// An account and its event, of which a writer gives one more column.
async fn with_column(setup: &Setup, key: &str, column: &str, value: &str) {
    setup
        .foreign(&format!(
            r#"insert into accounts (id, name, points, secret) values ('{key}', '{key}', 1, 'x');
            insert into "Outbox" (id, event_type, aggregate_type, aggregate_id, payload, {column}) values
            ('of {key}', 'account.created', 'account', '{key}', '{{"id": "{key}", "name": "{key}", "points": 1}}', {value})"#
        ))
        .await;
}

async fn what_a_writer_set_for_later_is_shown_and_applied_when_somebody_names_it(setup: Setup) {
    with_column(
        &setup,
        "later",
        "next_attempt_at",
        "'2099-01-01T00:00:00.000Z'",
    )
    .await;
    setup.twin.insert(&account("usual")).await.unwrap();
    let outbox = setup.twin.outbox().by("ada");
    let page = outbox.list(&EventFilter::default(), None, 9).await.unwrap();
    let ids: Vec<_> = page.items.iter().map(|event| event.id.clone()).collect();
    let next = page.items.iter().find(|event| event.id == "of later");
    let next = next.unwrap().next_attempt_at.unwrap();
    assert_eq!(next.to_string(), "2099-01-01T00:00:00Z");
    let explained = setup.twin.explain("accounts", &id("later")).await.unwrap();
    let verdict = explained.unwrap().verdict;
    assert!(verdict.contains("2099-01-01"), "{verdict}");
    // What waits for a worker is not tried again, and without a name nothing is that has not failed.
    let named = EventFilter {
        ids,
        ..EventFilter::default()
    };
    let count = async |filter: &EventFilter| {
        let preview = outbox.preview(&Verb::Retry, filter).await;
        preview.unwrap().count
    };
    assert_eq!(count(&EventFilter::default()).await, 0);
    assert_eq!(count(&named).await, 1);
    let worker = setup.twin.start_worker(fast()).unwrap();
    wait::until("what does not wait for later", SOON, async || {
        setup.document(&id("usual")).await.is_some()
    })
    .await;
    assert_eq!(setup.document(&id("later")).await, None);
    let operation = outbox.start(Verb::Retry, &named, None).await.unwrap();
    let end = operation.wait().await;
    assert_eq!((end.state, end.done), (OperationState::Succeeded, 1));
    setup.drained().await;
    assert!(setup.document(&id("later")).await.is_some());
    worker.stop().await;
    let log = outbox.operations.list(None, 9).await.unwrap();
    assert_eq!((log.len(), &*log[0].by), (1, "ada"), "{log:?}");
}

async fn a_negative_number_is_read_like_any_other(setup: Setup) {
    with_column(&setup, "before", "seq", "-7").await;
    setup.twin.drain(fast()).await.unwrap();
    assert!(setup.document(&id("before")).await.is_some());
    setup.agrees().await;
}
