//! Making forms: questions, states, versions, and who may see and change them.

use serde_json::{Value, json};
use studyhall::domain::Form;
use twinbase::prelude::*;

use super::{deed, drafted, events_of, opened, patch, rows, two};
use crate::support::{Answer, Combination, Studyhall, on_two_combinations};

on_two_combinations! {
    each_event_of_a_form_brings_its_row_to_the_document,
    a_change_of_questions_is_a_new_version_once_a_form_was_open,
    questions_are_checked_each_with_its_place,
    a_form_is_opened_and_closed_and_opened_again,
    anonymity_is_fixed_by_the_first_opening,
    drafts_are_their_owners_and_the_rest_is_seen_by_link,
    a_form_is_changed_by_its_owner_alone_and_at_the_version_that_is_expected,
}

async fn document(app: &Studyhall, id: &str) -> Option<Versioned<Form>> {
    app.catch_up().await;
    let id = AggregateId::new(id).expect("an id");
    let found = app.twin.collection::<Form>().get(&id).await;
    found.expect("the replica answers").value
}

async fn each_event_of_a_form_brings_its_row_to_the_document(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let made = drafted(&app, &ada, json!({ "description": "e\u{301}\u{7}" })).await;
    let id = made.str("id");
    assert_eq!(made.header("etag"), "\"1\"");
    assert_eq!(made.header("location"), format!("/api/v1/forms/{id}"));
    assert!(!made.header("sync-token").is_empty());
    assert_eq!(made.str("description"), "é");
    assert_eq!(made.str("state"), "draft");
    let form = document(&app, id).await.expect("it is there");
    assert_eq!(serde_json::to_value(&form.value).expect("JSON"), made.body);
    assert_eq!(form.version, Version::new(1));

    let changed = patch(&app, &ada, id, json!({ "title": "Other" }))
        .await
        .expect(200);
    let form = document(&app, id).await.expect("it is there");
    assert_eq!(
        serde_json::to_value(&form.value).expect("JSON"),
        changed.body
    );
    assert_eq!(form.version, Version::new(2));
    // What is so already is not written again.
    patch(&app, &ada, id, json!({ "title": "Other" }))
        .await
        .expect(200);

    let call = app
        .call("DELETE", &format!("/api/forms/{id}"))
        .by(&ada.token);
    let deleted = call.send().await.expect(200);
    assert_eq!(deleted.body, json!({ "success": true }));
    assert!(document(&app, id).await.is_none());
    let events = ["form.created 1", "form.updated 2", "form.deleted 3"];
    assert_eq!(events_of(&app, id).await, events);
    app.verify().await;
}

async fn a_change_of_questions_is_a_new_version_once_a_form_was_open(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let draft = drafted(&app, &ada, json!({})).await;
    let id = draft.str("id");
    let other = json!([{ "id": "x", "kind": "date", "text": "When?" }]);
    let changed = patch(&app, &ada, id, json!({ "questions": other }))
        .await
        .expect(200);
    assert_eq!(changed.body["questionsVersion"], 1);

    deed(&app, &ada, id, "open").await.expect(200);
    let same = patch(
        &app,
        &ada,
        id,
        json!({ "questions": other, "title": "New" }),
    )
    .await
    .expect(200);
    assert_eq!(same.body["questionsVersion"], 1);
    let changed = patch(&app, &ada, id, json!({ "questions": two() }))
        .await
        .expect(200);
    assert_eq!(changed.body["questionsVersion"], 2);
    deed(&app, &ada, id, "close").await.expect(200);
    let none = patch(&app, &ada, id, json!({ "questions": [] })).await;
    none.problem(409, "form-without-questions");
    let changed = patch(&app, &ada, id, json!({ "questions": other }))
        .await
        .expect(200);
    assert_eq!(changed.body["questionsVersion"], 3);

    let sql = "select cast(version as text) || ' ' || cast(questions as text) as found from form_versions order by version";
    let kept = rows(&app, sql).await;
    let ids: Vec<Value> = kept
        .iter()
        .map(|kept| serde_json::from_str(kept.split_once(' ').expect("two").1).expect("JSON"))
        .map(|questions: Value| questions[0]["id"].clone())
        .collect();
    assert_eq!(ids, ["x", "pace", "x"]);

    app.sql(format!(
        "update forms set questions_version = 100 where id = '{id}'"
    ))
    .await;
    let often = patch(&app, &ada, id, json!({ "questions": two() })).await;
    often.problem(409, "form-changed-too-often");
}

