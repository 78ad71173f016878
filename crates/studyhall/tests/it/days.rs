//! The user's own day: settings, and the dates that are stored.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Answer, Combination, Member, Studyhall, on_two_combinations};

on_two_combinations! {
    a_night_of_23_hours_and_one_of_25_begin_the_day_by_the_clock,
    a_year_begins_first_in_kiritimati_and_late_in_kathmandu,
    a_traveller_across_the_date_line_waits_and_is_excused,
    settings_of_the_day_are_checked_and_in_the_document,
    a_session_by_hand_has_the_date_of_the_clock_of_its_time,
    what_a_streak_was_is_not_computed_again_by_another_aim_or_days_off,
}

/// Changes settings.
async fn set(app: &Studyhall, member: &Member, settings: Value) -> Answer {
    let call = app.call("PATCH", "/api/users/me").by(&member.token);
    call.json(&settings).send().await
}

/// The date that a session of now gets.
async fn date(app: &Studyhall, member: &Member) -> String {
    let post = |path: &str, body: Value| {
        let call = app.call("POST", path).by(&member.token);
        call.json(&body).send()
    };
    let timer = post("/api/sessions/timer", json!({ "subject": "Reading" }));
    let timer = timer.await.expect(200);
    // It is over before the next is begun, and stays on the day on which it began.
    app.clock.advance(SignedDuration::from_secs(2));
    let session = post("/api/sessions/timer/stop", json!({}))
        .await
        .expect(201);
    assert_eq!(session.str("localDate"), timer.str("localDate"));
    session.str("localDate").to_owned()
}

async fn dates(app: &Studyhall, member: &Member, table: &[(&str, &str)]) {
    for (at, expected) in table {
        app.clock.set(at);
        assert_eq!(date(app, member).await, *expected, "{at}");
    }
}

async fn a_night_of_23_hours_and_one_of_25_begin_the_day_by_the_clock(on: Combination) {
    let app = Studyhall::start(on).await;
    app.clock.set("2030-03-20T12:00:00Z");
    let ada = app.member("ada").await;
    let berlin = json!({ "timeZone": "Europe/Berlin", "dayStart": 2 });
    set(&app, &ada, berlin).await.expect(200);
    // The clock jumps from 02:00 to 03:00, which is 01:00 UTC.
    let short = [
        ("2030-03-31T00:59:50Z", "2030-03-30"),
        ("2030-03-31T01:00:05Z", "2030-03-31"),
    ];
    dates(&app, &ada, &short).await;
    app.clock.set("2030-10-20T12:00:00Z");
    let session = app
        .log_in("ada", crate::support::PASSWORD)
        .await
        .expect(200);
    let ada = Member {
        token: session.str("token").to_owned(),
        ..ada
    };
    // From 03:00 back to 02:00: the day begins when it is two o'clock first.
    let long = [
        ("2030-10-26T23:59:50Z", "2030-10-26"),
        ("2030-10-27T00:00:05Z", "2030-10-27"),
        ("2030-10-27T01:00:05Z", "2030-10-27"),
    ];
    dates(&app, &ada, &long).await;
    app.verify().await;
}

async fn a_year_begins_first_in_kiritimati_and_late_in_kathmandu(on: Combination) {
    let app = Studyhall::start(on).await;
    app.clock.set("2030-12-20T12:00:00Z");
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let kiritimati = json!({ "timeZone": "Pacific/Kiritimati" });
    set(&app, &ada, kiritimati).await.expect(200);
    let kathmandu = json!({ "timeZone": "Asia/Kathmandu" });
    set(&app, &bob, kathmandu).await.expect(200);
    let table = [
        ("2030-12-31T09:59:50Z", "2030-12-31"),
        ("2030-12-31T10:00:05Z", "2031-01-01"),
    ];
    dates(&app, &ada, &table).await;
    let table = [
        ("2030-12-31T18:14:50Z", "2030-12-31"),
        ("2030-12-31T18:15:05Z", "2031-01-01"),
    ];
    dates(&app, &bob, &table).await;
    app.verify().await;
}

