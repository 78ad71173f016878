//! Accounts: a new password, sessions, one's own data, and leaving.

use jiff::SignedDuration;
use serde_json::{Value, json};
use twinbase::prelude::Writes as _;

use crate::support::{Combination, PASSWORD, Studyhall, on_every_combination};

on_every_combination! {
    a_new_password_ends_the_other_sessions,
    one_session_is_ended_by_its_id,
    a_session_is_known_by_its_device,
    whoever_leaves_leaves_nothing_that_can_be_read,
    an_export_has_all_versions_of_forms_the_names_of_correspondents_and_sign_ins,
}

const OTHER: &str = "battery staple correct";

async fn one_session_is_ended_by_its_id(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let other = app.log_in("ada", PASSWORD).await.expect(200);
    let call = |member: &str, method: &str, path: &str| {
        app.call(method, &format!("/api/v1/{path}")).by(member)
    };
    let sessions = call(&ada.token, "GET", "account/sessions").send().await;
    let sessions = sessions.expect(200);
    let other_one = |of: &&Value| of["isCurrent"] == false;
    let one = sessions.items().iter().find(other_one).expect("the other");
    let path = format!("account/sessions/{}", one["id"].as_str().expect("an id"));
    let of_others = call(&bob.token, "DELETE", &path).send().await;
    of_others.problem(404, "not-found");
    call(&ada.token, "DELETE", &path).send().await.expect(200);
    let late = call(other.str("token"), "GET", "users/me").send().await;
    late.problem(401, "unauthenticated");
    let again = call(&ada.token, "DELETE", &path).send().await;
    again.problem(404, "not-found");
    // What runs is somebody's too.
    let timer = call(&ada.token, "POST", "sessions/timer");
    let timer = timer.json(&json!({ "subject": "Algebra" })).send().await;
    timer.expect(200);
    let export = call(&ada.token, "GET", "account/export").send().await;
    assert_eq!(export.expect(200).body["timer"]["subject"], "Algebra");
}

async fn a_session_is_known_by_its_device(on: Combination) {
    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let credentials = json!({ "username": "ada", "password": PASSWORD });
    for (path, agent) in [
        ("/api/v1/login", "curl/8.14.1"),
        ("/login", FIREFOX),
        ("/login", "<b>&\u{e9}</b>"),
    ] {
        app.clock.advance(SignedDuration::from_secs(1));
        let login = app.call("POST", path).header("user-agent", agent);
        let form = format!("username=ada&password={}", PASSWORD.replace(' ', "+"));
        let login = match path {
            "/login" => login
                .header("sec-fetch-site", "same-origin")
                .raw("application/x-www-form-urlencoded", form),
            _ => login.json(&credentials),
        };
        let status = login.send().await.status;
        assert!([200, 303].contains(&status), "{status}");
    }
    let read = async |path: &str| {
        let call = app.call("GET", &format!("/api/v1/account/{path}"));
        call.by(&ada.token).send().await.expect(200).body
    };
    let devices = |all: &Value| {
        let all = all.as_array().expect("a list").iter();
        all.map(|session| session["device"].clone())
            .collect::<Vec<_>>()
    };
    let expected = [
        json!(null),
        json!("Firefox on Linux"),
        json!("curl"),
        json!(null),
    ];
    assert_eq!(devices(&read("sessions").await["items"]), expected);
    assert_eq!(devices(&read("export").await["signIns"]), expected);
    let page = crate::web::page(&app, Some(&ada), "/account").await;
    let page = page.expect(200).text;
    for text in ["Firefox on Linux, since ", "curl, since ", ">Since "] {
        assert!(page.contains(text), "no {text} in {page}");
    }
}

