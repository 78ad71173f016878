//! Reading what was just written.

use std::time::Duration;

use serde_json::{Value, json};
use twinbase_testkit::wait;

use crate::support::{Answer, Combination, Member, Studyhall, on_every_combination};

/// How long anything may take on a loaded machine.
const SOON: Duration = Duration::from_mins(3);

on_every_combination! {
    a_write_is_read_from_the_replica_at_once_with_its_token,
    with_the_worker_paused_the_primary_answers,
    a_strict_read_says_that_the_replica_has_not_caught_up,
    both_sides_answer_the_same,
    without_a_token_the_replica_shows_the_write_soon,
    a_token_that_is_none_is_refused,
}

async fn get(app: &Studyhall, member: &Member, path: &str, token: &str) -> Answer {
    let call = app.call("GET", path).by(&member.token);
    let call = call.header("prefer", "wait=10");
    if token.is_empty() {
        return call.send().await;
    }
    call.header("sync-token", token).send().await
}

async fn a_write_is_read_from_the_replica_at_once_with_its_token(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let mut newest = String::new();
    for i in 0..10 {
        let title = format!("todo {i}");
        let todo = app.todo(&ada, &title).await;
        let path = format!("/api/v1/todos/{}", todo.str("id"));
        let list = get(&app, &ada, "/api/todos", todo.header("sync-token"))
            .await
            .expect(200);
        assert_eq!(list.header("x-read-source"), "replica");
        assert_eq!(list.of_items("title").first(), Some(&title.as_str()));
        let one = get(&app, &ada, &path, todo.header("sync-token"))
            .await
            .expect(200);
        assert_eq!(one.header("x-read-source"), "replica");
        assert_eq!(one.header("etag"), todo.header("etag"));
        assert_eq!(one.body, todo.body);
        let done = app
            .call("POST", &format!("{path}/complete"))
            .by(&ada.token)
            .send()
            .await;
        newest = String::from(done.expect(200).header("sync-token"));
    }
    // The token of a completion names the user too: the points are there with the todo.
    app.call("PATCH", "/api/users/me")
        .by(&ada.token)
        .json(&json!({ "showProfile": true }))
        .send()
        .await
        .expect(200);
    let shown = app
        .call("PATCH", "/api/users/me")
        .by(&ada.token)
        .json(&json!({ "avatar": "https://example.com/a.png" }))
        .send()
        .await;
    let tokens = format!("{newest}, {}", shown.header("sync-token"));
    let board = get(
        &app,
        &ada,
        "/api/v1/leaderboard?consistency=strict",
        &tokens,
    )
    .await
    .expect(200);
    assert_eq!(board.header("x-read-source"), "replica");
    let entry = json!({ "rank": 1, "id": ada.id, "username": ada.name, "totalPoints": 10, "avatar": "https://example.com/a.png" });
    assert_eq!(board.items().len(), 1);
    for (name, value) in entry.as_object().expect("an object") {
        assert_eq!(&board.items()[0][name], value, "{name}");
    }
}

async fn with_the_worker_paused_the_primary_answers(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let todo = app.todo(&ada, "new").await;
    let path = format!("/api/todos/{}", todo.str("id"));
    let token = todo.header("sync-token");
    let paths = ["/api/todos", &path, "/api/leaderboard", "/api/statistics"];
    for path in paths {
        let call = app
            .call("GET", path)
            .by(&ada.token)
            .header("sync-token", token);
        let answer = call.send().await.expect(200);
        assert_eq!(answer.header("x-read-source"), "primary", "{path}");
        assert_eq!(answer.header("x-data-lag-ms"), "0");
    }
    // Without a token the replica answers, and says how old that may be.
    let stale = wait::until("the lag is known", SOON, async || {
        let stale = app.call("GET", "/api/todos").by(&ada.token).send().await;
        let stale = stale.expect(200);
        match stale.header("x-data-lag-ms").parse::<u64>() {
            Ok(1..) => Ok(stale),
            _ => Err(format!("{:?}", stale.headers)),
        }
    })
    .await;
    assert_eq!(stale.header("x-read-source"), "replica");
    assert!(stale.items().is_empty());
    // That a todo is not there is said by the primary alone.
    let one = app
        .call("GET", &path)
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    assert_eq!(one.header("x-read-source"), "primary");
    app.catch_up().await;
    let call = app
        .call("GET", "/api/todos")
        .by(&ada.token)
        .header("sync-token", token)
        .header("prefer", "wait=10");
    assert_eq!(
        call.send().await.expect(200).header("x-read-source"),
        "replica"
    );
}

