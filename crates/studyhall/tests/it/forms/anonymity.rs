//! Anonymous forms: nothing joins a name with an answer.

use serde_json::json;
use studyhall::domain::Response;
use twinbase::prelude::*;

use super::{count, opened, respond, responding, rows};
use crate::{
    support::{Combination, Studyhall, on_every_combination, on_two_combinations},
    web::post,
};

on_every_combination! {
    another_answer_with_the_same_key_is_refused_and_no_table_tells_it,
}

on_two_combinations! {
    nothing_that_is_kept_joins_a_name_with_an_answer,
    an_anonymous_form_is_answered_once_and_shows_its_owner_no_name,
}

async fn nothing_that_is_kept_joins_a_name_with_an_answer(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let form = opened(&app, &ada, json!({ "isAnonymous": true, "isPublic": true })).await;
    let form = form.str("id");
    let sent = responding(&app, &bob, form, &json!({ "pace": "Too slow" }));
    let sent = sent.header("idempotency-key", KEY).send().await;
    let sent = sent.expect(201);
    assert_eq!(sent.body, json!({ "formId": form, "formVersion": 1 }));
    assert_eq!(sent.header("location"), "");
    let token: Token = sent.header("sync-token").parse().expect("a token");
    assert!(token.is_empty());

    app.catch_up().await;
    let found = app.twin.collection::<Response>().find(doc! {}).all().await;
    let found = found.expect("the replica answers").value;
    let [response] = found.as_slice() else {
        panic!("one response: {found:?}");
    };
    assert_eq!(response.user_id, None);
    let id: uuid::Uuid = response.id.as_str().parse().expect("a UUID");
    assert_eq!(id.get_version_num(), 4, "an id without a time");
    assert!(response.created_at.to_string().ends_with("T00:00:00Z"));

    // Bob's id and the answer, or its id, are in no row together.
    let texts = [
        (
            "events",
            "select cast(payload as text) || aggregate_id as found from \"Outbox\"",
        ),
        (
            "keys",
            "select scope || request_key || fingerprint || cast(coalesce(body, '') as text) || coalesce(sync_token, '') as found from idempotency_keys",
        ),
        (
            "responses",
            "select id || coalesce(user_id, '') || cast(answers as text) as found from responses",
        ),
        (
            "participants",
            "select form_id || user_id as found from form_participants",
        ),
    ];
    let mut names = 0;
    for (table, sql) in texts {
        for text in rows(&app, sql).await {
            let has_answer = text.contains("Too slow\"") && !text.contains("choices");
            let has_answer = has_answer || text.contains(response.id.as_str());
            assert!(!(text.contains(&bob.id) && has_answer), "{table}: {text}");
            names += i32::from(text.contains(&bob.id));
        }
    }
    assert!(
        names >= 3,
        "bob's own events, key and participation are seen"
    );
    app.verify().await;
}

/// Random, as a client makes them.
const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

async fn another_answer_with_the_same_key_is_refused_and_no_table_tells_it(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    for allows_more in [false, true] {
        let wish = json!({ "isAnonymous": true, "isPublic": true, "allowsMore": allows_more });
        let form = opened(&app, &ada, wish).await;
        let form = form.str("id");
        let send = async |key: &str, answers| {
            let call = responding(&app, &bob, form, &answers);
            call.header("idempotency-key", key).send().await
        };
        let key = format!("{KEY}-{allows_more}");
        let slow = json!({ "pace": "Too slow" });
        send(&key, slow.clone()).await.expect(201);
        let again = send(&key, slow).await.expect(201);
        assert_eq!(again.header("idempotency-replayed"), "true");
        for other in [
            json!({ "pace": "Right" }),
            json!({ "pace": "Right", "value": "many" }),
        ] {
            let refused = send(&key, other).await;
            refused.problem(422, "idempotency-mismatch");
        }
        let short = send("bobs-key", json!({ "pace": "Right" })).await;
        short.problem(400, "invalid-header");
        // A page's key is used once as well, and what was typed stays.
        let path = format!("/forms/{form}/responses");
        let fields = |pace| {
            let version = ("formVersion", "1");
            [version, ("answers.pace", pace), ("key", &*key)]
        };
        let other = post(&app, Some(&bob), &path, &fields("Too fast")).await;
        let other = other.expect(422).text;
        for text in ["was sent already", "value=\"Too fast\" checked"] {
            assert!(other.contains(text), "no {text} in {other}");
        }
        assert!(!other.contains(&key), "a new key: {other}");
        let responses = format!("responses where form_id = '{form}'");
        assert_eq!(count(&app, &responses).await, "1");
    }
    // Of two who answer alike nothing is alike, and nothing has the key.
    let sql = "select fingerprint || ' ' || request_key as found from idempotency_keys where scope like '%/responses %'";
    let kept = rows(&app, sql).await;
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|kept| !kept.contains(KEY)), "{kept:?}");
    app.verify().await;
}

async fn an_anonymous_form_is_answered_once_and_shows_its_owner_no_name(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let form = opened(&app, &ada, json!({ "isAnonymous": true })).await;
    let form = form.str("id");
    respond(&app, &bob, form, json!({ "pace": "Right" }))
        .await
        .expect(201);
    let second = respond(&app, &bob, form, json!({ "pace": "Right" })).await;
    second.problem(409, "already-answered");
    app.catch_up().await;
    for path in ["results", "results.csv"] {
        let call = app.call("GET", &format!("/api/v1/forms/{form}/{path}"));
        let answer = call.by(&ada.token).send().await.expect(200);
        assert!(answer.text.contains("Right"), "{}", answer.text);
        assert!(!answer.text.contains("bob") && !answer.text.contains(&bob.id));
    }
    let answered = app
        .call("GET", "/api/v1/forms?list=answered")
        .by(&bob.token);
    assert_eq!(answered.send().await.expect(200).of_items("id"), [form]);
    // Not even its author has a copy.
    let sql = "select id as found from responses";
    let id = rows(&app, sql).await.remove(0);
    for member in [&ada, &bob] {
        let copy = app
            .call("GET", &format!("/api/v1/responses/{id}"))
            .by(&member.token);
        copy.send().await.problem(404, "not-found");
    }
    app.verify().await;
}