async fn a_new_password_ends_the_other_sessions(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let other = app.log_in("ada", PASSWORD).await.expect(200);
    let call = |method: &str, path: &str| {
        app.call(method, &format!("/api/v1/account/{path}"))
            .by(&ada.token)
    };
    let sessions = call("GET", "sessions").send().await.expect(200);
    assert_eq!(sessions.items().len(), 2);
    assert_eq!(
        sessions
            .items()
            .iter()
            .filter(|session| session["isCurrent"] == true)
            .count(),
        1
    );

    let change = |old: &str| json!({ "password": old, "newPassword": OTHER });
    let wrong = call("POST", "password")
        .json(&change("not the password"))
        .send()
        .await;
    wrong.problem(401, "wrong-credentials");
    call("POST", "password")
        .json(&change(PASSWORD))
        .send()
        .await
        .expect(200);
    let late = app
        .call("GET", "/api/users/me")
        .by(other.str("token"))
        .send()
        .await;
    late.problem(401, "unauthenticated");
    app.points(&ada).await;
    app.log_in("ada", PASSWORD)
        .await
        .problem(401, "wrong-credentials");
    let again = app.log_in("ada", OTHER).await.expect(200);
    call("DELETE", "sessions").send().await.expect(200);
    let late = app
        .call("GET", "/api/users/me")
        .by(again.str("token"))
        .send()
        .await;
    late.problem(401, "unauthenticated");
    app.verify().await;
}

async fn whoever_leaves_leaves_nothing_that_can_be_read(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, eve) = (app.member("ada-who-leaves").await, app.member("eve").await);
    let kept = app.todo(&eve, "Stays").await;
    let early = app.todo(&ada, "secret early").await;
    let path = format!("/api/todos/{}", early.str("id"));
    app.call("DELETE", &path)
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    let done = app.todo(&ada, "secret done").await;
    let complete = format!("/api/todos/{}/complete", done.str("id"));
    let complete = app
        .call("POST", &complete)
        .by(&ada.token)
        .header("idempotency-key", "a-key");
    complete.send().await.expect(200);
    app.catch_up().await;
    // One that was never applied, and one that failed.
    app.todo(&ada, "secret late").await;
    let fail = format!(
        "update \"Outbox\" set retry_count = 6, last_error = 'secret error' where aggregate_id = '{}'",
        early.str("id")
    );
    app.sql(fail).await;

    let export = app
        .call("GET", "/api/v1/account/export")
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    assert_eq!(export.body["todos"].as_array().map(Vec::len), Some(2));
    assert_eq!(export.body["points"].as_array().map(Vec::len), Some(1));
    assert!(!export.text.contains("argon2") && !export.text.contains("Stays"));

    let leave = |password: &str| {
        let call = app.call("POST", "/api/v1/account/delete").by(&ada.token);
        call.json(&json!({ "password": password }))
    };
    leave("not the password")
        .send()
        .await
        .problem(401, "wrong-credentials");
    leave(PASSWORD).send().await.expect(200);
    app.call("GET", "/api/users/me")
        .by(&ada.token)
        .send()
        .await
        .problem(401, "unauthenticated");

    let columns = [
        ("users", "username || email"),
        ("todos", "title"),
        (
            "\"Outbox\"",
            "cast(payload as text) || coalesce(last_error, '')",
        ),
        ("idempotency_keys", "body"),
    ];
    for (table, columns) in columns {
        let sql = format!("select {columns} as text from {table}");
        for row in app.twin.query(&sql, &[]).await.expect("it can be asked") {
            let text: String = row.get("text").expect("a text");
            for secret in ["secret", "ada-who-leaves"] {
                assert!(!text.contains(secret), "{table}: {text}");
            }
        }
    }
    let sql = "select user_id from point_entries union all select user_id from auth_sessions where user_id = $1";
    let rows = app.twin.query(sql, &[ada.id.as_str().into()]).await;
    assert!(rows.expect("it can be asked").is_empty());
    app.verify().await;
    let users = app
        .call("GET", &format!("/api/todos/{}", kept.str("id")))
        .by(&eve.token);
    users.send().await.expect(200);
    // The name is there for somebody else, and the events tell what happened.
    let sql =
        "select event_type from \"Outbox\" where event_type like '%.deleted' order by event_type";
    let events = app.twin.query(sql, &[]).await.expect("it can be asked");
    let events: Vec<String> = events
        .iter()
        .map(|row| row.get("event_type").expect("a text"))
        .collect();
    assert_eq!(
        events,
        [
            "todo.deleted",
            "todo.deleted",
            "todo.deleted",
            "user.deleted"
        ]
    );
}

