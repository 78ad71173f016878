//! Anonymous forms: nothing joins a name with an answer.

use serde_json::json;
use studyhall::domain::Response;
use twinbase::prelude::*;

use super::{opened, respond, responding, rows};
use crate::support::{Combination, Studyhall, on_two_combinations};

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
    let sent = sent
        .header("idempotency-key", "bobs-key")
        .send()
        .await
        .expect(201);
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
    // Another answer under the same key is the same hash: the answers are not in it.
    let again = responding(&app, &bob, form, &json!({ "pace": "Right" }));
    let again = again
        .header("idempotency-key", "bobs-key")
        .send()
        .await
        .expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
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