async fn questions_are_checked_each_with_its_place(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let send = async |questions: Value| -> Answer {
        let call = app.call("POST", "/api/v1/forms").by(&ada.token);
        call.json(&json!({ "title": "x", "questions": questions }))
            .send()
            .await
    };
    let many = |count: usize| Value::from(vec![json!({ "kind": "number", "text": "x" }); count]);
    let choices = |count: usize| (0..count).map(|i| i.to_string()).collect::<Vec<_>>();
    for (questions, pointer) in [
        (json!({}), "/questions"),
        (many(51), "/questions"),
        (
            json!([{ "id": "a", "kind": "date", "text": "x" }, { "id": "a", "kind": "date", "text": "y" }]),
            "/questions",
        ),
        (json!([{ "kind": "date" }]), "/questions/0/text"),
        (
            json!([{ "kind": "date", "text": "x".repeat(501) }]),
            "/questions/0/text",
        ),
        (json!([{ "kind": "essay", "text": "x" }]), "/questions/0"),
        (json!([{ "kind": "oneOf", "text": "x" }]), "/questions/0"),
        (
            json!([{ "kind": "oneOf", "text": "x", "choices": ["a"] }]),
            "/questions/0",
        ),
        (
            json!([{ "kind": "oneOf", "text": "x", "choices": ["a", "a "] }]),
            "/questions/0",
        ),
        (
            json!([{ "kind": "manyOf", "text": "x", "choices": choices(21) }]),
            "/questions/0",
        ),
        (
            json!([{ "kind": "oneOf", "text": "x", "choices": ["a", "x".repeat(201)] }]),
            "/questions/0/choices/1",
        ),
        (
            json!([{ "kind": "date", "text": "x", "choices": ["a", "b"] }]),
            "/questions/0",
        ),
        (json!([{ "kind": "scale", "text": "x" }]), "/questions/0"),
        (
            json!([{ "kind": "scale", "text": "x", "steps": 11 }]),
            "/questions/0/steps",
        ),
        (
            json!([{ "kind": "date", "text": "x", "id": "A.b" }]),
            "/questions/0/id",
        ),
        (
            json!([{ "kind": "date", "text": "x", "other": 1 }]),
            "/questions/0/other",
        ),
    ] {
        let refused = send(questions.clone()).await.problem(422, "invalid-fields");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{questions}");
    }
    send(many(50)).await.expect(201);
    let last = json!({ "kind": "manyOf", "text": "x", "choices": choices(20), "required": true });
    let made = send(json!([{ "id": "q1", "kind": "scale", "text": "x", "steps": 10 }, last])).await;
    let questions = made.expect(201).body["questions"].clone();
    // One without an id gets one that is free.
    assert_eq!(questions[1]["id"], "q2");
    assert_eq!(
        (&questions[0]["required"], &questions[1]["required"]),
        (&json!(false), &json!(true))
    );
}

async fn a_form_is_opened_and_closed_and_opened_again(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let empty = drafted(&app, &ada, json!({ "questions": [] })).await;
    let refused = deed(&app, &ada, empty.str("id"), "open").await;
    refused.problem(409, "form-without-questions");

    let draft = drafted(&app, &ada, json!({})).await;
    let id = draft.str("id");
    deed(&app, &ada, id, "close")
        .await
        .problem(409, "form-not-open");
    let open = deed(&app, &ada, id, "open").await.expect(200);
    assert_eq!(open.str("state"), "open");
    assert!(open.body["openedAt"].is_string() && open.body["closedAt"].is_null());
    let again = deed(&app, &ada, id, "open").await.expect(200);
    assert_eq!((again.header("etag"), &again.body), ("\"2\"", &open.body));
    assert!(!again.header("sync-token").is_empty());

    let closed = deed(&app, &ada, id, "close").await.expect(200);
    assert_eq!(closed.str("state"), "closed");
    assert!(closed.body["closedAt"].is_string());
    deed(&app, &ada, id, "close").await.expect(200);
    let open = deed(&app, &ada, id, "open").await.expect(200);
    assert!(open.body["closedAt"].is_null());
    assert_eq!(open.header("etag"), "\"4\"");
    app.verify().await;
}