async fn an_export_has_all_versions_of_forms_the_names_of_correspondents_and_sign_ins(
    on: Combination,
) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob, eve) = (
        app.member("ada").await,
        app.member("bob").await,
        app.member("eve").await,
    );
    let send = async |method: &str, path: &str, body| {
        let call = app.call(method, &format!("/api/v1/{path}")).by(&ada.token);
        let answer = call.json(&body).send().await;
        assert!(answer.status < 300, "{}", answer.text);
        answer
    };
    for other in [&bob, &eve] {
        crate::friends::befriend(&app, &ada, other).await;
        send(
            "POST",
            &format!("messages/{}", other.name),
            json!({ "text": "hi" }),
        )
        .await;
    }
    let question = |text: &str| json!([{ "id": "a", "text": text, "kind": "shortText" }]);
    let draft = json!({ "title": "Form", "questions": question("Former?") });
    let form = send("POST", "forms", draft).await;
    let path = format!("forms/{}", form.str("id"));
    send("POST", &format!("{path}/open"), json!({})).await;
    let opened = app.call("GET", &format!("/api/v1/{path}")).by(&ada.token);
    let opened = opened.send().await.expect(200);
    let newer = app.call("PATCH", &format!("/api/v1/{path}")).by(&ada.token);
    let newer = newer.header("if-match", opened.header("etag"));
    let newer = newer.json(&json!({ "questions": question("Newer?") }));
    newer.send().await.expect(200);
    let anonymous = json!({ "title": "Quiet", "isAnonymous": true, "questions": question("Who?") });
    let anonymous = send("POST", "forms", anonymous).await;
    let quiet = format!("forms/{}", anonymous.str("id"));
    send("POST", &format!("{quiet}/open"), json!({})).await;
    for (member, path) in [(&bob, &path), (&eve, &path), (&bob, &quiet)] {
        let call = app.call("POST", &format!("/api/v1/{path}/responses"));
        let text = format!("{} to {path}", member.name);
        let call = call
            .by(&member.token)
            .json(&json!({ "answers": { "a": text } }));
        call.send().await.expect(201);
    }
    let block = app.call("POST", "/api/v1/friends/ada/block").by(&eve.token);
    block.send().await.expect(200);
    let export = app.call("GET", "/api/v1/account/export").by(&ada.token);
    let export = export.send().await.expect(200);
    let asked = export.body["formVersions"].as_array().expect("versions");
    let asked = asked.iter().map(|of| of["questions"][0]["text"].as_str());
    assert_eq!(
        asked.collect::<Vec<_>>(),
        [Some("Former?"), Some("Newer?"), Some("Who?")]
    );
    let people = export.body["correspondents"].as_array().expect("people");
    let people = people.iter().map(|of| of["username"].as_str());
    assert_eq!(people.collect::<Vec<_>>(), [Some("bob")]);
    assert_eq!(export.body["signIns"][0]["isCurrent"], true);
    // The names of those who are seen and did not answer anonymously.
    let received = export.body["receivedResponses"].as_array().expect("a list");
    let received = received.iter().map(|of| {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let answer = text(&of["answers"]["a"]).expect("an answer");
        (answer, text(&of["username"]), text(&of["userId"]))
    });
    let mut received: Vec<_> = received.collect();
    received.sort();
    let mut expected = [
        (
            format!("bob to {path}"),
            Some("bob".to_owned()),
            Some(bob.id.clone()),
        ),
        (format!("eve to {path}"), None, None),
        (format!("bob to {quiet}"), None, None),
    ];
    expected.sort();
    assert_eq!(received, expected);
    assert!(!export.text.contains(&ada.token), "{}", export.text);
}
