//! Reports of days, and what sessions and reports add up to.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use twinbase::prelude::*;

use crate::support::{Answer, Combination, Member, Studyhall, on_two_combinations};

on_two_combinations! {
    a_day_has_one_report_which_stays_as_it_is,
    a_report_is_prefilled_from_the_days_sessions_and_todos,
    a_report_has_its_row_event_version_and_document,
    reports_are_their_owners_alone_and_come_as_a_file,
    study_adds_up_by_day_week_and_month_on_both_sides,
    the_seeds_aggregation_runs_as_it_is,
    a_streak_is_kept_by_the_week_and_by_holidays,
}

async fn post(app: &Studyhall, member: &Member, path: &str, body: Value) -> Answer {
    let call = app.call("POST", path).by(&member.token);
    call.json(&body).send().await
}

async fn get(app: &Studyhall, member: &Member, path: &str) -> Answer {
    app.call("GET", path).by(&member.token).send().await
}

async fn report(app: &Studyhall, member: &Member, hours: f64, completion: f64) -> Answer {
    let body = json!({ "studyHours": hours, "completionPct": completion });
    post(app, member, "/api/v1/reports", body).await
}

/// A session that the server measures.
async fn study(app: &Studyhall, member: &Member, minutes: i64) {
    let subject = json!({ "subject": "Algebra" });
    post(app, member, "/api/sessions/timer", subject)
        .await
        .expect(200);
    app.clock.advance(SignedDuration::from_mins(minutes));
    post(app, member, "/api/sessions/timer/stop", json!({}))
        .await
        .expect(201);
}

async fn at_noon(on: Combination) -> (Studyhall, Member) {
    let app = Studyhall::start(on).await;
    app.clock.set("2030-02-01T12:00:00Z");
    let ada = app.member("ada").await;
    (app, ada)
}

async fn a_day_has_one_report_which_stays_as_it_is(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let answers = join_all((0..8).map(async |i| report(&app, &ada, f64::from(i), 50.0).await));
    let (mut made, mut refused) = (Vec::new(), 0);
    for answer in answers.await {
        if answer.status == 201 {
            made.push(answer);
        } else {
            answer.problem(409, "report-exists");
            refused += 1;
        }
    }
    assert_eq!((made.len(), refused), (1, 7));
    assert_eq!(made[0].str("localDate"), "2030-02-01");
    let path = format!("/api/reports/{}", made[0].str("id"));
    for method in ["PATCH", "PUT", "DELETE"] {
        app.call(method, &path)
            .by(&ada.token)
            .send()
            .await
            .expect(405);
    }
    assert_eq!(get(&app, &ada, &path).await.expect(200).body, made[0].body);
    for (field, bad) in [
        ("studyHours", json!(24.5)),
        ("studyHours", json!(-1)),
        ("studyHours", json!("2")),
        ("completionPct", json!(100.1)),
        ("completionPct", json!(null)),
        ("localDate", json!("2030-01-31")),
    ] {
        let mut body = json!({ "studyHours": 2, "completionPct": 50 });
        body[field] = bad;
        let refused = post(&app, &ada, "/api/reports", body).await;
        let refused = refused.problem(422, "invalid-fields");
        assert_eq!(refused.body["errors"][0]["pointer"], format!("/{field}"));
    }
    // The next day has its own.
    app.clock.set("2030-02-02T00:00:05Z");
    let next = report(&app, &ada, 1.5, 100.0).await.expect(201);
    assert_eq!(next.str("localDate"), "2030-02-02");
    app.verify().await;
}

