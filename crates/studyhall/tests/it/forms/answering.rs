//! Answering forms: what is taken, how often, and by whom it can be read.

use futures_util::future::join_all;
use serde_json::json;
use studyhall::domain::Response;
use twinbase::prelude::*;

use super::{count, deed, events_of, opened, patch, respond, responding};
use crate::support::{Combination, Studyhall, on_two_combinations};

on_two_combinations! {
    a_response_is_a_row_an_event_and_a_document_that_its_author_reads,
    everything_that_is_wrong_is_told_with_its_pointer,
    of_concurrent_responses_of_one_user_one_is_taken,
    a_form_that_allows_more_takes_more,
    drafts_and_closed_forms_take_none,
    no_response_comes_in_after_the_closing,
    a_response_answers_the_version_that_was_seen,
}

async fn a_response_is_a_row_an_event_and_a_document_that_its_author_reads(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let form = opened(&app, &ada, json!({})).await;
    let answers = json!({ "pace": "Right", "value": 4 });
    let sent = respond(&app, &bob, form.str("id"), answers.clone())
        .await
        .expect(201);
    let id = sent.str("id");
    assert_eq!(sent.header("location"), format!("/api/v1/responses/{id}"));
    assert_eq!(sent.body["answers"], answers);
    assert_eq!(
        (sent.str("userId"), &sent.body["formVersion"]),
        (&*bob.id, &json!(1))
    );
    assert_eq!(events_of(&app, id).await, ["response.created 1"]);

    app.catch_up().await;
    let key = AggregateId::new(id).expect("an id");
    let found = app.twin.collection::<Response>().get(&key).await;
    let document = found
        .expect("the replica answers")
        .value
        .expect("it is there");
    assert_eq!(
        serde_json::to_value(&document.value).expect("JSON"),
        sent.body
    );

    let get = || app.call("GET", &format!("/api/v1/responses/{id}"));
    let own = get()
        .by(&bob.token)
        .header("sync-token", sent.header("sync-token"));
    let own = own.header("prefer", "wait=10").send().await.expect(200);
    assert_eq!(own.header("x-read-source"), "replica");
    assert_eq!(own.body["answers"], answers);
    assert_eq!(own.body["questions"], form.body["questions"]);
    // The form's owner has results, not single responses.
    get().by(&ada.token).send().await.problem(404, "not-found");
    get().send().await.problem(401, "unauthenticated");
    let anonymous = app.call(
        "POST",
        &format!("/api/v1/forms/{}/responses", form.str("id")),
    );
    let anonymous = anonymous.json(&json!({ "answers": answers })).send().await;
    anonymous.problem(401, "unauthenticated");
    app.verify().await;
}

async fn everything_that_is_wrong_is_told_with_its_pointer(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let form = opened(&app, &ada, json!({})).await;
    let id = form.str("id");
    let events = app.events().await;
    let wrong = json!({ "value": 9, "~other/": "x" });
    let refused = respond(&app, &ada, id, wrong)
        .await
        .problem(422, "invalid-fields");
    let errors = refused.body["errors"].as_array().expect("a list").iter();
    let pointers: Vec<_> = errors
        .map(|error| error["pointer"].as_str().expect("a text"))
        .collect();
    assert_eq!(
        pointers,
        ["/answers/pace", "/answers/value", "/answers/~0other~1"]
    );
    let refused = respond(&app, &ada, id, json!([]))
        .await
        .problem(422, "invalid-fields");
    assert_eq!(refused.body["errors"][0]["pointer"], "/answers");
    let call = app
        .call("POST", &format!("/api/v1/forms/{id}/responses"))
        .by(&ada.token);
    let unknown = call.json(&json!({ "answers": { "pace": "Right" }, "formVersion": 2 }));
    unknown.send().await.problem(404, "not-found");
    assert_eq!(app.events().await, events);
    assert_eq!(count(&app, "form_participants").await, "0");
}

async fn of_concurrent_responses_of_one_user_one_is_taken(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let form = opened(&app, &ada, json!({})).await;
    let id = form.str("id");
    let answers = json!({ "pace": "Right" });
    let all = join_all((0..8).map(async |_| respond(&app, &bob, id, answers.clone()).await)).await;
    let taken = all.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(taken, 1);
    for answer in all.into_iter().filter(|answer| answer.status != 201) {
        answer.problem(409, "already-answered");
    }
    assert_eq!(count(&app, "responses").await, "1");
    respond(&app, &ada, id, answers).await.expect(201);
    app.verify().await;
}

