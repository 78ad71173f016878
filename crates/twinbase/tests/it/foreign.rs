//! Writers that know nothing of Twinbase: the seed's own pattern as plain SQL.

use twinbase::prelude::*;

use crate::{
    app::{Account, account, id},
    combination::{Setup, fast, on_every_combination},
};

on_every_combination!(
    the_seeds_pattern_as_plain_sql_is_synced_in_order,
    the_seeds_queries_work_verbatim,
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
