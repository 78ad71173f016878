//! Reports of days.

mod statistics;

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Answer, Combination, Member, Studyhall, on_two_combinations};

on_two_combinations! {
    a_day_has_one_report_which_stays_as_it_is,
    a_day_can_be_reported_until_six_hours_after_it_ended,
    a_report_is_prefilled_from_the_days_sessions_and_todos,
    reports_are_their_owners_alone_and_come_as_a_file,
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
        ("localDate", json!("yesterday")),
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

async fn a_day_can_be_reported_until_six_hours_after_it_ended(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let of = async |date: &str| {
        let body = json!({ "studyHours": 1, "completionPct": 50, "localDate": date });
        post(&app, &ada, "/api/v1/reports", body).await
    };
    for other in ["2030-01-31", "2030-02-02"] {
        let refused = of(other).await.problem(409, "report-of-another-day");
        assert!(refused.str("detail").contains(other), "{}", refused.text);
    }
    app.clock.set("2030-02-02T05:59:00Z");
    let late = of("2030-02-01").await.expect(201);
    assert_eq!(late.str("localDate"), "2030-02-01");
    let twice = of("2030-02-01").await.problem(409, "report-exists");
    assert!(twice.str("detail").contains("2030-02-01"), "{}", twice.text);
    app.clock.set("2030-02-03T06:00:05Z");
    of("2030-02-02").await.problem(409, "report-of-another-day");
    let today = of("2030-02-03").await.expect(201);
    assert_eq!(today.str("localDate"), "2030-02-03");
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

async fn reports_are_their_owners_alone_and_come_as_a_file(on: Combination) {
    let (app, ada) = at_noon(on).await;
    let bob = app.member("bob").await;
    let body = json!({ "studyHours": 2.5, "completionPct": 80, "notes": "=1+1, \"done\"" });
    let first = post(&app, &ada, "/api/reports", body).await.expect(201);
    app.clock.set("2030-02-02T12:00:00Z");
    let second = report(&app, &ada, 0.0, 0.0).await.expect(201);
    // The token names the second alone.
    app.catch_up().await;
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
