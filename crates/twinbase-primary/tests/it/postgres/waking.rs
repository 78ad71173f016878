//! Notifications as only PostgreSQL has them.

use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use twinbase_core::primary::{Hints, Store as _, Wake as _};
use twinbase_testkit::wait;

use super::{Fresh, fresh, options};

const DEADLINE: Duration = Duration::from_mins(1);

async fn listening(hint: &str) -> Option<(Fresh, twinbase_primary::Postgres, Hints)> {
    let database = fresh(hint).await?;
    let primary = database.connect(options()).await;
    primary.migrate(&[]).await.unwrap();
    let hints = primary.listen().await.unwrap().expect("PostgreSQL listens");
    Some((database, primary, hints))
}

/// The next item of the stream; `None` when it has ended.
async fn next(hints: &mut Hints) -> Option<()> {
    tokio::time::timeout(DEADLINE, hints.next()).await.unwrap()
}

#[tokio::test]
async fn many_notifications_that_nobody_took_are_one_hint_and_later_ones_are_heard() {
    let Some((database, primary, mut hints)) = listening("wake").await else {
        return;
    };
    for _ in 0..50 {
        for _ in 0..20 {
            primary.notify().await.unwrap();
        }
        assert_eq!(next(&mut hints).await, Some(()));
    }
    // Another listener has heard everything when it has heard a notification of its own.
    let mut other = primary.listen().await.unwrap().unwrap();
    for _ in 0..1000 {
        primary.notify().await.unwrap();
    }
    assert_eq!(next(&mut other).await, Some(()));
    let mut heard = 0;
    wait::until("the hints to end", DEADLINE, async || {
        while hints.next().now_or_never().is_some() {
            heard += 1;
        }
        let raw = database.raw().await;
        let usage = raw.query_one("select pg_notification_queue_usage()", &[]);
        (usage.await.unwrap().get::<_, f64>(0) == 0.0).then_some(())
    })
    .await;
    assert!(heard < 1000, "{heard} hints of 1000 notifications");
}

#[tokio::test]
async fn a_listener_whose_connection_is_lost_is_told_by_the_end_of_its_stream() {
    let Some((database, primary, mut hints)) = listening("wake_lost").await else {
        return;
    };
    let raw = database.raw().await;
    let ended = raw
        .query_one(
            "select count(*) from (select pg_terminate_backend(pid) from pg_stat_activity \
             where datname = current_database() and query like 'listen %') as t",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(ended.get::<_, i64>(0), 1);
    assert_eq!(next(&mut hints).await, None);
    let mut again = primary.listen().await.unwrap().unwrap();
    primary.notify().await.unwrap();
    assert_eq!(next(&mut again).await, Some(()));
}

#[tokio::test]
async fn a_listener_that_is_dropped_leaves_no_connection_behind() {
    let Some((database, _primary, hints)) = listening("wake_dropped").await else {
        return;
    };
    drop(hints);
    let raw = database.raw().await;
    wait::until("its connection to close", DEADLINE, async || {
        let open = raw.query_one(
            "select count(*) from pg_stat_activity \
             where datname = current_database() and query like 'listen %'",
            &[],
        );
        let open: i64 = open.await.unwrap().get(0);
        (open == 0).then_some(()).ok_or(open)
    })
    .await;
}

#[tokio::test]
async fn outboxes_in_other_schemas_of_the_database_are_not_woken() {
    let Some((database, primary, mut hints)) = listening("wake_schemas").await else {
        return;
    };
    let raw = database.raw().await;
    raw.batch_execute("create schema other").await.unwrap();
    let url = format!("{}?schema=other", database.url());
    let other = twinbase_primary::Postgres::connect(&url, options()).await;
    let other = other.unwrap();
    other.migrate(&[]).await.unwrap();
    let mut others = other.listen().await.unwrap().unwrap();
    other.notify().await.unwrap();
    assert_eq!(next(&mut others).await, Some(()));
    // Sent later and heard first: what came before was for somebody else.
    assert_eq!(hints.next().now_or_never(), None);
    primary.notify().await.unwrap();
    assert_eq!(next(&mut hints).await, Some(()));
}
