//! Idempotency keys.

use futures_util::future::{join, join_all};
use jiff::SignedDuration;
use serde_json::{Value, json};
use studyhall::api::sweep_batch;
use twinbase::prelude::*;

use crate::{
    forms,
    friends::befriend,
    operator::operator,
    support::{
        Answer, Call, Combination, Member, PASSWORD, Studyhall, on_every_combination,
        on_two_combinations,
    },
};

on_every_combination! {
    a_request_sent_again_is_answered_again_and_done_once,
    a_key_with_another_payload_is_refused,
    concurrent_requests_with_one_key_are_done_once,
    two_processes_do_a_request_with_one_key_once,
    a_failed_request_does_not_use_its_key_up,
    a_key_is_kept_for_a_day,
    signing_up_again_with_the_key_answers_the_same_user,
    a_sign_up_key_is_for_whoever_has_the_password_and_cannot_be_guessed,
    expired_keys_are_swept_whoever_sent_them,
}

on_two_combinations! {
    a_key_is_another_one_for_each_user_and_route,
}

async fn create(app: &Studyhall, member: &Member, key: &str, body: Value) -> Answer {
    let call = app.call("POST", "/api/v1/todos").by(&member.token);
    call.header("idempotency-key", key).json(&body).send().await
}

async fn a_request_sent_again_is_answered_again_and_done_once(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let first = create(
        &app,
        &ada,
        "k1",
        json!({ "title": "a", "completed": false }),
    )
    .await
    .expect(201);
    assert_eq!(first.header("idempotency-replayed"), "");
    let events = app.events().await;
    // At the other path, with the fields in another order: it is the same request.
    let again = app
        .call("POST", "/api/todos")
        .by(&ada.token)
        .header("idempotency-key", "k1");
    let again = again.raw("application/json", r#"{"completed": false,  "title":"a"}"#);
    let again = again.send().await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.text, first.text);
    for name in ["etag", "location", "sync-token", "content-type"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    assert_eq!(app.events().await, events);

    // Completing is another request with the same key, and another user has keys of his own.
    let complete = format!("/api/todos/{}/complete", first.str("id"));
    let complete = || {
        app.call("POST", &complete)
            .by(&ada.token)
            .header("idempotency-key", "k1")
            .send()
    };
    assert_eq!(complete().await.expect(200).body["pointsAwarded"], 1);
    assert_eq!(
        complete().await.expect(200).body["pointsAwarded"],
        1,
        "it is the stored answer"
    );
    assert_eq!(app.points(&ada).await, 1);
    let bob = app.member("bob").await;
    let his = create(&app, &bob, "k1", json!({ "title": "b" }))
        .await
        .expect(201);
    assert_eq!(his.str("title"), "b");
}

async fn a_key_with_another_payload_is_refused(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    create(&app, &ada, "k1", json!({ "title": "a" }))
        .await
        .expect(201);
    let other = create(&app, &ada, "k1", json!({ "title": "b" })).await;
    other.problem(422, "idempotency-mismatch");
    for key in ["", "a b", &"k".repeat(256)] {
        let bad = create(&app, &ada, key, json!({ "title": "a" })).await;
        bad.problem(400, "invalid-header");
    }
}

async fn concurrent_requests_with_one_key_are_done_once(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let events = app.events().await;
    let (app, ada) = (&app, &ada);
    let answers =
        join_all((0..12).map(async |_| create(app, ada, "k1", json!({ "title": "a" })).await));
    let mut first = 0;
    for answer in answers.await {
        match (answer.status, answer.header("idempotency-replayed")) {
            (201, "") => first += 1,
            (201, "true") => {}
            _ => {
                answer.problem(409, "idempotency-in-progress");
            }
        }
    }
    assert_eq!(first, 1);
    assert_eq!(app.events().await, events + 1);
    let later = create(app, ada, "k1", json!({ "title": "a" }))
        .await
        .expect(201);
    assert_eq!(later.header("idempotency-replayed"), "true");
}

async fn two_processes_do_a_request_with_one_key_once(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let events = app.events().await;
    // A server of its own knows nothing of what is in flight at the other.
    let other = app.another_server().await;
    let body = json!({ "title": "a" });
    for i in 0..5 {
        let send = |call: Call| {
            let call = call
                .by(&ada.token)
                .header("idempotency-key", format!("k{i}"));
            call.json(&body).send()
        };
        let (one, two) = join(
            send(app.call("POST", "/api/todos")),
            send(other.call("POST", "/api/todos")),
        )
        .await;
        let (one, two) = (one.expect(201), two.expect(201));
        assert_eq!(one.text, two.text);
        let replayed = [&one, &two].map(|answer| answer.header("idempotency-replayed"));
        assert!(
            replayed.contains(&"") && replayed.contains(&"true"),
            "{replayed:?}"
        );
        assert_eq!(app.events().await, events + i + 1);
    }
}

async fn a_failed_request_does_not_use_its_key_up(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    create(&app, &ada, "k1", json!({ "title": "" }))
        .await
        .problem(422, "invalid-fields");
    create(&app, &ada, "k1", json!({ "title": "a" }))
        .await
        .expect(201);
    let taken = |email: &str| {
        let body =
            json!({ "username": "ada", "email": email, "password": "correct horse battery" });
        app.call("POST", "/api/users")
            .header("idempotency-key", "a-key-nobody-guesses")
            .json(&body)
            .send()
    };
    taken("a@example.com").await.problem(409, "username-taken");
    taken("b@example.com").await.problem(409, "username-taken");
}

async fn a_key_is_kept_for_a_day(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let first = create(&app, &ada, "k1", json!({ "title": "a" }))
        .await
        .expect(201);
    app.clock.advance(SignedDuration::from_hours(23));
    let again = create(&app, &ada, "k1", json!({ "title": "a" }))
        .await
        .expect(201);
    assert_eq!(again.str("id"), first.str("id"));
    app.clock.advance(SignedDuration::from_hours(2));
    let new = create(&app, &ada, "k1", json!({ "title": "b" }))
        .await
        .expect(201);
    assert_ne!(new.str("id"), first.str("id"));
}

async fn signing_up_again_with_the_key_answers_the_same_user(on: Combination) {
    let app = Studyhall::start(on).await;
    let sign_up = |name: &str| {
        let body = json!({
            "username": name, "email": "ada@example.com", "password": "correct horse battery",
            "todo": { "title": "Read" }
        });
        app.call("POST", "/api/v1/users")
            .header("idempotency-key", "a-key-nobody-guesses")
            .json(&body)
            .send()
    };
    let first = sign_up("ada").await.expect(201);
    let again = sign_up("ada").await.expect(201);
    assert_eq!(again.text, first.text);
    assert_eq!(again.header("idempotency-replayed"), "true");
    sign_up("bob").await.problem(422, "idempotency-mismatch");
    assert_eq!(app.events().await, 2);
}

async fn a_sign_up_key_is_for_whoever_has_the_password_and_cannot_be_guessed(on: Combination) {
    let app = Studyhall::start(on).await;
    let sign_up = |key: &str, password: &str| {
        let body = json!({ "username": "ada", "email": "ada@example.com", "password": password });
        app.call("POST", "/api/users")
            .header("idempotency-key", key)
            .json(&body)
            .send()
    };
    let key = "8e03978e-40d5-43dd-bc93-6894a57f9324";
    sign_up("k1", PASSWORD).await.problem(400, "invalid-header");
    let first = sign_up(key, PASSWORD).await.expect(201);
    let other = sign_up(key, "another password").await;
    other.problem(422, "idempotency-mismatch");
    let again = sign_up(key, PASSWORD).await.expect(201);
    assert_eq!(again.text, first.text);
    app.log_in("ada", PASSWORD).await.expect(200);
}

async fn expired_keys_are_swept_whoever_sent_them(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    for key in 0..3 {
        let key = format!("k{key}");
        create(&app, &ada, &key, json!({ "title": "a" }))
            .await
            .expect(201);
    }
    app.clock.advance(SignedDuration::from_hours(23));
    create(&app, &ada, "young", json!({ "title": "a" }))
        .await
        .expect(201);
    app.clock.advance(SignedDuration::from_hours(2));
    while sweep_batch(&app.twin).await.expect("it can be swept") {}
    let sql = "select request_key from idempotency_keys";
    let rows = app.twin.query(sql, &[]).await.expect("it can be read");
    let left: Vec<String> = rows
        .iter()
        .map(|row| row.get("request_key").expect("it is text"))
        .collect();
    assert_eq!(left, ["young"]);
}

/// Every route that takes a key, twice over: nowhere does the key stand for what was done elsewhere or for another.
async fn a_key_is_another_one_for_each_user_and_route(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let document = app.call("GET", "/api/openapi.json").send().await;
    let document = document.expect(200).body;
    let mut people = Vec::new();
    for name in ["ada", "bob"] {
        let member = operator(&app, name).await;
        let friend = app.member(&format!("friend.of.{name}")).await;
        befriend(&app, &member, &friend).await;
        let todo = app.todo(&member, "Read").await.str("id").to_owned();
        let form = json!({ "allowsMore": true, "questions": forms::two() });
        let form = forms::opened(&app, &member, form).await;
        people.push((member, friend, todo, form.str("id").to_owned()));
    }
    let key = "a-key-nobody-guesses";
    let mut done = 0;
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("methods") {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let takes_key = parameters
                .into_iter()
                .any(|of| of["name"] == "Idempotency-Key");
            // All strangers share their keys.
            if !takes_key || path == "/api/v1/users" {
                continue;
            }
            for (member, friend, todo, form) in &people {
                let id = if path.contains("/forms/") { form } else { todo };
                let to = path.replace("{id}", id).replace("{name}", &friend.name);
                let mut call = app
                    .call(&method.to_ascii_uppercase(), &to)
                    .by(&member.token)
                    .header("idempotency-key", key);
                let body = &operation["requestBody"]["content"]["application/json"]["schema"];
                if let Some(example) = body.get("example") {
                    call = call.json(&if path == "/api/v1/friends" {
                        json!({ "username": friend.name })
                    } else {
                        example.clone()
                    });
                }
                let answer = call.send().await;
                let replayed = answer.header("idempotency-replayed");
                assert_eq!(replayed, "", "{to}: {}", answer.text);
                assert_ne!(answer.str("code"), "idempotency-mismatch", "{to}");
                done += usize::from(answer.status < 300);
            }
        }
    }
    assert!(done > 30, "{done}");
}
