//! Signing up, and one's own profile.

use futures_util::future::join_all;
use serde_json::{Value, json};
use twinbase_testkit::wait;

use crate::{
    cli::program::SOON,
    support::{Combination, PASSWORD, Studyhall, on_two_combinations},
};

on_two_combinations! {
    signing_up_makes_the_user_and_the_first_todo_together,
    signing_up_makes_neither_when_the_name_is_taken,
    of_concurrent_sign_ups_with_one_name_one_wins,
    a_profile_is_for_its_owner_alone,
    a_profile_changes_where_it_is_told_to_and_nowhere_else,
}

async fn signing_up_makes_the_user_and_the_first_todo_together(on: Combination) {
    let app = Studyhall::start(on).await;
    let more = json!({ "showProfile": true, "todo": { "title": "Read", "dueAt": "2030-01-31T09:00:00+01:00" } });
    let user = app.sign_up("ada", more).await.expect(201);
    assert_eq!(user.str("username"), "ada");
    assert_eq!(user.body["showProfile"], true);
    assert_eq!(user.body["totalPoints"], 0);
    assert_eq!(user.body["todo"]["dueAt"], "2030-01-31T08:00:00Z");
    assert_eq!(user.body["todo"]["userId"], user.body["id"]);
    assert_eq!(user.version(), "1");
    assert_eq!(
        user.header("location"),
        format!("/api/v1/users/{}", user.str("id"))
    );
    assert!(user.body.get("password").is_none() && user.body.get("passwordHash").is_none());
    assert_eq!(app.events().await, 2);

    let session = app.log_in("ada", "correct horse battery").await.expect(200);
    let todos = app.call("GET", "/api/todos").by(session.str("token"));
    let todos = todos.header("sync-token", user.header("sync-token"));
    let todos = todos.header("prefer", "wait=10").send().await.expect(200);
    assert_eq!(todos.header("x-read-source"), "replica");
    assert_eq!(todos.of_items("title"), ["Read"]);
    app.verify().await;
}

async fn signing_up_makes_neither_when_the_name_is_taken(on: Combination) {
    let app = Studyhall::start(on).await;
    app.sign_up("ada", json!({})).await.expect(201);
    let events = app.events().await;
    let todo = json!({ "todo": { "title": "Read" } });
    let mut other = json!({ "email": "other@example.com" });
    other["todo"] = todo["todo"].clone();
    let taken = app.sign_up("ADA", other).await;
    taken.problem(409, "username-taken");
    let mut other = json!({ "email": "Ada@Example.com" });
    other["todo"] = todo["todo"].clone();
    app.sign_up("bob", other).await.problem(409, "email-taken");
    assert_eq!(app.events().await, events);
    let sql = "select (select count(*) from users) as users, (select count(*) from todos) as todos";
    let rows = twinbase::prelude::Writes::query(&app.twin, sql, &[])
        .await
        .expect("it runs");
    assert_eq!(
        (rows[0].get("users"), rows[0].get("todos")),
        (Ok(1_i64), Ok(0_i64))
    );
}

async fn of_concurrent_sign_ups_with_one_name_one_wins(on: Combination) {
    let app = Studyhall::start(on).await;
    let app = &app;
    let answers = join_all((0..8).map(async |i| {
        let name = if i % 2 == 0 { "ada" } else { "ADA" };
        let more = json!({ "email": format!("{i}@example.com"), "todo": { "title": "Read" } });
        // Who waits too long for a password to be hashed is asked to come again.
        wait::until("an answer", SOON, async || {
            let answer = app.sign_up(name, more.clone()).await;
            if answer.status == 503 {
                Err(answer.text)
            } else {
                Ok(answer)
            }
        })
        .await
    }));
    let mut made = 0;
    for answer in answers.await {
        match answer.status {
            201 => made += 1,
            _ => {
                answer.problem(409, "username-taken");
            }
        }
    }
    assert_eq!(made, 1);
    assert_eq!(app.events().await, 2);
    app.verify().await;
}