async fn a_strict_read_says_that_the_replica_has_not_caught_up(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let todo = app.todo(&ada, "new").await;
    let waiting = |path: &str, wait: &str| {
        let call = app.call("GET", path).by(&ada.token);
        let call = call.header("sync-token", todo.header("sync-token"));
        call.header("prefer", wait).send()
    };
    let strict = |path: &str| waiting(path, "wait=0");
    for path in [
        "/api/todos",
        "/api/leaderboard",
        "/api/statistics",
        &format!("/api/todos/{}", todo.str("id")),
    ] {
        let refused = strict(&format!("{path}?consistency=strict")).await;
        refused.problem(503, "not-caught-up");
    }
    // Without a token too: the replica has no such todo, and the primary may not show it.
    let path = format!("/api/todos/{}?consistency=strict", todo.str("id"));
    let one = app.call("GET", &path).by(&ada.token).send().await;
    one.problem(503, "not-caught-up");
    // A search has no form for the primary.
    strict("/api/todos?search=new")
        .await
        .problem(503, "not-caught-up");
    app.catch_up().await;
    // It is there; a machine under load may take a while to say so.
    let there = |path: &str| waiting(path, "wait=10");
    there("/api/todos?consistency=strict").await.expect(200);
    assert_eq!(
        there("/api/todos?search=NEW")
            .await
            .expect(200)
            .items()
            .len(),
        1
    );
}

async fn both_sides_answer_the_same(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let mut members = Vec::new();
    for (i, name) in ["ada", "bob", "cyd", "dia"].into_iter().enumerate() {
        let member = app.member(name).await;
        let show = app.call("PATCH", "/api/users/me").by(&member.token);
        show.json(&json!({ "showProfile": name != "bob" }))
            .send()
            .await
            .expect(200);
        let todos: Vec<_> = (0..=i)
            .map(|n| json!({ "title": format!("{n}"), "completed": n > 0 }))
            .collect();
        let bulk = app.call("POST", "/api/todos/bulk").by(&member.token);
        bulk.json(&json!({ "todos": todos }))
            .send()
            .await
            .expect(201);
        members.push(member);
    }
    let di = members.pop().expect("there are four");
    let paths = [
        "/api/leaderboard",
        "/api/statistics",
        "/api/todos",
        "/api/todos?completed=true&limit=2",
    ];
    let mut from_primary = Vec::new();
    let new = app.todo(&di, "last").await;
    for path in paths {
        let call = app
            .call("GET", path)
            .by(&di.token)
            .header("sync-token", new.header("sync-token"));
        let answer = call.send().await.expect(200);
        assert_eq!(answer.header("x-read-source"), "primary");
        from_primary.push(answer.body);
    }
    app.catch_up().await;
    for (path, expected) in paths.into_iter().zip(from_primary) {
        let answer = app.call("GET", path).by(&di.token).send().await.expect(200);
        assert_eq!(answer.header("x-read-source"), "replica");
        assert_eq!(answer.body, expected, "{path}");
    }
    let board = app.call("GET", "/api/leaderboard").send().await.expect(200);
    assert_eq!(board.of_items("username"), ["dia", "cyd"]);
    assert!(
        board
            .items()
            .iter()
            .all(|entry| entry.get("email").is_none())
    );
    assert!(!board.text.contains("example.com"));
}

async fn without_a_token_the_replica_shows_the_write_soon(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    app.todo(&ada, "new").await;
    wait::until(
        "the todo in the replica",
        Duration::from_secs(20),
        async || {
            let list = app
                .call("GET", "/api/todos")
                .by(&ada.token)
                .send()
                .await
                .expect(200);
            assert_eq!(list.header("x-read-source"), "replica");
            if list.of_items("title") == ["new"] {
                Ok(())
            } else {
                Err(list.text)
            }
        },
    )
    .await;
}

async fn a_token_that_is_none_is_refused(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    for token in ["x", "!!", &"A".repeat(20_000), "AQ, x"] {
        let call = app
            .call("GET", "/api/todos")
            .by(&ada.token)
            .header("sync-token", token);
        call.send().await.problem(400, "invalid-header");
    }
    let bad = get(&app, &ada, "/api/todos?consistency=exact", "").await;
    let bad = bad.problem(400, "invalid-parameter");
    assert_eq!(
        bad.body["errors"][0]["parameter"],
        Value::from("consistency")
    );
}
