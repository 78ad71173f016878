//! Making forms: states, and who may see and change them.

use serde_json::json;
use studyhall::domain::Form;
use twinbase::prelude::*;

use super::{deed, drafted, events_of, opened, patch};
use crate::support::{Combination, Studyhall, on_two_combinations};

on_two_combinations! {
    each_event_of_a_form_brings_its_row_to_the_document,
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
