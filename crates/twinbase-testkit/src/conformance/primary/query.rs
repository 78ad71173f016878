//! Reads of the application.

use twinbase_core::{
    PrimaryError, Value,
    write::{Order, Select},
};

use super::{
    Opened, PERSON,
    support::{assert_invalid, award, delete, insert, is, payload, set},
};

/// Parameters are `$1`, `$2`; values have their types.
pub async fn a_query_answers_rows_of_any_table(db: Opened) {
    db.done(&insert(&["a", "b"])).await;
    let sql = "with chosen as (select * from people where id = $1) \
               select p.name, p.big, p.ratio, p.nickname, p.active, (select count(*) from people) as n, $2 || 'x' as y \
               from chosen p";
    let rows = db.query(sql, &["b".into(), "y".into()]).await;
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    let columns = ["name", "big", "ratio", "nickname", "active", "n", "y"];
    assert_eq!(row.columns(), columns);
    assert_eq!(row.get("name"), Ok("name of b".to_owned()));
    assert_eq!(row.get("big"), Ok(9_007_199_254_740_993_i64));
    assert_eq!(row.get("ratio"), Ok(0.1_f64));
    assert_eq!(row.get("nickname"), Ok(None::<String>));
    assert_eq!(row.get("active"), Ok(true));
    assert_eq!(row.get("n"), Ok(2_i64));
    assert_eq!(row.get("y"), Ok("yx".to_owned()));
    let sql = "select 1 as n from people where id = $1";
    assert!(db.query(sql, &["x".into()]).await.is_empty());
}

/// In a transaction and outside of one.
pub async fn a_query_that_changes_something_is_refused(db: Opened) {
    db.done(&insert(&["a"])).await;
    for sql in [
        "delete from people",
        "update people set points = 9",
        "insert into visits values ('a', 1)",
        "with x as (delete from people returning id) select * from x",
        "select 1; delete from people",
        "/* select */ drop table visits",
        "create table t (a text)",
        "begin",
        "commit",
        "",
        "select 'unfinished",
    ] {
        assert_invalid(db.primary.query(sql, &[]).await, sql);
        let mut tx = db.begin().await;
        assert_invalid(tx.query(sql, &[]).await, sql);
        tx.rollback().await.expect("a rollback");
    }
    for sql in [
        "select nonsense from people",
        "select 1 from nowhere",
        "select from where",
    ] {
        assert_invalid(db.primary.query(sql, &[]).await, sql);
    }
    let sql = "select $1 || 'x' as a";
    let nul = db.primary.query(sql, &["\0".into()]).await;
    assert!(
        matches!(nul, Err(PrimaryError::InvalidValue { .. })),
        "{nul:?}"
    );
    let untouched = "select count(*) as n from people where points = 0";
    assert_eq!(db.number(untouched).await, 1);
}

/// Until it commits.
pub async fn a_transaction_sees_its_own_changes_and_nobody_else_does(db: Opened) {
    db.done(&insert(&["a"])).await;
    let mut tx = db.begin().await;
    tx.write(&award("a")).await.expect("a point");
    let select = Select {
        filter: vec![is("a")],
        for_update: true,
        ..Select::new(&PERSON, 1)
    };
    let inside = tx.select(&select).await.expect("a read");
    let outside = db.select(&select).await;
    for (seen, points, version) in [(&inside, 1, 2), (&outside, 0, 1)] {
        assert_eq!(payload(&seen[0])["points"], points);
        assert_eq!(seen[0].version.get(), version);
    }
    let sql = "select points as n from people where id = $1";
    let rows = tx.query(sql, &["a".into()]).await.expect("a query");
    assert_eq!(rows[0].get::<i64>("n").expect("points"), 1);
    tx.commit().await.expect("a commit");
    assert_eq!(db.select(&select).await, inside);
}

/// Keyset pages, in both directions, while rows go away.
pub async fn pages_neither_skip_nor_repeat(db: Opened) {
    let ids: Vec<String> = (0..10).map(|n| format!("p{n}")).collect();
    db.done(&insert(&ids)).await;
    for (at, id) in (0_i32..).zip(&ids) {
        db.done(&set(id, "points", at / 4)).await;
    }
    for descending in [false, true] {
        let order = |column: &'static str| Order {
            column: column.into(),
            descending,
        };
        let mut select = Select {
            order: vec![order("points"), order("id")],
            ..Select::new(&PERSON, 3)
        };
        let mut met = Vec::new();
        loop {
            let page = db.select(&select).await;
            let Some(last) = page.last() else { break };
            let points = payload(last)["points"].as_i64().expect("points");
            select.after = Some(vec![points.into(), Value::from(&last.id)]);
            met.extend(page.iter().map(|state| state.id.to_string()));
            if descending && met.len() == 3 {
                db.done(&delete(&met[2])).await;
            }
        }
        let mut expected: Vec<_> = ids.iter().map(ToString::to_string).collect();
        if descending {
            expected.reverse();
        }
        assert_eq!(met, expected);
    }
    let nowhere = Select {
        after: Some(vec!["p1".into()]),
        ..Select::new(&PERSON, 3)
    };
    assert_invalid(
        db.primary.select(&nowhere).await,
        "a place without an order",
    );
}

/// Everywhere, whatever the database does by itself.
pub async fn nulls_come_first_ascending_and_last_descending(db: Opened) {
    db.done(&insert(&["a", "b", "c"])).await;
    db.done(&set("a", "nickname", "y")).await;
    db.done(&set("c", "nickname", "x")).await;
    for (descending, expected) in [(false, "bca"), (true, "acb")] {
        let select = Select {
            order: vec![Order {
                column: "nickname".into(),
                descending,
            }],
            ..Select::new(&PERSON, 10)
        };
        let states = db.select(&select).await;
        let ids: Vec<_> = states.iter().map(|state| state.id.as_str()).collect();
        assert_eq!(ids.concat(), expected);
    }
    assert_eq!(db.recorded().await.len(), 5);
}
