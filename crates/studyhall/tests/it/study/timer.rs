//! Sessions that the server measures.

use futures_util::future::join_all;
use serde_json::{Value, json};
use twinbase::prelude::*;

use super::{TIMER, at_noon, get, minutes, post, start, stop};
use crate::support::{Combination, Member, on_two_combinations};

on_two_combinations! {
    a_timer_is_the_same_everywhere_and_makes_one_session,
    a_forgotten_timer_asks_for_its_end,
    a_discarded_timer_leaves_nothing,
    no_more_than_the_cap_of_a_day_counts,
}

async fn a_timer_is_the_same_everywhere_and_makes_one_session(on: Combination) {
    let (app, ada) = at_noon(on).await;
    assert_eq!(
        get(&app, &ada, TIMER).await.expect(200).body["timer"],
        Value::Null
    );
    let started = start(&app, &ada).await.expect(200);
    assert_eq!(started.str("localDate"), "2030-02-01");
    let again = start(&app, &ada).await.problem(409, "timer-runs");
    assert!(
        again.str("detail").contains("\"Algebra\""),
        "{}",
        again.text
    );
    // On another device.
    let session = app
        .log_in("ada", crate::support::PASSWORD)
        .await
        .expect(200);
    let phone = Member {
        token: session.str("token").to_owned(),
        ..ada.clone()
    };
    app.clock.advance(minutes(51));
    let seen = get(&app, &phone, TIMER).await.expect(200);
    assert_eq!(seen.body["timer"], started.body);
    assert_eq!(seen.header("x-read-source"), "primary");
    let now: Timestamp = seen.str("now").parse().expect("a time");
    let began: Timestamp = started.str("startedAt").parse().expect("a time");
    assert_eq!(now.duration_since(began).as_mins(), 51);
    let session = stop(&app, &phone).await.expect(201);
    assert_eq!(
        (&session.body["minutes"], &session.body["countedMinutes"]),
        (&json!(51), &json!(51))
    );
    assert_eq!(session.body["timed"], true);
    assert_eq!(session.str("startedAt"), started.str("startedAt"));
    stop(&app, &ada).await.problem(404, "not-found");
    // Of many devices that start at once one does.
    let answers = join_all((0..8).map(async |_| start(&app, &ada).await.status)).await;
    assert_eq!(
        answers.iter().filter(|status| **status == 200).count(),
        1,
        "{answers:?}"
    );
    let answers = join_all((0..8).map(async |_| stop(&app, &ada).await.status)).await;
    assert_eq!(
        answers.iter().filter(|status| **status == 201).count(),
        1,
        "{answers:?}"
    );
    app.verify().await;
}

async fn a_forgotten_timer_asks_for_its_end(on: Combination) {
    let (app, ada) = at_noon(on).await;
    start(&app, &ada).await.expect(200);
    app.clock.advance(minutes(241));
    stop(&app, &ada).await.problem(409, "end-needed");
    let end = |at: &str| {
        let body = json!({ "endedAt": at });
        post(&app, &ada, "/api/v1/sessions/timer/stop", body)
    };
    end("2030-02-01T11:00:00Z")
        .await
        .problem(409, "session-backwards");
    end("2030-02-01T18:00:00Z")
        .await
        .problem(409, "session-in-future");
    end("soon").await.problem(422, "invalid-fields");
    // On the user's own clock, which is UTC.
    let session = end("2030-02-01T13:30").await.expect(201);
    assert_eq!(session.str("endedAt"), "2030-02-01T13:30:00Z");
    let length = session.body["minutes"].as_i64().expect("a number");
    assert!((89..=90).contains(&length), "{}", session.text);
    app.verify().await;
}

async fn a_discarded_timer_leaves_nothing(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let events = app.events().await;
    let discard = || post(&app, &ada, "/api/v1/sessions/timer/discard", json!({}));
    discard().await.problem(404, "not-found");
    start(&app, &ada).await.expect(200);
    let other = json!({ "startedAt": "2030-02-01T11:00:00Z" });
    for deed in ["stop", "discard"] {
        let path = format!("/api/v1/sessions/timer/{deed}");
        let other = post(&app, &ada, &path, other.clone()).await;
        other.problem(409, "another-timer-runs");
    }
    assert_eq!(discard().await.expect(200).body, json!({ "success": true }));
    assert_eq!(
        get(&app, &ada, TIMER).await.expect(200).body["timer"],
        Value::Null
    );
    assert_eq!(app.events().await, events);
    // Neither needs a body.
    for (deed, status) in [("discard", 200), ("stop", 201)] {
        start(&app, &ada).await.expect(200);
        let path = format!("/api/v1/sessions/timer/{deed}");
        for kind in ["", "application/json"] {
            let mut call = app.call("POST", &path).by(&ada.token);
            if !kind.is_empty() {
                call = call.header("content-type", kind);
            }
            // The second finds nothing that runs.
            let wanted = if kind.is_empty() { status } else { 404 };
            call.send().await.expect(wanted);
        }
    }
    let foreign = app
        .call("POST", "/api/v1/sessions/timer/stop")
        .by(&ada.token);
    let foreign = foreign.header("sec-fetch-site", "cross-site").send().await;
    foreign.problem(403, "cross-site");
}

async fn no_more_than_the_cap_of_a_day_counts(on: Combination) {
    let (app, ada) = at_noon(on).await;
    app.clock.set("2030-02-01T00:30:00Z");
    let timed = async |length: i64, end: &str| {
        start(&app, &ada).await.expect(200);
        app.clock.advance(minutes(length));
        let body = json!({ "endedAt": end });
        let ended = post(&app, &ada, "/api/v1/sessions/timer/stop", body)
            .await
            .expect(201);
        (
            ended.body["minutes"].as_i64(),
            ended.body["countedMinutes"].as_i64(),
        )
    };
    let (first, counted) = timed(901, "2030-02-01T15:30:00Z").await;
    assert_eq!(first, counted);
    let first = first.expect("a number");
    // Of this one there is room for the rest alone.
    let (second, counted) = timed(121, "2030-02-01T17:30:00Z").await;
    assert!(
        (118..=121).contains(&second.expect("a number")),
        "{second:?}"
    );
    assert_eq!(counted, Some(16 * 60 - first));
    let (third, counted) = timed(10, "2030-02-01T17:40:00Z").await;
    assert!(third > Some(5));
    assert_eq!(counted, Some(0));
    // The next day has its own.
    app.clock.set("2030-02-02T08:00:00Z");
    let (next, counted) = timed(30, "2030-02-02T08:29:00Z").await;
    assert_eq!(next, counted);
    assert!(counted > Some(0));
}