async fn a_report_is_prefilled_from_the_days_sessions_and_todos(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let nothing = get(&app, &ada, "/api/reports/draft").await.expect(200);
    assert_eq!(nothing.str("localDate"), "2030-02-01");
    assert_eq!(
        (&nothing.body["studyHours"], &nothing.body["completionPct"]),
        (&json!(0.0), &json!(0.0))
    );
    study(&app, &ada, 91).await;
    let manual =
        json!({ "subject": "a", "startedAt": "2030-02-01T08:00", "endedAt": "2030-02-01T08:45" });
    post(&app, &ada, "/api/sessions", manual).await.expect(201);
    // Yesterday's is not of the day.
    let before =
        json!({ "subject": "a", "startedAt": "2030-01-31T23:00", "endedAt": "2030-02-01T00:30" });
    post(&app, &ada, "/api/sessions", before).await.expect(201);
    let todo = async |due: Value, completed: bool| {
        let body = json!({ "title": "a", "dueAt": due, "completed": completed });
        post(&app, &ada, "/api/todos", body).await.expect(201);
    };
    todo(json!(null), true).await;
    todo(json!("2030-02-09T00:00:00Z"), true).await;
    todo(json!("2030-02-01T23:59:59Z"), false).await;
    todo(json!("2030-02-02T00:00:00Z"), false).await;
    todo(json!(null), false).await;
    let draft = get(&app, &ada, "/api/v1/reports/draft").await.expect(200);
    let timed = draft.body["timedMinutes"].as_i64().expect("a number");
    assert!((90..=92).contains(&timed), "{}", draft.text);
    assert_eq!(draft.body["manualMinutes"], 45);
    assert_eq!(
        (&draft.body["todosDone"], &draft.body["todosDue"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(draft.body["completionPct"], 66.67);
    let hours = draft.body["studyHours"].as_f64().expect("a number");
    assert!((2.25..=2.3).contains(&hours), "{hours}");
    assert_eq!(draft.body["isReported"], false);
    report(&app, &ada, hours, 66.67).await.expect(201);
    let draft = get(&app, &ada, "/api/v1/reports/draft").await.expect(200);
    assert_eq!(draft.body["isReported"], true);
}

async fn a_report_has_its_row_event_version_and_document(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let body = json!({ "studyHours": 2.1, "completionPct": 80, "notes": "Done.\nAll of it." });
    let made = post(&app, &ada, "/api/reports", body).await.expect(201);
    assert_eq!(made.header("etag"), "\"1\"");
    let id = AggregateId::new(made.str("id")).expect("an id");
    let sql = "select event_type, version from \"Outbox\" where aggregate_type = 'report' and aggregate_id = $1";
    let events = app.twin.query(sql, &[(&id).into()]).await.expect("it runs");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].get("event_type"), Ok("report.created".to_owned()));
    let sql = "select study_hours from daily_reports where id = $1";
    let rows = app.twin.query(sql, &[(&id).into()]).await.expect("it runs");
    assert_eq!(rows[0].get("study_hours"), Ok(2.1));
    app.catch_up().await;
    let reports = app
        .twin
        .documents("dailyReports")
        .expect("there is such a collection");
    let stored = reports
        .get(&id)
        .await
        .expect("it is read")
        .value
        .expect("it is there");
    assert_eq!(stored.version, Version::new(1));
    assert_eq!(stored.value.get_f64("completionPct").ok(), Some(80.0));
    assert_eq!(
        stored.value.get_str("notes").ok(),
        Some("Done.\nAll of it.")
    );
    app.verify().await;
}

async fn reports_are_their_owners_alone_and_come_as_a_file(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let bob = app.member("bob").await;
    let body = json!({ "studyHours": 2.5, "completionPct": 80, "notes": "=1+1, \"done\"" });
    let first = post(&app, &ada, "/api/reports", body).await.expect(201);
    app.clock.set("2030-02-02T12:00:00Z");
    let second = report(&app, &ada, 0.0, 0.0).await.expect(201);
    let list = app.call("GET", "/api/reports?limit=1").by(&ada.token);
    let list = list
        .header("sync-token", second.header("sync-token"))
        .header("prefer", "wait=10");
    let list = list.send().await.expect(200);
    assert_eq!(list.header("x-read-source"), "replica");
    assert_eq!(list.of_items("localDate"), ["2030-02-02"]);
    let next = format!("/api/reports?cursor={}", list.str("nextCursor"));
    let next = get(&app, &ada, &next).await.expect(200);
    assert_eq!(next.of_items("localDate"), ["2030-02-01"]);
    let file = get(&app, &ada, "/api/v1/reports.csv").await.expect(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"reports.csv\""
    );
    assert!(!file.header("x-read-source").is_empty());
    let expected = "date,study hours,completion percent,notes\r\n2030-02-02,0,0,\r\n\
                    2030-02-01,2.5,80,\"'=1+1, \"\"done\"\"\"\r\n";
    assert_eq!(file.text.trim_start_matches('\u{feff}'), expected);
    assert!(
        get(&app, &bob, "/api/reports")
            .await
            .expect(200)
            .items()
            .is_empty()
    );
    let path = format!("/api/reports/{}", first.str("id"));
    get(&app, &bob, &path).await.problem(404, "not-found");
    for (method, path) in [
        ("GET", &*path),
        ("GET", "/api/reports"),
        ("POST", "/api/reports"),
        ("GET", "/api/reports/draft"),
        ("GET", "/api/reports.csv"),
        ("GET", "/api/statistics"),
        ("GET", "/api/statistics/study"),
    ] {
        app.call(method, path)
            .send()
            .await
            .problem(401, "unauthenticated");
    }
    app.verify().await;
}

async fn study_adds_up_by_day_week_and_month_on_both_sides(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    app.clock.set("2030-01-30T10:00:00Z");
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    // From Wednesday to Friday, and the Monday after.
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
    let read = async |query: &str| {
        let path = format!("/api/v1/statistics/study?from=2030-01-01&{query}");
        let answer = get(&app, &ada, &path).await.expect(200);
        let keys = [
            "from",
            "totalHours",
            "avgCompletion",
            "reports",
            "activeDays",
        ];
        let item = |item: &Value| keys.map(|key| item[key].clone());
        let items: Vec<_> = answer.items().iter().map(item).collect();
        (items, answer)
    };
    let expected_weeks = [
        [
            json!("2030-01-28"),
            json!(3.0),
            json!(75.0),
            json!(2),
            json!(2),
        ],
        [
            json!("2030-02-04"),
            json!(3.0),
            json!(90.0),
            json!(1),
            json!(1),
        ],
    ];
    let expected_months = [
        [
            json!("2030-01-01"),
            json!(2.0),
            json!(50.0),
            json!(1),
            json!(1),
        ],
        [
            json!("2030-02-01"),
            json!(4.0),
            json!(95.0),
            json!(2),
            json!(2),
        ],
    ];
    let mut totals = Vec::new();
    for source in ["primary", "replica"] {
        let token = if source == "primary" {
            let me = app.call("PATCH", "/api/users/me").by(&ada.token);
            let me = me
                .json(&json!({ "avatar": source }))
                .send()
                .await
                .expect(200);
            me.header("sync-token").to_owned()
        } else {
            app.catch_up().await;
            String::new()
        };
        let strict = if token.is_empty() {
            "consistency=strict"
        } else {
            ""
        };
        let with_token = async |path: &str| {
            let call = app.call("GET", &format!("{path}?{strict}")).by(&ada.token);
            let call = if token.is_empty() {
                call
            } else {
                call.header("sync-token", &token)
            };
            call.send().await.expect(200)
        };
        let all = with_token("/api/statistics").await;
        assert_eq!(all.header("x-read-source"), source);
        assert_eq!(all.body["study"]["totalHours"], 6.0);
        assert_eq!(all.body["study"]["avgCompletion"], 80.0);
        assert_eq!(all.body["total"], 0);
        assert_eq!(all.body["streak"]["days"], 3);
        let by_default = with_token("/api/statistics/study").await;
        assert_eq!(by_default.header("x-read-source"), source);
        assert_eq!(by_default.items().len(), 4);
        totals.push((all.body, by_default.body));
    }
    assert_eq!(totals[0], totals[1]);
    let (weeks, answer) = read("by=week").await;
    assert_eq!(weeks, expected_weeks);
    assert_eq!(
        answer.items()[0]["minutes"].as_i64().map(|m| m >= 120),
        Some(true)
    );
    assert_eq!(read("by=month").await.0, expected_months);
    let (days, answer) = read("by=day&to=2030-02-03").await;
    assert_eq!(days.len(), 3);
    assert_eq!(answer.items()[2]["countedMinutes"], 0);
    for bad in [
        "by=year",
        "to=2029-12-31",
        "to=2040-01-01",
        "to=2030-02-30",
        "from=2030-01-02",
    ] {
        let path = format!("/api/statistics/study?from=2030-01-01&{bad}");
        get(&app, &ada, &path)
            .await
            .problem(400, "invalid-parameter");
    }
    app.verify().await;
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
