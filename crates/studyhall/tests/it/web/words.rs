//! What pages say when something is left out, mistyped, or to be deleted for good.

use serde_json::json;

use super::{page, post};
use crate::{
    friends::befriend,
    support::{Combination, Studyhall, on_two_combinations},
};

on_two_combinations! {
    an_empty_field_asks_to_write_something,
    an_address_that_was_mistyped_is_answered_in_words,
    whoever_deletes_is_told_what_goes_and_how_much,
}

async fn an_empty_field_asks_to_write_something(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let none = post(&app, Some(&ada), "/todos", &[("title", "")]).await;
    let none = none.expect(422).text;
    for text in ["Title: write something", "Error: write something."] {
        assert!(none.contains(text), "no {text} in {none}");
    }
    assert!(!none.contains("is missing"), "{none}");
    let made = post(&app, Some(&ada), "/forms", &[("title", "Form")]).await;
    let path = made.header("location");
    let none = [("title", ""), ("q0.kind", "shortText"), ("q0.text", "")];
    let none = post(&app, Some(&ada), path, &none).await.expect(422).text;
    assert!(!none.contains("is missing"), "{none}");
}

async fn an_address_that_was_mistyped_is_answered_in_words(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    befriend(&app, &ada, &bob).await;
    for name in ["before", "after"] {
        let path = format!("/messages/bob?{name}=x");
        let wrong = page(&app, Some(&ada), &path).await.expect(400).text;
        assert!(wrong.contains("cut off or mistyped"), "{wrong}");
        assert!(!wrong.contains("invalid digit"), "{wrong}");
    }
}

async fn whoever_deletes_is_told_what_goes_and_how_much(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    befriend(&app, &ada, &bob).await;
    let send = async |by: &str, path: &str, body| {
        let call = app
            .call("POST", &format!("/api/v1/{path}"))
            .by(by)
            .json(&body);
        let answer = call.send().await;
        assert!(answer.status < 300, "{}", answer.text);
        answer
    };
    send(&ada.token, "messages/bob", json!({ "text": "hi" })).await;
    send(&ada.token, "todos", json!({ "title": "one" })).await;
    let questions = json!([{ "id": "a", "text": "Why?", "kind": "shortText" }]);
    let draft = json!({ "title": "Form", "questions": questions });
    let form = send(&ada.token, "forms", draft).await;
    let path = format!("forms/{}", form.str("id"));
    send(&ada.token, &format!("{path}/open"), json!({})).await;
    for by in [&ada, &bob] {
        let answers = json!({ "answers": { "a": "so" } });
        send(&by.token, &format!("{path}/responses"), answers).await;
    }
    let sure = page(&app, Some(&ada), "/account/delete")
        .await
        .expect(200)
        .text;
    for text in [
        "1 todo",
        "0 sessions",
        "1 friendship",
        "1 message",
        "1 form",
        "2 answers",
        "Backups",
        "As of",
    ] {
        assert!(sure.contains(text), "no {text} in {sure}");
    }
    let sure = page(&app, Some(&ada), &format!("/{path}/delete")).await;
    let sure = sure.expect(200).text;
    for text in ["2 answers to it go with it", "Backups", "As of"] {
        assert!(sure.contains(text), "no {text} in {sure}");
    }
}