async fn a_traveller_across_the_date_line_waits_and_is_excused(on: Combination) {
    let app = Studyhall::start(on).await;
    app.clock.set("2030-06-10T12:00:00Z");
    let ada = app.member("ada").await;
    let east = json!({ "timeZone": "Pacific/Kiritimati" });
    set(&app, &ada, east).await.expect(200);
    assert_eq!(date(&app, &ada).await, "2030-06-11");
    // In Honolulu it is the 10th, and the 11th a day later: both are the 11th.
    let west = json!({ "timeZone": "Pacific/Honolulu" });
    let moved = set(&app, &ada, west).await.expect(200);
    assert_eq!(moved.str("dayFloor"), "2030-06-11");
    let table = [
        ("2030-06-10T13:00:00Z", "2030-06-11"),
        ("2030-06-12T09:59:50Z", "2030-06-11"),
        ("2030-06-12T10:00:05Z", "2030-06-12"),
    ];
    dates(&app, &ada, &table).await;
    // The day now begins late in the evening, so that it is still the 11th by the new hour, and then early in Kiritimati.
    let late = json!({ "dayStart": 23 });
    set(&app, &ada, late).await.expect(200);
    app.clock.set("2030-06-14T08:00:00Z");
    assert_eq!(date(&app, &ada).await, "2030-06-12");
    let east = json!({ "timeZone": "Pacific/Kiritimati", "dayStart": 0 });
    let moved = set(&app, &ada, east).await.expect(200);
    assert_eq!(moved.body["excusedDays"], json!(["2030-06-13"]));
    assert_eq!(date(&app, &ada).await, "2030-06-14");
    // What was stored stays.
    let list = app.call("GET", "/api/sessions").by(&ada.token);
    let list = list.send().await.expect(200);
    assert!(
        list.of_items("localDate")
            .is_sorted_by(|later, earlier| later >= earlier)
    );
    app.verify().await;
}

async fn settings_of_the_day_are_checked_and_in_the_document(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let new = app.call("GET", "/api/users/me").by(&ada.token);
    let new = new.send().await.expect(200);
    assert_eq!(
        (
            &new.body["timeZone"],
            &new.body["dayStart"],
            &new.body["weeklyAim"]
        ),
        (&json!("UTC"), &json!(0), &json!(5))
    );
    for (field, bad) in [
        ("timeZone", json!("Mars/Olympus")),
        ("timeZone", json!("europe/berlin")),
        ("timeZone", json!(null)),
        ("dayStart", json!(24)),
        ("dayStart", json!(-1)),
        ("dayStart", json!("4")),
        ("weeklyAim", json!(0)),
        ("weeklyAim", json!(8)),
        ("holidays", json!(["2030-02-30"])),
        ("holidays", json!("2030-02-28")),
        ("excusedDays", json!(["2030-02-28"])),
        ("dayFloor", json!("2030-02-28")),
    ] {
        let refused = set(&app, &ada, json!({ field: bad })).await;
        let refused = refused.problem(422, "invalid-fields");
        let pointer = refused.body["errors"][0]["pointer"].as_str();
        assert!(
            pointer
                .expect("there is one")
                .starts_with(&format!("/{field}"))
        );
    }
    let good = json!({
        "timeZone": "Asia/Kathmandu", "dayStart": 5, "weeklyAim": 4,
        "holidays": ["2030-12-26", "2030-12-25", "2030-12-26"],
    });
    let changed = set(&app, &ada, good.clone()).await.expect(200);
    assert_eq!(
        changed.body["holidays"],
        json!(["2030-12-25", "2030-12-26"])
    );
    let events = app.events().await;
    let same = set(&app, &ada, good).await.expect(200);
    assert_eq!(same.header("etag"), changed.header("etag"));
    assert_eq!(app.events().await, events);
    // One setting may change without the others, and no date waits then.
    let aim = set(&app, &ada, json!({ "weeklyAim": 3 })).await.expect(200);
    assert_eq!(aim.str("daySince"), changed.str("daySince"));
    app.catch_up().await;
    let users = app
        .twin
        .documents("users")
        .expect("there is such a collection");
    let id = twinbase::prelude::AggregateId::new(&ada.id).expect("an id");
    let stored = users.get(&id).await.expect("it is read").value;
    let stored = stored.expect("there is one").value;
    assert_eq!(stored.get_str("timeZone").ok(), Some("Asia/Kathmandu"));
    assert_eq!(stored.get_i32("weeklyAim").ok(), Some(3));
    assert_eq!(stored.get_array("holidays").map(Vec::len).ok(), Some(2));
    app.verify().await;
}

