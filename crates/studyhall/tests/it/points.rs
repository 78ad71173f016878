//! Points: exactly one for every completion.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, Combination, Member, Studyhall, on_two_combinations};

on_two_combinations! {
    sixteen_concurrent_completions_earn_one_point,
    undoing_takes_the_point_back_and_repeating_writes_nothing,
    completions_and_undoings_at_once_keep_points_and_todos_in_step,
    a_deleted_todo_leaves_its_point,
    many_todos_are_made_together_or_not_at_all,
}

async fn patch(app: &Studyhall, member: &Member, id: &str, body: Value) -> Answer {
    let call = app
        .call("PATCH", &format!("/api/todos/{id}"))
        .by(&member.token);
    call.json(&body).send().await
}

async fn complete(app: &Studyhall, member: &Member, id: &str) -> Answer {
    let path = format!("/api/v1/todos/{id}/complete");
    app.call("POST", &path).by(&member.token).send().await
}

async fn sixteen_concurrent_completions_earn_one_point(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let todo = app.todo(&ada, "Read").await;
    let id = todo.str("id");
    let answers = join_all((0..16).map(async |i| match i % 2 {
        0 => complete(&app, &ada, id).await,
        _ => patch(&app, &ada, id, json!({ "completed": true })).await,
    }));
    for answer in answers.await {
        let answer = answer.expect(200);
        assert_eq!(answer.body["completed"], true);
        assert_eq!(answer.header("etag"), "\"2\"");
    }
    assert_eq!(app.points(&ada).await, 1);
    // The user, the todo, the completion and the point.
    assert_eq!(app.events().await, 4);
    app.verify().await;
}

async fn undoing_takes_the_point_back_and_repeating_writes_nothing(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let todo = app.todo(&ada, "Read").await;
    let id = todo.str("id");
    let done = complete(&app, &ada, id).await.expect(200);
    assert_eq!(done.body["pointsAwarded"], 1);
    assert!(done.body["completedAt"].is_string());
    assert_eq!(app.points(&ada).await, 1);

    let events = app.events().await;
    let again = complete(&app, &ada, id).await.expect(200);
    assert_eq!(again.body["pointsAwarded"], 0);
    assert_eq!(again.str("completedAt"), done.str("completedAt"));
    assert_eq!(app.events().await, events);

    let undone = patch(&app, &ada, id, json!({ "completed": false }))
        .await
        .expect(200);
    assert_eq!(undone.body["completedAt"], Value::Null);
    assert_eq!(app.points(&ada).await, 0);
    patch(&app, &ada, id, json!({ "completed": false }))
        .await
        .expect(200);
    assert_eq!(app.points(&ada).await, 0);
    let both = json!({ "completed": true, "title": "Read it all" });
    let both = patch(&app, &ada, id, both).await.expect(200);
    assert_eq!(both.str("title"), "Read it all");
    assert_eq!(app.points(&ada).await, 1);
    app.verify().await;
}

async fn completions_and_undoings_at_once_keep_points_and_todos_in_step(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let mut ids = Vec::new();
    for title in ["a", "b", "c"] {
        ids.push(app.todo(&ada, title).await.str("id").to_owned());
    }
    let (app, ada, ids) = (&app, &ada, &ids);
    let changes = join_all((0..24).map(async |i| {
        let body = json!({ "completed": i % 3 != 0 });
        patch(app, ada, &ids[i % ids.len()], body).await
    }));
    for answer in changes.await {
        answer.expect(200);
    }
    app.catch_up().await;
    let todos = app
        .call("GET", "/api/todos")
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    let done = todos
        .items()
        .iter()
        .filter(|todo| todo["completed"] == true)
        .count();
    assert_eq!(
        app.points(ada).await,
        i64::try_from(done).expect("it is small")
    );
    app.verify().await;
}

async fn a_deleted_todo_leaves_its_point(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let todo = app.todo(&ada, "Read").await;
    let path = format!("/api/todos/{}", todo.str("id"));
    complete(&app, &ada, todo.str("id")).await.expect(200);
    let deleted = app
        .call("DELETE", &path)
        .by(&ada.token)
        .send()
        .await
        .expect(200);
    assert_eq!(deleted.body, json!({ "success": true }));
    assert_eq!(app.points(&ada).await, 1);
    let token = deleted.header("sync-token");
    for method in ["GET", "DELETE"] {
        let call = app.call(method, &path).by(&ada.token);
        let gone = call.header("sync-token", token).send().await;
        gone.problem(404, "not-found");
    }
    // The replica, once it has the deletion, shows the todo to nobody.
    let list = app
        .call("GET", "/api/todos?consistency=strict")
        .by(&ada.token);
    let list = list.header("sync-token", token);
    let list = list.header("prefer", "wait=10").send().await.expect(200);
    assert!(list.items().is_empty());
    app.verify().await;
}

async fn many_todos_are_made_together_or_not_at_all(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let bulk = |todos: Vec<Value>| {
        let call = app.call("POST", "/api/v1/todos/bulk").by(&ada.token);
        call.json(&json!({ "todos": todos })).send()
    };
    let titles: Vec<_> = (0..100).map(|i| format!("todo {i}")).collect();
    let todos = titles.iter().enumerate();
    let todos = todos.map(|(i, title)| json!({ "title": title, "completed": i < 7 }));
    let made = bulk(todos.collect()).await.expect(201);
    assert_eq!(made.of_items("title"), titles);
    assert_eq!(app.points(&ada).await, 7);
    assert_eq!(app.events().await, 1 + 100 + 1);

    let bad = bulk(vec![json!({ "title": "a" }), json!({ "title": "" })]).await;
    let bad = bad.problem(422, "invalid-fields");
    assert_eq!(bad.body["errors"][0]["pointer"], "/todos/1/title");
    bulk(vec![json!({ "title": "a" }); 101])
        .await
        .problem(422, "invalid-fields");
    bulk(vec![]).await.problem(422, "invalid-fields");
    assert_eq!(app.events().await, 102);

    let statistics = app
        .call("GET", "/api/statistics?consistency=strict")
        .by(&ada.token);
    let statistics = statistics.header("sync-token", made.header("sync-token"));
    let statistics = statistics
        .header("prefer", "wait=10")
        .send()
        .await
        .expect(200);
    assert_eq!(statistics.header("x-read-source"), "replica");
    assert_eq!(statistics.body["total"], 100);
    assert_eq!(statistics.body["completed"], 7);
    assert_eq!(statistics.body["open"], 93);
    assert_eq!(statistics.body["completionRate"], 0.07);
    app.verify().await;
}