async fn a_profile_is_for_its_owner_alone(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let own = app
        .call("GET", &format!("/api/users/{}", ada.id))
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    assert_eq!(own.str("email"), "ada@example.com");
    assert_eq!(own.header("x-read-source"), "primary");
    assert_eq!(own.header("x-data-lag-ms"), "0");
    for id in [bob.id.as_str(), "nobody"] {
        for path in [format!("/api/users/{id}"), format!("/api/v1/users/{id}")] {
            let other = app
                .call("GET", &path)
                .by(&ada.token)
                .send()
                .await
                .problem(403, "forbidden");
            assert!(!other.text.contains("bob@example.com"));
            let change = app
                .call("PATCH", &path)
                .by(&ada.token)
                .json(&json!({ "avatar": "https://example.com/x.png" }));
            change.send().await.problem(403, "forbidden");
        }
    }
    // Another user's todo looks like none at all.
    let todo = app.todo(&bob, "Bob's").await;
    let path = format!("/api/todos/{}", todo.str("id"));
    for method in ["GET", "PATCH", "DELETE"] {
        let call = app.call(method, &path).by(&ada.token);
        let call = if method == "PATCH" {
            call.json(&json!({ "title": "x" }))
        } else {
            call
        };
        call.send().await.problem(404, "not-found");
    }
    let complete = app.call("POST", &format!("{path}/complete")).by(&ada.token);
    complete.send().await.problem(404, "not-found");
    let read = app
        .call("GET", &path)
        .by(&bob.token)
        .send()
        .await
        .expect(200);
    assert_eq!(read.str("title"), "Bob's");
    assert_eq!(read.body["completed"], false);
}

async fn a_profile_changes_where_it_is_told_to_and_nowhere_else(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    app.member("bob").await;
    let patch = |body: Value| {
        app.call("PATCH", "/api/users/me")
            .by(&ada.token)
            .json(&body)
            .send()
    };
    let before = app
        .call("GET", "/api/users/me")
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    let changed = patch(json!({ "showProfile": true, "avatar": "https://example.com/a.png" }));
    let changed = changed.await.expect(200);
    assert_eq!(changed.str("avatar"), "https://example.com/a.png");
    assert_eq!(changed.body["showProfile"], true);
    assert_eq!(changed.str("email"), before.str("email"));
    assert_eq!(changed.str("createdAt"), before.str("createdAt"));
    assert_eq!(changed.version(), "2");

    let events = app.events().await;
    let same = patch(json!({ "showProfile": true })).await.expect(200);
    assert_eq!(same.header("etag"), changed.header("etag"));
    assert_eq!(app.events().await, events);

    assert_eq!(
        patch(json!({ "avatar": null })).await.expect(200).body["avatar"],
        Value::Null
    );
    patch(json!({ "username": "Bob" }))
        .await
        .problem(409, "username-taken");
    patch(json!({ "totalPoints": 1000 }))
        .await
        .problem(422, "invalid-fields");
    patch(json!({ "passwordHash": "x" }))
        .await
        .problem(422, "invalid-fields");
    patch(json!({ "username": "ADA" })).await.expect(200);
    app.log_in("ada", "correct horse battery").await.expect(200);
    assert_eq!(app.points(&ada).await, 0);
    app.verify().await;
}

#[tokio::test]
async fn a_form_of_a_page_signs_up_as_json_does() {
    let app = Studyhall::start_without_worker(Combination::SqliteEmbedded).await;
    let call = app.call("POST", "/api/v1/users");
    let form = "username=ada&email=ada%40example.com&password=correct+horse+battery\
                &showProfile=false&showProfile=on&todo.title=Read&todo.dueAt=";
    let made = call.raw("application/x-www-form-urlencoded", form);
    let made = made.send().await.expect(201);
    assert_eq!(made.body["showProfile"], true);
    assert_eq!(made.body["todo"]["title"], "Read");
    app.log_in("ada", PASSWORD).await.expect(200);
}
