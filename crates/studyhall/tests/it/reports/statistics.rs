//! What sessions and reports add up to, and streaks.

use serde_json::{Value, json};
use twinbase::prelude::*;

use super::{get, post, report, study};
use crate::support::{Combination, Member, Studyhall, on_two_combinations};

on_two_combinations! {
    study_adds_up_to_the_same_on_both_sides,
    study_adds_up_by_day_week_and_month,
    the_seeds_aggregation_runs_as_it_is,
    a_streak_is_kept_by_the_week_and_by_holidays,
}

/// Somebody who reported and studied on a Wednesday, the Friday after and the Monday after that, and entered an hour of
/// Sunday by hand. No worker runs.
async fn after_three_days(on: Combination) -> (Studyhall, Member) {
    let app = Studyhall::start_without_worker(on).await;
    app.clock.set("2030-01-30T10:00:00Z");
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    for (at, hours, completion) in [
        ("2030-01-30T12:00:00Z", 2.0, 50.0),
        ("2030-02-01T12:00:00Z", 1.0, 100.0),
        ("2030-02-04T12:00:00Z", 3.0, 90.0),
    ] {
        app.clock.set(at);
        report(&app, &ada, hours, completion).await.expect(201);
        study(&app, &ada, 31).await;
        report(&app, &bob, 9.0, 9.0).await.expect(201);
    }
    let manual =
        json!({ "subject": "a", "startedAt": "2030-02-03T08:00", "endedAt": "2030-02-03T09:00" });
    post(&app, &ada, "/api/sessions", manual).await.expect(201);
    (app, ada)
}

async fn study_adds_up_to_the_same_on_both_sides(on: Combination) {
    let (app, ada) = after_three_days(on).await;
    let me = app.call("PATCH", "/api/users/me").by(&ada.token);
    let me = me
        .json(&json!({ "avatar": "https://example.com/a.png" }))
        .send()
        .await
        .expect(200);
    let read = async |path: &str, source: &str| {
        let call = app.call("GET", path).by(&ada.token);
        // A machine under load may take a while to say that the replica has it.
        let wait = if source == "replica" {
            "wait=10"
        } else {
            "wait=0"
        };
        let call = call.header("sync-token", me.header("sync-token"));
        let answer = call.header("prefer", wait).send().await.expect(200);
        assert_eq!(answer.header("x-read-source"), source);
        answer.body
    };
    let both = async |source: &str| {
        let all = read("/api/statistics", source).await;
        (all, read("/api/statistics/study", source).await)
    };
    let (all, by_default) = both("primary").await;
    assert_eq!(all["study"]["totalHours"], 6.0);
    assert_eq!(all["study"]["avgCompletion"], 80.0);
    assert_eq!(all["total"], 0);
    assert_eq!(all["streak"]["days"], 3);
    assert_eq!(by_default["items"].as_array().map(Vec::len), Some(4));
    app.catch_up().await;
    assert_eq!(both("replica").await, (all, by_default));
    app.verify().await;
}