async fn a_session_by_hand_has_the_date_of_the_clock_of_its_time(on: Combination) {
    let app = Studyhall::start(on).await;
    app.clock.set("2026-04-20T21:00:00Z");
    let ada = app.member("ada").await;
    set(&app, &ada, json!({ "timeZone": "Pacific/Kiritimati" }))
        .await
        .expect(200);
    app.clock.set("2026-04-20T22:00:00Z");
    assert_eq!(date(&app, &ada).await, "2026-04-21");
    app.clock.set("2026-04-20T23:00:00Z");
    set(&app, &ada, json!({ "timeZone": "Pacific/Honolulu" }))
        .await
        .expect(200);
    for (from, to, on) in [
        ("2026-04-20T21:10:00Z", "2026-04-20T21:40:00Z", "2026-04-21"),
        ("2026-04-20T20:10:00Z", "2026-04-20T20:40:00Z", "2026-04-20"),
    ] {
        let times = json!({ "subject": "Reading", "startedAt": from, "endedAt": to });
        let call = app.call("POST", "/api/sessions").by(&ada.token);
        let session = call.json(&times).send().await.expect(201);
        assert_eq!(session.str("localDate"), on, "{from}");
    }
    app.verify().await;
}

async fn what_a_streak_was_is_not_computed_again_by_another_aim_or_days_off(on: Combination) {
    let app = Studyhall::start(on).await;
    // A Monday.
    app.clock.set("2030-04-01T12:00:00Z");
    let ada = app.member("ada").await;
    let streak = async || {
        let call = app.call("GET", "/api/statistics");
        let answer = call.by(&ada.token).send().await.expect(200);
        let streak = &answer.body["streak"];
        (streak["days"].clone(), streak["freezesLeft"].clone())
    };
    for day in 1..=5 {
        app.clock.set(&format!("2030-04-0{day}T12:00:00Z"));
        let report = json!({ "studyHours": 1, "completionPct": 50 });
        let call = app.call("POST", "/api/reports").by(&ada.token);
        call.json(&report).send().await.expect(201);
    }
    app.clock.set("2030-04-08T12:00:00Z");
    let kept = (json!(5), json!(2));
    app.catch_up().await;
    assert_eq!(streak().await, kept);
    // Two days of the first week had no study: with an aim of seven they would have cost both freezes.
    let seven = set(&app, &ada, json!({ "weeklyAim": 7 })).await;
    seven.expect(200);
    app.catch_up().await;
    assert_eq!(streak().await, kept);
    let over = json!({ "holidays": ["2030-04-06", "2030-04-20"] });
    set(&app, &ada, over).await.problem(409, "day-off-over");
    let coming = json!({ "holidays": ["2030-04-08", "2030-04-09"] });
    set(&app, &ada, coming).await.expect(200);
    app.clock.set("2030-04-12T12:00:00Z");
    let none = set(&app, &ada, json!({ "holidays": [] })).await;
    let days = json!(["2030-04-08", "2030-04-09"]);
    assert_eq!(none.expect(200).body["holidays"], days);
    app.verify().await;
    // Two days were missed since, of an aim of seven.
    assert_eq!(streak().await, (json!(5), json!(0)));
}
