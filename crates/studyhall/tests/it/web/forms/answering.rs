//! Who sees a form, and what becomes of answers.

use serde_json::json;

use super::{after, has};
use crate::{
    forms::{opened, two},
    support::{Combination, Studyhall, on_two_combinations},
    web::{cookies, page, post},
};

on_two_combinations! {
    who_sees_a_form_and_what_it_says,
    answers_to_questions_that_have_changed_are_kept_and_asked_again,
    the_file_of_a_page_is_for_its_owner,
}

async fn who_sees_a_form_and_what_it_says(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let public = opened(&app, &ada, json!({ "isPublic": true, "isAnonymous": true })).await;
    let public = format!("/forms/{}", public.str("id"));
    let stranger = page(&app, None, &public).await.expect(200);
    has(
        &stranger,
        &["Sign in to answer", "not even who asks", "disabled"],
    );
    let by_link = opened(&app, &ada, json!({})).await;
    let by_link = format!("/forms/{}", by_link.str("id"));
    let login = page(&app, None, &by_link).await;
    assert_eq!(
        (login.status, login.header("location")),
        (303, &*format!("/login?next={by_link}"))
    );
    has(
        &page(&app, Some(&bob), &by_link).await.expect(200),
        &["sees your name"],
    );
    for path in ["edit", "results", "delete"] {
        page(&app, Some(&bob), &format!("{public}/{path}"))
            .await
            .expect(404);
    }
    for path in ["edit", "open", "close", "delete"] {
        post(
            &app,
            Some(&bob),
            &format!("{public}/{path}"),
            &[("title", "x")],
        )
        .await
        .expect(404);
    }
    let answers = [("formVersion", "1"), ("answers.pace", "Right")];
    let sent = post(&app, Some(&bob), &format!("{public}/responses"), &answers).await;
    has(
        &after(&app, &bob, &sent).await,
        &["without your name", "href=\"/forms/"],
    );
    assert!(
        !cookies(&sent).contains("seen"),
        "a token would name the response"
    );
    has(
        &page(&app, Some(&bob), &format!("{public}/copy"))
            .await
            .expect(200),
        &["nobody knows which answers are yours"],
    );
}

async fn answers_to_questions_that_have_changed_are_kept_and_asked_again(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let form = opened(&app, &ada, json!({})).await;
    let mut changed = two();
    changed[1]["steps"] = json!(3);
    let path = format!("/api/v1/forms/{}", form.str("id"));
    let patch = app.call("PATCH", &path).by(&ada.token);
    patch
        .json(&json!({ "questions": changed }))
        .send()
        .await
        .expect(200);
    let path = format!("/forms/{}/responses", form.str("id"));
    // What fits the version that was seen is taken as an answer to that.
    let answers = [
        ("formVersion", "1"),
        ("answers.pace", "Right"),
        ("answers.value", "5"),
    ];
    let mut wrong = answers.to_vec();
    wrong.push(("answers.value", "9"));
    let again = post(&app, Some(&bob), &path, &wrong).await.expect(409);
    has(
        &again,
        &[
            "The questions were changed while you answered.",
            "name=\"formVersion\" value=\"2\"",
            "value=\"Right\" checked",
        ],
    );
    post(&app, Some(&bob), &path, &answers).await.expect(303);
}

async fn the_file_of_a_page_is_for_its_owner(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let form = opened(&app, &ada, json!({})).await;
    let path = format!("/api/v1/forms/{}/results.csv?version=1", form.str("id"));
    // By the cookie, as a link of the page asks for it.
    page(&app, Some(&ada), &path).await.expect(200);
    page(&app, Some(&bob), &path).await.expect(404);
    page(&app, None, &path).await.expect(401);
}
