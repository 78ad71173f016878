//! Serialization failures and what follows from a statement that failed.

use std::time::Duration;

use twinbase_core::write::{
    Action, Assignment, Comparison, Condition, OnConflict, Select, Target, Write,
};
use twinbase_core::{
    Primary, PrimaryError,
    error::Constraint,
    primary::{Outbox as _, Store as _, WorkerReport, Workers as _},
};
use twinbase_primary::postgres::Options;
use twinbase_testkit::{
    conformance::primary::{Database as _, PERSON, VISITS, own_migrations},
    wait,
};

use super::{Fresh, fresh, options};

/// Raises SQLSTATE 40001 for every new row, as CockroachDB may at any time.
const RAISING: &str = "
    create function raise_40001() returns trigger language plpgsql as
      $$ begin raise exception 'restart transaction' using errcode = '40001'; end $$;
    create trigger raise_40001 before insert on visits
      for each row when (new.visits = 40001) execute function raise_40001();
    create function raise_at_commit() returns trigger language plpgsql as
      $$ begin raise exception 'restart transaction' using errcode = '40001'; end $$;
    create constraint trigger raise_at_commit after insert on visits deferrable initially deferred
      for each row when (new.visits = 40002) execute function raise_at_commit();";

fn visit(id: &str, visits: i64) -> Write {
    Write {
        target: Target::Plain(VISITS.clone()),
        action: Action::Insert {
            columns: ["id", "visits"].map(Into::into).to_vec(),
            rows: vec![vec![id.into(), visits.into()]],
            on_conflict: OnConflict::Fail,
        },
        expected: None,
        traceparent: None,
    }
}

async fn migrated(hint: &str) -> Option<(Fresh, twinbase_primary::Postgres)> {
    let database = fresh(hint).await?;
    let primary = database.connect(options()).await;
    primary.migrate(&[own_migrations()]).await.unwrap();
    Some((database, primary))
}

async fn visits(primary: &dyn Primary) -> i64 {
    let rows = primary
        .query("select count(*) as n from visits", &[])
        .await
        .unwrap();
    rows[0].get("n").unwrap()
}

#[tokio::test]
async fn a_serialization_failure_is_contention_wherever_it_happens() {
    let Some((database, primary)) = migrated("contention").await else {
        return;
    };
    database.foreign(&[RAISING]).await.unwrap();
    let alone = primary.write(&visit("a", 40001)).await.unwrap_err();
    assert!(matches!(alone, PrimaryError::Contention { .. }), "{alone}");
    let at_its_commit = primary.write(&visit("a", 40002)).await.unwrap_err();
    assert!(
        matches!(at_its_commit, PrimaryError::Contention { .. }),
        "{at_its_commit}"
    );
    let mut tx = primary.begin().await.unwrap();
    tx.write(&visit("a", 40002)).await.unwrap();
    let at_commit = tx.commit().await.unwrap_err();
    assert!(
        matches!(at_commit, PrimaryError::Contention { .. }),
        "{at_commit}"
    );
    assert_eq!(visits(&primary).await, 0);
}

#[tokio::test]
async fn a_transaction_whose_failure_was_passed_over_does_not_commit() {
    let Some((database, primary)) = migrated("passed_over").await else {
        return;
    };
    database.foreign(&[RAISING]).await.unwrap();
    primary.write(&visit("there", 1)).await.unwrap();
    let mut tx = primary.begin().await.unwrap();
    tx.write(&visit("a", 1)).await.unwrap();
    let duplicate = tx.write(&visit("there", 1)).await.unwrap_err();
    assert!(
        matches!(
            duplicate,
            PrimaryError::Constraint {
                constraint: Constraint::Unique,
                ..
            }
        ),
        "{duplicate}"
    );
    let error = tx.commit().await.unwrap_err();
    assert!(
        matches!(error, PrimaryError::InvalidStatement { .. }),
        "{error}"
    );
    let mut tx = primary.begin().await.unwrap();
    tx.write(&visit("a", 40001)).await.unwrap_err();
    let error = tx.commit().await.unwrap_err();
    assert!(
        matches!(error, PrimaryError::Contention { .. }),
        "it may be run again: {error}"
    );
    assert_eq!(visits(&primary).await, 1);
}

