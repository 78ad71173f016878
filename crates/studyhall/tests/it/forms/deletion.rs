//! Deleting forms, and what a person leaves who goes.

use serde_json::json;
use studyhall::domain::commands::delete_account;
use twinbase::prelude::*;

use super::{count, events_of, opened, respond, rows};
use crate::support::{Combination, Studyhall, on_two_combinations};

on_two_combinations! {
    deleting_a_form_deletes_its_responses_each_with_its_event,
    who_goes_takes_forms_and_named_responses_along,
}

async fn deleting_a_form_deletes_its_responses_each_with_its_event(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let form = opened(&app, &ada, json!({})).await;
    let other = opened(&app, &ada, json!({})).await;
    let mut responses = Vec::new();
    for member in [&ada, &bob] {
        let sent = respond(&app, member, form.str("id"), json!({ "pace": "Right" })).await;
        responses.push(sent.expect(201).str("id").to_owned());
    }
    respond(&app, &bob, other.str("id"), json!({ "pace": "Right" }))
        .await
        .expect(201);
    let path = format!("/api/v1/forms/{}", form.str("id"));
    let deleted = app
        .call("DELETE", &path)
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    for id in &responses {
        assert_eq!(
            events_of(&app, id).await,
            ["response.created 1", "response.deleted 2"]
        );
    }
    let tables = ["forms", "form_versions", "form_participants", "responses"];
    for table in tables {
        assert_eq!(count(&app, table).await, "1", "{table}");
    }
    let token: Token = deleted.header("sync-token").parse().expect("a token");
    assert_eq!(token.entries().len(), 3, "the form and both responses");
    app.call("DELETE", &path)
        .by(&ada.token)
        .send()
        .await
        .problem(404, "not-found");
    app.verify().await;
}

async fn who_goes_takes_forms_and_named_responses_along(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let own = opened(&app, &bob, json!({})).await;
    respond(&app, &ada, own.str("id"), json!({ "pace": "Right" }))
        .await
        .expect(201);
    let named = opened(&app, &ada, json!({})).await;
    let anonymous = opened(&app, &ada, json!({ "isAnonymous": true })).await;
    for form in [&own, &named, &anonymous] {
        respond(&app, &bob, form.str("id"), json!({ "pace": "Right" }))
            .await
            .expect(201);
    }
    let bob = &AggregateId::new(bob.id).expect("an id");
    let gone = app
        .twin
        .write(|tx| async move { delete_account(&tx, bob).await });
    gone.await.expect("it is done");
    let left = rows(&app, "select form_id as found from responses").await;
    assert_eq!(left, [anonymous.str("id")], "nobody knows whose it is");
    assert_eq!(count(&app, "form_participants").await, "0");
    assert_eq!(count(&app, "forms").await, "2");
    let deleted = "\"Outbox\" where event_type = 'response.deleted'";
    assert_eq!(count(&app, deleted).await, "3");
    app.verify().await;
}