async fn anonymity_is_fixed_by_the_first_opening(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let draft = drafted(&app, &ada, json!({})).await;
    let id = draft.str("id");
    let anonymous = |is| json!({ "isAnonymous": is });
    patch(&app, &ada, id, anonymous(true)).await.expect(200);
    deed(&app, &ada, id, "open").await.expect(200);
    patch(&app, &ada, id, anonymous(true)).await.expect(200);
    patch(&app, &ada, id, anonymous(false))
        .await
        .problem(409, "anonymity-fixed");
    deed(&app, &ada, id, "close").await.expect(200);
    patch(&app, &ada, id, anonymous(false))
        .await
        .problem(409, "anonymity-fixed");
    app.verify().await;
}

async fn drafts_are_their_owners_and_the_rest_is_seen_by_link(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let get = |id: &str| app.call("GET", &format!("/api/v1/forms/{id}"));
    let draft = drafted(&app, &ada, json!({ "isPublic": true })).await;
    let id = draft.str("id");
    let own = get(id).by(&ada.token).send().await.expect(200);
    assert_eq!(own.body, draft.body);
    get(id)
        .by(&ada.token)
        .header("if-none-match", "\"1\"")
        .send()
        .await
        .expect(304);
    get(id)
        .by(&bob.token)
        .send()
        .await
        .problem(404, "not-found");
    get(id).send().await.problem(401, "unauthenticated");

    deed(&app, &ada, id, "open").await.expect(200);
    get(id).by(&bob.token).send().await.expect(200);
    get(id).send().await.expect(200);
    get(id)
        .by("nonsense")
        .send()
        .await
        .problem(401, "unauthenticated");
    deed(&app, &ada, id, "close").await.expect(200);
    get(id).send().await.expect(200);

    let by_link = opened(&app, &ada, json!({})).await;
    get(by_link.str("id"))
        .by(&bob.token)
        .send()
        .await
        .expect(200);
    get(by_link.str("id"))
        .send()
        .await
        .problem(401, "unauthenticated");
    get("nobody").send().await.problem(401, "unauthenticated");
}

async fn a_form_is_changed_by_its_owner_alone_and_at_the_version_that_is_expected(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let form = opened(&app, &ada, json!({ "isPublic": true })).await;
    let id = form.str("id");
    let routes = [
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/open"),
        ("POST", "/close"),
        ("GET", "/results"),
        ("GET", "/results.csv"),
    ];
    let events = app.events().await;
    for (method, path) in routes {
        let call = || {
            let call = app.call(method, &format!("/api/v1/forms/{id}{path}"));
            if method == "PATCH" {
                return call.json(&json!({ "title": "Mine" }));
            }
            call
        };
        call().send().await.problem(401, "unauthenticated");
        call().by(&bob.token).send().await.problem(404, "not-found");
        if method != "GET" {
            let late = call()
                .by(&ada.token)
                .header("if-match", "\"1\"")
                .send()
                .await;
            late.problem(412, "precondition-failed");
        }
    }
    assert_eq!(app.events().await, events);
    for (method, path) in [("POST", "/api/v1/forms"), ("GET", "/api/v1/forms")] {
        let call = app.call(method, path).json(&json!({ "title": "x" }));
        call.send().await.problem(401, "unauthenticated");
    }
    // Once for a key, however often it is sent.
    let make = || {
        let call = app.call("POST", "/api/v1/forms").by(&ada.token);
        let call = call
            .header("idempotency-key", "one")
            .json(&json!({ "title": "x" }));
        call.send()
    };
    let (first, second) = (make().await.expect(201), make().await.expect(201));
    assert_eq!(first.body, second.body);
    assert_eq!(second.header("idempotency-replayed"), "true");
    app.verify().await;
}