#[tokio::test]
async fn a_lock_that_is_not_released_is_contention_after_the_lock_timeout() {
    let Some((database, _)) = migrated("lock").await else {
        return;
    };
    let primary = database
        .connect(twinbase_primary::postgres::Options {
            lock_timeout: std::time::Duration::from_millis(100),
            ..options()
        })
        .await;
    let raw = database.raw().await;
    raw.batch_execute("begin; lock table visits").await.unwrap();
    let error = primary.write(&visit("a", 1)).await.unwrap_err();
    assert!(matches!(error, PrimaryError::Contention { .. }), "{error}");
    raw.batch_execute("rollback").await.unwrap();
    primary.write(&visit("a", 1)).await.unwrap();
}

#[tokio::test]
async fn a_transaction_with_a_cancelled_call_does_not_commit() {
    let Some((_database, primary)) = migrated("cancelled").await else {
        return;
    };
    let mut tx = primary.begin().await.unwrap();
    tx.write(&visit("a", 1)).await.unwrap();
    let call = tx.query("select pg_sleep(0.3)", &[]);
    let cancelled = tokio::time::timeout(std::time::Duration::from_millis(50), call).await;
    assert!(cancelled.is_err());
    // It looks as if nothing had happened.
    tx.query("select 1 as n", &[]).await.unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(
        matches!(error, PrimaryError::InvalidStatement { .. }),
        "{error}"
    );
    assert_eq!(visits(&primary).await, 0);
}

#[tokio::test]
async fn an_application_that_holds_all_of_its_connections_starves_no_worker() {
    let Some((database, _primary)) = migrated("contention_pool").await else {
        return;
    };
    let options = Options {
        max_connections: 1,
        wait_timeout: Duration::from_millis(200),
        ..options()
    };
    let primary = database.connect(options).await;
    let held = primary.begin().await.unwrap();
    let refused = primary.query("select 1 as one", &[]).await.unwrap_err();
    assert!(
        matches!(refused, PrimaryError::Unavailable { .. }),
        "{refused}"
    );
    let worker = WorkerReport {
        id: "worker".to_owned(),
        machine: "machine".to_owned(),
        process: 1,
        state: "starting".to_owned(),
        applied: 0,
        superseded: 0,
        failed_attempts: 0,
        failing: String::new(),
    };
    let leased = primary.lease(&worker, Duration::from_secs(10)).await;
    assert_eq!(leased.unwrap().held.len(), 16);
    primary.status().await.unwrap();
    primary.mark_applied(&[], &[]).await.unwrap();
    held.rollback().await.unwrap();
}

/// A statement that has waited for a lock reads again only what it locks: the row, and not its head.
#[tokio::test]
async fn a_locked_row_has_the_version_of_its_content() {
    let Some((database, primary)) = migrated("locked_version").await else {
        return;
    };
    primary
        .register(std::slice::from_ref(&*PERSON))
        .await
        .unwrap();
    let insert = "insert into people (id, name, password_hash, active, points, big, ratio, joined_at) \
                  values ('a', 'a', 'x', true, 0, 0, 0, now())";
    database.foreign(&[insert]).await.unwrap();
    let points = |points: i64| Write {
        target: Target::Aggregate(PERSON.clone()),
        action: Action::Update {
            set: vec![Assignment::set("points", points.into())],
            filter: vec![Condition::compare("id", Comparison::Equal, "a".into())],
        },
        expected: None,
        traceparent: None,
    };
    primary.write(&points(1)).await.unwrap();
    let mut first = primary.begin().await.unwrap();
    first.write(&points(2)).await.unwrap();
    let mut second = primary.begin().await.unwrap();
    let locked = tokio::spawn(async move {
        let select = Select {
            for_update: true,
            ..Select::new(&PERSON, 1)
        };
        let locked = second.select(&select).await;
        second.rollback().await.unwrap();
        locked
    });
    wait::until(
        "the second to wait for the first",
        Duration::from_secs(10),
        async || {
            let waiting = "select count(*) as n from pg_stat_activity \
                       where wait_event_type = 'Lock' and datname = current_database()";
            let rows = primary.query(waiting, &[]).await.unwrap();
            let waiting: i64 = rows[0].get("n").unwrap();
            (waiting == 1).then_some(()).ok_or(waiting)
        },
    )
    .await;
    first.commit().await.unwrap();
    let locked = locked.await.unwrap().unwrap();
    let payload: serde_json::Value =
        serde_json::from_str(locked[0].payload.as_deref().unwrap()).unwrap();
    assert_eq!(
        (locked[0].version.get(), &payload["points"]),
        (2, &2.into())
    );
}
