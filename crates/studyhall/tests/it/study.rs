//! Sessions of study: the timer, what is entered by hand, and whose they are.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use twinbase::prelude::*;

use crate::support::{Answer, Combination, Member, Studyhall, on_two_combinations};

on_two_combinations! {
    a_timer_is_the_same_everywhere_and_makes_one_session,
    a_forgotten_timer_asks_for_its_end,
    a_discarded_timer_leaves_nothing,
    sessions_by_hand_are_marked_and_never_counted,
    sessions_do_not_overlap_end_early_or_lie_ahead,
    no_more_than_the_cap_of_a_day_counts,
    a_time_on_the_clock_that_is_missing_or_ambiguous_is_the_earlier_offset,
    sessions_are_listed_page_by_page_and_are_their_owners_alone,
    a_session_has_its_row_event_version_and_document,
    an_account_takes_its_sessions_with_it,
}

const TIMER: &str = "/api/v1/sessions/timer";

async fn post(app: &Studyhall, member: &Member, path: &str, body: Value) -> Answer {
    let call = app.call("POST", path).by(&member.token);
    call.json(&body).send().await
}

async fn get(app: &Studyhall, member: &Member, path: &str) -> Answer {
    app.call("GET", path).by(&member.token).send().await
}

async fn start(app: &Studyhall, member: &Member) -> Answer {
    post(
        app,
        member,
        TIMER,
        json!({ "subject": "Algebra", "goalMinutes": 50 }),
    )
    .await
}

async fn stop(app: &Studyhall, member: &Member) -> Answer {
    post(app, member, "/api/v1/sessions/timer/stop", json!({})).await
}

async fn by_hand(app: &Studyhall, member: &Member, from: &str, to: &str) -> Answer {
    let body = json!({ "subject": "Reading", "startedAt": from, "endedAt": to });
    post(app, member, "/api/v1/sessions", body).await
}

/// A member, on a Friday at noon.
async fn at_noon(on: Combination) -> (Studyhall, Member) {
    let app = Studyhall::start(on).await;
    app.clock.set("2030-02-01T12:00:00Z");
    let ada = app.member("ada").await;
    (app, ada)
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
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
    assert_eq!(discard().await.expect(200).body, json!({ "success": true }));
    assert_eq!(
        get(&app, &ada, TIMER).await.expect(200).body["timer"],
        Value::Null
    );
    assert_eq!(app.events().await, events);
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
    let autumn = by_hand(&app, &ada, "2029-10-28T02:30", "2029-10-28T03:30")
        .await
        .expect(201);
    assert_eq!(autumn.str("startedAt"), "2029-10-28T00:30:00Z");
    assert_eq!(autumn.body["minutes"], 120);
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
    let list = app
        .call("GET", "/api/sessions?consistency=strict")
        .by(&ada.token);
    let list = list
        .header("sync-token", gone.header("sync-token"))
        .header("prefer", "wait=10");
    assert_eq!(list.send().await.expect(200).items().len(), 4);
    app.verify().await;
}

async fn a_session_has_its_row_event_version_and_document(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let made = by_hand(&app, &ada, "2030-01-31T09:00:00Z", "2030-01-31T10:00:00Z")
        .await
        .expect(201);
    let id = AggregateId::new(made.str("id")).expect("an id");
    let sql = "select event_type, version from \"Outbox\" where aggregate_type = 'session' and aggregate_id = $1 order by version";
    let events = async || {
        let rows = app.twin.query(sql, &[(&id).into()]).await.expect("it runs");
        let read = |row: &Row| {
            Ok::<_, twinbase::core::RowError>((
                row.get::<String>("event_type")?,
                row.get::<i64>("version")?,
            ))
        };
        rows.iter()
            .map(read)
            .collect::<Result<Vec<_>, _>>()
            .expect("they are readable")
    };
    assert_eq!(events().await, [("session.created".to_owned(), 1)]);
    let row = app
        .twin
        .query(
            "select subject from study_sessions where id = $1",
            &[(&id).into()],
        )
        .await;
    assert_eq!(
        row.expect("it runs")[0].get("subject"),
        Ok("Reading".to_owned())
    );
    app.catch_up().await;
    let sessions = app
        .twin
        .documents("studySessions")
        .expect("there is such a collection");
    let stored = sessions
        .clone()
        .get(&id)
        .await
        .expect("it is read")
        .value
        .expect("it is there");
    assert_eq!(stored.version, Version::new(1));
    assert_eq!(stored.value.get_str("localDate").ok(), Some("2030-01-31"));
    assert_eq!(stored.value.get_i32("minutes").ok(), Some(60));
    let path = format!("/api/sessions/{id}");
    app.call("DELETE", &path)
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    assert_eq!(events().await[1], ("session.deleted".to_owned(), 2));
    app.catch_up().await;
    assert!(sessions.get(&id).await.expect("it is read").value.is_none());
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