async fn study_adds_up_by_day_week_and_month(on: Combination) {
    let (app, ada) = after_three_days(on).await;
    app.catch_up().await;
    let read = async |query: &str| {
        let path = format!("/api/v1/statistics/study?from=2030-01-01&{query}");
        get(&app, &ada, &path).await
    };
    let check = async |by: &str, expected: Value| {
        let answer = read(by).await.expect(200);
        let names = [
            "from",
            "totalHours",
            "avgCompletion",
            "reports",
            "activeDays",
        ];
        let item = |item: &Value| names.map(|name| item[name].clone());
        let items: Vec<_> = answer.items().iter().map(item).collect();
        assert_eq!(json!(items), expected);
        answer
    };
    let weeks = json!([
        ["2030-01-28", 3.0, 75.0, 2, 2],
        ["2030-02-04", 3.0, 90.0, 1, 1]
    ]);
    check("by=week", weeks).await;
    let months = json!([
        ["2030-01-01", 2.0, 50.0, 1, 1],
        ["2030-02-01", 4.0, 95.0, 2, 2]
    ]);
    check("by=month", months).await;
    let days = json!([
        ["2030-01-30", 2.0, 50.0, 1, 1],
        ["2030-02-01", 1.0, 100.0, 1, 1],
        ["2030-02-03", 0.0, null, 0, 0],
    ]);
    let days = check("by=day&to=2030-02-03", days).await;
    let by_hand = &days.items()[2];
    assert_eq!(
        (&by_hand["minutes"], &by_hand["countedMinutes"]),
        (&json!(60), &json!(0))
    );
    for bad in [
        "by=year",
        "to=2029-12-31",
        "to=2040-01-01",
        "to=2030-02-30",
        "from=2030-01-02",
    ] {
        read(bad).await.problem(400, "invalid-parameter");
    }
}

async fn the_seeds_aggregation_runs_as_it_is(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    app.clock.set("2030-02-01T12:00:00Z");
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    report(&app, &ada, 2.5, 50.0).await.expect(201);
    report(&app, &bob, 9.0, 9.0).await.expect(201);
    app.clock.set("2030-02-02T12:00:00Z");
    report(&app, &ada, 1.0, 100.0).await.expect(201);
    app.catch_up().await;
    let reports = app
        .twin
        .documents("dailyReports")
        .expect("there is such a collection");
    let stats = reports.aggregate(vec![
        doc! { "$match": { "userId": &ada.id } },
        doc! { "$group": {
            "_id": null,
            "totalHours": { "$sum": "$studyHours" },
            "avgCompletion": { "$avg": "$completionPct" },
        } },
    ]);
    let stats = stats.await.expect("it runs").value;
    let expected = doc! { "_id": null, "totalHours": 3.5, "avgCompletion": 75.0 };
    assert_eq!(stats, [expected]);
}

async fn a_streak_is_kept_by_the_week_and_by_holidays(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    // A Tuesday.
    app.clock.set("2030-01-08T12:00:00Z");
    let ada = app.member("ada").await;
    let holidays = json!({ "holidays": ["2030-01-14", "2030-01-15", "2030-01-16"] });
    let call = app.call("PATCH", "/api/users/me").by(&ada.token);
    call.json(&holidays).send().await.expect(200);
    for day in ["08", "09", "10", "11", "12", "17", "18", "19"] {
        app.clock.set(&format!("2030-01-{day}T12:00:00Z"));
        report(&app, &ada, 1.0, 50.0).await.expect(201);
    }
    app.clock.set("2030-01-21T12:00:00Z");
    // By hand it does not count.
    let manual =
        json!({ "subject": "a", "startedAt": "2030-01-21T08:00", "endedAt": "2030-01-21T09:00" });
    post(&app, &ada, "/api/sessions", manual).await.expect(201);
    app.catch_up().await;
    let streak =
        async || get(&app, &ada, "/api/statistics").await.expect(200).body["streak"].clone();
    let kept = streak().await;
    assert_eq!(
        (&kept["days"], &kept["freezesLeft"]),
        (&json!(8), &json!(2))
    );
    let states: Vec<_> = kept["lastDays"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|day| &day["state"])
        .collect();
    assert_eq!(
        states,
        [
            "excused", "excused", "active", "active", "active", "missed", "open"
        ]
    );
    // Monday and Tuesday may be missed, two freezes follow, and from Friday on there is no streak.
    for (at, days, freezes) in [("24", 8, 1), ("25", 8, 0), ("26", 0, 0)] {
        app.clock.set(&format!("2030-01-{at}T12:00:00Z"));
        let now = streak().await;
        assert_eq!(
            (&now["days"], &now["freezesLeft"], &now["longest"]),
            (&json!(days), &json!(freezes), &json!(8)),
            "{at}"
        );
    }
}
