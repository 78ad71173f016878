//! Invariant 7: no secret in an event, a document, the log, or an answer.

use serde_json::json;
use studyhall::domain::{Todo, User};
use twinbase::prelude::*;

use crate::support::{Combination, Studyhall, everything_logged, on_every_combination};

on_every_combination! {
    a_secret_stays_in_the_primary,
}

/// What must not be seen, and all answers of the session that made it, but the one that gave the token.
struct Session {
    secrets: Vec<String>,
    answers: String,
}

async fn a_secret_stays_in_the_primary(on: Combination) {
    let app = Studyhall::start(on).await;
    let password = format!("secret-{on:?}-7f3a9");
    let mut session = live_through(&app, &password).await;
    app.verify().await;
    let hash = text_of(&app, "select password_hash as secret from users").await;
    assert!(hash.starts_with("$argon2id$"));
    session.secrets.push(hash);
    let token_hash = text_of(&app, "select token_hash as secret from auth_sessions").await;
    session.secrets.push(token_hash);

    let log = everything_logged();
    assert!(log.contains("answered"), "the log is being kept");
    let places = [
        ("the outbox", rows(&app, "select * from \"Outbox\"").await),
        (
            "the idempotency keys",
            rows(&app, "select * from idempotency_keys").await,
        ),
        ("a user's document", documents::<User>(&app).await),
        ("a todo's document", documents::<Todo>(&app).await),
        ("the log", log),
        ("an answer", session.answers),
        ("a Debug text", format!("{:?} {:?}", app.state, app.twin)),
    ];
    for (place, text) in places {
        for secret in &session.secrets {
            assert!(!text.contains(secret), "{place} has a secret");
        }
    }
}

async fn live_through(app: &Studyhall, password: &str) -> Session {
    let body = json!({ "username": "ada", "email": "ada@example.com", "password": password });
    let sign_up = || {
        let call = app
            .call("POST", "/api/users")
            .header("idempotency-key", "a-key-nobody-guesses");
        call.json(&body).send()
    };
    let mut answers = vec![sign_up().await.expect(201), sign_up().await.expect(201)];
    answers.push(app.log_in("ada", &format!("{password}x")).await.expect(401));
    let session = app.log_in("ada", password).await.expect(200);
    let token = session.str("token").to_owned();
    let send =
        |method: &str, path: &str, body| app.call(method, path).by(&token).json(&body).send();
    answers.push(
        send("PATCH", "/api/users/me", json!({ "password": password }))
            .await
            .expect(422),
    );
    answers.push(
        send("PATCH", "/api/users/me", json!({ "showProfile": true }))
            .await
            .expect(200),
    );
    answers.push(
        send("POST", "/api/todos", json!({ "title": "x" }))
            .await
            .expect(201),
    );
    let almost = app.call("GET", "/api/users/me").by(&format!("{token}A"));
    answers.push(almost.send().await.expect(401));
    Session {
        secrets: vec![password.to_owned(), token],
        answers: answers.into_iter().map(|answer| answer.text).collect(),
    }
}

async fn text_of(app: &Studyhall, sql: &str) -> String {
    let rows = app.twin.query(sql, &[]).await.expect("it runs");
    rows[0].get("secret").expect("it is text")
}

async fn rows(app: &Studyhall, sql: &str) -> String {
    let rows = app.twin.query(sql, &[]).await.expect("it runs");
    assert!(!rows.is_empty(), "{sql}");
    format!("{rows:?}")
}

async fn documents<A: Aggregate>(app: &Studyhall) -> String {
    let documents = app.twin.collection::<A>().find(doc! {}).documents().await;
    let documents = documents.expect("the replica answers").value;
    assert!(!documents.is_empty());
    format!("{documents:?}")
}
