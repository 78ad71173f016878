//! Questions of forms: what they must be, and their versions.

use serde_json::{Value, json};

use super::{deed, drafted, patch, rows, two};
use crate::support::{Answer, Combination, Studyhall, on_two_combinations};

on_two_combinations! {
    a_change_of_questions_is_a_new_version_once_a_form_was_open,
    questions_are_checked_each_with_its_place,
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
