//! Whose sessions are, and what becomes of them on both sides.

use serde_json::{Value, json};
use twinbase::prelude::*;

use super::{TIMER, at_noon, by_hand, get, post, start};
use crate::support::{Combination, on_two_combinations};

on_two_combinations! {
    sessions_are_listed_page_by_page_and_are_their_owners_alone,
    an_account_takes_its_sessions_with_it,
}

async fn sessions_are_listed_page_by_page_and_are_their_owners_alone(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let bob = app.member("bob").await;
    let mut last = None;
    for hour in 0..5 {
        let (from, to) = (
            format!("2030-01-31T0{hour}:00:00Z"),
            format!("2030-01-31T0{hour}:30:00Z"),
        );
        last = Some(by_hand(&app, &ada, &from, &to).await.expect(201));
    }
    let last = last.expect("there is one");
    app.catch_up().await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = get(&app, &ada, &format!("/api/sessions?limit=2{cursor}"))
            .await
            .expect(200);
        assert_eq!(page.header("x-read-source"), "replica");
        seen.extend(page.of_items("startedAt").iter().map(ToString::to_string));
        let Some(next) = page.body["nextCursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen.len(), 5);
    assert!(
        seen.is_sorted_by(|later, earlier| later > earlier),
        "{seen:?}"
    );
    assert!(
        get(&app, &bob, "/api/sessions")
            .await
            .expect(200)
            .items()
            .is_empty()
    );
    let path = format!("/api/sessions/{}", last.str("id"));
    for method in ["GET", "DELETE"] {
        app.call(method, &path)
            .send()
            .await
            .problem(401, "unauthenticated");
        app.call(method, &path)
            .by(&bob.token)
            .send()
            .await
            .problem(404, "not-found");
    }
    for (method, path) in [
        ("GET", "/api/sessions"),
        ("POST", "/api/sessions"),
        ("GET", TIMER),
        ("POST", TIMER),
        ("POST", "/api/sessions/timer/stop"),
        ("POST", "/api/sessions/timer/discard"),
    ] {
        app.call(method, path)
            .send()
            .await
            .problem(401, "unauthenticated");
    }
    let one = get(&app, &ada, &path).await.expect(200);
    assert_eq!((&one.body, one.header("etag")), (&last.body, "\"1\""));
    let stale = app
        .call("DELETE", &path)
        .by(&ada.token)
        .header("if-match", "\"7\"");
    stale.send().await.expect(412);
    let gone = app
        .call("DELETE", &path)
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    let left = app.call("GET", "/api/sessions?consistency=strict");
    let left = left.by(&ada.token).header("prefer", "wait=10");
    let left = left.header("sync-token", gone.header("sync-token"));
    assert_eq!(left.send().await.expect(200).items().len(), 4);
    app.verify().await;
}

async fn an_account_takes_its_sessions_with_it(on: Combination) {
    use studyhall::domain::{Error, commands};
    let (app, ada) = at_noon(on).await;
    let bob = app.member("bob").await;
    for member in [&ada, &bob] {
        by_hand(&app, member, "2030-01-31T09:00:00Z", "2030-01-31T10:00:00Z")
            .await
            .expect(201);
        by_hand(&app, member, "2030-01-31T11:00:00Z", "2030-01-31T12:00:00Z")
            .await
            .expect(201);
        start(&app, member).await.expect(200);
        let report = json!({ "studyHours": 2, "completionPct": 50 });
        post(&app, member, "/api/reports", report).await.expect(201);
    }
    let events = app.events().await;
    let id = &AggregateId::new(&ada.id).expect("an id");
    let deleted = app.twin.write(|tx: Tx| async move {
        commands::delete_sessions_of(&tx, id).await?;
        commands::delete_reports_of(&tx, id).await?;
        Ok::<_, Error>(())
    });
    deleted.await.expect("they are deleted");
    assert_eq!(app.events().await, events + 3);
    app.catch_up().await;
    assert!(
        get(&app, &ada, "/api/sessions")
            .await
            .expect(200)
            .items()
            .is_empty()
    );
    assert!(
        get(&app, &ada, "/api/reports")
            .await
            .expect(200)
            .items()
            .is_empty()
    );
    assert_eq!(
        get(&app, &ada, TIMER).await.expect(200).body["timer"],
        Value::Null
    );
    assert_eq!(
        get(&app, &bob, "/api/sessions")
            .await
            .expect(200)
            .items()
            .len(),
        2
    );
    app.verify().await;
}