async fn a_form_that_allows_more_takes_more(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let form = opened(&app, &ada, json!({ "allowsMore": true })).await;
    let id = form.str("id");
    let answers = json!({ "pace": "Right" });
    for _ in 0..3 {
        respond(&app, &ada, id, answers.clone()).await.expect(201);
    }
    // The same request again is no other response.
    let send = || {
        responding(&app, &ada, id, &answers)
            .header("idempotency-key", "one")
            .send()
    };
    let (first, second) = (send().await.expect(201), send().await.expect(201));
    assert_eq!(first.body, second.body);
    let other = responding(&app, &ada, id, &json!({ "pace": "Too fast" }));
    let other = other.header("idempotency-key", "one").send().await;
    other.problem(422, "idempotency-mismatch");
    assert_eq!(count(&app, "responses").await, "4");

    patch(&app, &ada, id, json!({ "allowsMore": false }))
        .await
        .expect(200);
    respond(&app, &ada, id, answers)
        .await
        .problem(409, "already-answered");
    app.verify().await;
}

async fn drafts_and_closed_forms_take_none(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let draft = super::drafted(&app, &ada, json!({})).await;
    let id = draft.str("id");
    let answers = json!({ "pace": "Right" });
    respond(&app, &ada, id, answers.clone())
        .await
        .problem(409, "form-not-open");
    respond(&app, &bob, id, answers.clone())
        .await
        .problem(404, "not-found");
    respond(&app, &bob, "nobody", answers.clone())
        .await
        .problem(404, "not-found");
    deed(&app, &ada, id, "open").await.expect(200);
    deed(&app, &ada, id, "close").await.expect(200);
    respond(&app, &bob, id, answers)
        .await
        .problem(409, "form-not-open");
    assert_eq!(count(&app, "responses").await, "0");
}

async fn no_response_comes_in_after_the_closing(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let form = opened(&app, &ada, json!({ "allowsMore": true })).await;
    let id = form.str("id");
    let send = async |i: usize| {
        if i == 6 {
            let closed = deed(&app, &ada, id, "close").await.expect(200);
            return closed.status;
        }
        respond(&app, &ada, id, json!({ "pace": "Right" }))
            .await
            .status
    };
    let answers = join_all((0..12).map(send)).await;
    let taken = answers.iter().filter(|status| **status == 201).count();
    let refused = answers.iter().filter(|status| **status == 409).count();
    assert_eq!(taken + refused, 11, "{answers:?}");
    assert_eq!(count(&app, "responses").await, taken.to_string());
    // In the order of events nothing comes after the closing.
    let closing = "(select max(seq) from \"Outbox\" where event_type = 'form.updated')";
    let late = format!("\"Outbox\" where event_type = 'response.created' and seq > {closing}");
    if !on.has_postgres() {
        assert_eq!(count(&app, &late).await, "0");
    }
    app.verify().await;
}

async fn a_response_answers_the_version_that_was_seen(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let form = opened(&app, &ada, json!({})).await;
    let id = form.str("id");
    let other = json!([{ "id": "day", "kind": "date", "text": "When?", "required": true }]);
    patch(&app, &ada, id, json!({ "questions": other }))
        .await
        .expect(200);

    let old = respond(&app, &bob, id, json!({ "pace": "Right" })).await;
    old.problem(422, "invalid-fields");
    let call = app
        .call("POST", &format!("/api/v1/forms/{id}/responses"))
        .by(&bob.token);
    let body = json!({ "answers": { "pace": "Right" }, "formVersion": 1 });
    let old = call.json(&body).send().await.expect(201);
    assert_eq!(old.body["formVersion"], 1);
    let copy = app.call("GET", &format!("/api/v1/responses/{}", old.str("id")));
    let copy = copy
        .by(&bob.token)
        .header("sync-token", old.header("sync-token"));
    assert_eq!(
        copy.send().await.expect(200).body["questions"],
        form.body["questions"]
    );

    let new = respond(&app, &ada, id, json!({ "day": "2030-01-31" }))
        .await
        .expect(201);
    assert_eq!(new.body["formVersion"], 2);
    app.verify().await;
}
