//! Sessions that are entered by hand, and which times a session may have.

use futures_util::future::join_all;
use serde_json::json;

use super::{at_noon, by_hand, minutes, post, start, stop};
use crate::support::{Combination, on_two_combinations};

on_two_combinations! {
    sessions_by_hand_are_marked_and_never_counted,
    sessions_do_not_overlap_end_early_or_lie_ahead,
    a_time_on_the_clock_that_is_missing_or_ambiguous_is_the_earlier_offset,
}

async fn sessions_by_hand_are_marked_and_never_counted(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let session = by_hand(
        &app,
        &ada,
        "2030-01-31T09:00:00+01:00",
        "2030-01-31T10:25:40+01:00",
    );
    let session = session.await.expect(201);
    assert_eq!(session.str("startedAt"), "2030-01-31T08:00:00Z");
    assert_eq!(
        (&session.body["minutes"], &session.body["countedMinutes"]),
        (&json!(85), &json!(0))
    );
    assert_eq!(
        (&session.body["timed"], session.str("localDate")),
        (&json!(false), "2030-01-31")
    );
    for (field, bad) in [
        ("subject", json!(" ")),
        ("startedAt", json!("2030-01-31")),
        ("endedAt", json!(null)),
    ] {
        let mut body = json!({ "subject": "a", "startedAt": "2030-01-30T08:00", "endedAt": "2030-01-30T09:00" });
        body[field] = bad;
        let refused = post(&app, &ada, "/api/sessions", body)
            .await
            .problem(422, "invalid-fields");
        assert_eq!(refused.body["errors"][0]["pointer"], format!("/{field}"));
    }
    app.verify().await;
}

async fn sessions_do_not_overlap_end_early_or_lie_ahead(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let add = |from: &str, to: &str| {
        let (from, to) = (format!("2030-02-01T{from}Z"), format!("2030-02-01T{to}Z"));
        let (app, ada) = (&app, &ada);
        async move { by_hand(app, ada, &from, &to).await }
    };
    add("09:00:00", "10:00:00").await.expect(201);
    for (from, to) in [
        ("09:00:00", "10:00:00"),
        ("09:15:00", "09:45:00"),
        ("08:00:00", "11:00:00"),
        ("08:30:00", "09:00:00.001"),
        ("09:59:59.999", "10:30:00"),
        ("09:30:00", "09:30:00"),
    ] {
        let refused = add(from, to).await.problem(409, "session-overlaps");
        assert!(
            refused
                .str("detail")
                .contains("\"Reading\", from 2030-02-01 09:00"),
            "{}",
            refused.text
        );
    }
    // They may touch.
    add("10:00:00", "10:30:00").await.expect(201);
    add("08:30:00", "09:00:00").await.expect(201);
    add("11:00:00", "10:59:59")
        .await
        .problem(409, "session-backwards");
    add("11:00:00", "12:30:00")
        .await
        .problem(409, "session-in-future");
    add("13:00:00", "12:30:00")
        .await
        .problem(409, "session-in-future");
    let long = by_hand(
        &app,
        &ada,
        "2030-01-20T09:00:00Z",
        "2030-01-21T09:00:00.001Z",
    )
    .await;
    long.problem(409, "session-too-long");
    // A session that runs has begun.
    start(&app, &ada).await.expect(200);
    app.clock.advance(minutes(30));
    add("11:30:00", "12:15:00")
        .await
        .problem(409, "session-overlaps");
    add("11:00:00", "11:30:00").await.expect(201);
    stop(&app, &ada).await.expect(201);
    // Others study at the same time, and of many at once one is first.
    let bob = app.member("bob").await;
    let at_once = join_all((0..8).map(async |_| {
        by_hand(&app, &bob, "2030-02-01T09:00:00Z", "2030-02-01T10:00:00Z")
            .await
            .status
    }));
    let at_once = at_once.await;
    assert_eq!(
        at_once.iter().filter(|status| **status == 201).count(),
        1,
        "{at_once:?}"
    );
    app.verify().await;
}

async fn a_time_on_the_clock_that_is_missing_or_ambiguous_is_the_earlier_offset(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let berlin = json!({ "timeZone": "Europe/Berlin" });
    let call = app.call("PATCH", "/api/users/me").by(&ada.token);
    call.json(&berlin).send().await.expect(200);
    let spring = by_hand(&app, &ada, "2029-03-25T02:30", "2029-03-25T04:00")
        .await
        .expect(201);
    assert_eq!(spring.str("startedAt"), "2029-03-25T01:30:00Z");
    assert_eq!(spring.body["minutes"], 30);
    // What the hour that was skipped made of a time is told, and is no session of nothing.
    for end in ["2029-03-25T03:15", "2029-03-25T03:30"] {
        let refused = by_hand(&app, &ada, "2029-03-25T02:30", end).await;
        let refused = refused.problem(409, "session-backwards");
        let told = "02:30 is not on the clock that day: it is taken as 2029-03-25 03:30 CEST.";
        assert!(refused.str("detail").contains(told), "{}", refused.text);
    }
    let autumn = by_hand(&app, &ada, "2029-10-28T02:30", "2029-10-28T03:30")
        .await
        .expect(201);
    assert_eq!(autumn.str("startedAt"), "2029-10-28T00:30:00Z");
    assert_eq!(autumn.body["minutes"], 120);
}
