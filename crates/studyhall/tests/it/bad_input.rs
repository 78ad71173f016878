//! Everything that clients can get wrong: answered with one clear problem, and nothing is written.

use serde_json::{Value, json};

use crate::support::{Combination, Studyhall, on_two_combinations};

on_two_combinations! {
    bodies_that_are_not_json_are_told_so,
    oversized_bodies_are_refused,
    fields_that_do_not_fit_are_all_named,
    ids_that_are_none_are_not_found,
    parameters_that_do_not_fit_are_named,
    paths_and_methods_that_do_not_exist_are_problems,
    a_header_that_may_be_there_once_is_refused_when_it_is_there_twice,
    a_packed_body_is_refused_as_such,
}

async fn a_header_that_may_be_there_once_is_refused_when_it_is_there_twice(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let events = app.events().await;
    let add = || {
        let call = app.call("POST", "/api/todos").by(&ada.token);
        call.json(&json!({ "title": "x" }))
    };
    let keys = add()
        .header("idempotency-key", "k1")
        .header("idempotency-key", "k2");
    keys.send().await.problem(400, "invalid-header");
    let other = add().header("authorization", "Bearer x");
    other.send().await.problem(401, "unauthenticated");
    assert_eq!(app.events().await, events);
}

async fn a_packed_body_is_refused_as_such(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let send = |encoding: &str| {
        let call = app.call("POST", "/api/todos").by(&ada.token);
        let call = call.header("content-encoding", encoding);
        call.json(&json!({ "title": "x" })).send()
    };
    send("gzip").await.problem(415, "unsupported-media-type");
    send("identity").await.expect(201);
}

async fn bodies_that_are_not_json_are_told_so(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let events = app.events().await;
    let send = |kind: &str, body: Vec<u8>| {
        app.call("POST", "/api/todos")
            .by(&ada.token)
            .raw(kind, body)
            .send()
    };
    let deep = "[".repeat(100_000).into_bytes();
    for body in [
        b"{".to_vec(),
        Vec::new(),
        b"nonsense".to_vec(),
        b"{\"title\": \"\xff\"}".to_vec(),
        deep,
    ] {
        send("application/json", body)
            .await
            .problem(400, "malformed-json");
    }
    for kind in ["text/plain", "multipart/form-data"] {
        let refused = send(kind, b"{\"title\": \"x\"}".to_vec()).await;
        refused.problem(415, "unsupported-media-type");
    }
    app.call("POST", "/api/todos")
        .by(&ada.token)
        .send()
        .await
        .problem(415, "unsupported-media-type");
    let merge = app
        .call("PATCH", "/api/users/me")
        .by(&ada.token)
        .raw("application/merge-patch+json", "{}");
    merge.send().await.expect(200);
    assert_eq!(app.events().await, events);
}

async fn oversized_bodies_are_refused(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let body = |bytes: usize| format!("{{\"title\": \"x\"{}}}", " ".repeat(bytes)).into_bytes();
    let send = |bytes| {
        app.call("POST", "/api/todos")
            .by(&ada.token)
            .raw("application/json", body(bytes))
            .send()
    };
    send(256 * 1024).await.problem(413, "payload-too-large");
    send(3 << 20).await.problem(413, "payload-too-large");
    send(200 * 1024).await.expect(201);
}

async fn fields_that_do_not_fit_are_all_named(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let events = app.events().await;
    let todo = app.call("POST", "/api/todos").by(&ada.token);
    let todo = todo.json(&json!({
        "title": "\0", "description": 7, "dueAt": "2030-02-30T00:00:00Z", "completed": "yes", "userId": "x"
    }));
    let refused = todo.send().await.problem(422, "invalid-fields");
    let errors = refused.body["errors"].as_array().expect("there are some");
    let pointers: Vec<_> = errors
        .iter()
        .map(|error| error["pointer"].as_str().unwrap_or(""))
        .collect();
    assert_eq!(
        pointers,
        ["/title", "/description", "/completed", "/dueAt", "/userId"]
    );
    assert!(errors.iter().all(|error| error["detail"].is_string()));

    for (field, bad) in [
        ("username", json!("")),
        ("username", json!("a b")),
        ("username", json!("a\0b")),
        ("username", json!("x".repeat(65))),
        ("username", json!({ "$ne": null })),
        ("email", json!("nobody")),
        ("email", json!("a@b@c")),
        ("email", json!("a\0@example.com")),
        ("password", json!("short")),
        ("password", json!(12_345_678)),
        ("password", Value::Null),
        ("showProfile", json!(1)),
        ("showProfile", Value::Null),
        ("todo", json!([])),
        ("totalPoints", json!(1_000)),
        ("id", json!("chosen")),
    ] {
        let refused = app
            .sign_up("bob", json!({ field: bad }))
            .await
            .problem(422, "invalid-fields");
        assert_eq!(
            refused.body["errors"][0]["pointer"],
            format!("/{field}"),
            "{bad}"
        );
    }
    let refused = app
        .sign_up("bob", json!({ "todo": { "title": "x".repeat(201) } }))
        .await;
    let refused = refused.problem(422, "invalid-fields");
    assert_eq!(refused.body["errors"][0]["pointer"], "/todo/title");
    for body in [json!([]), json!("x"), Value::Null, json!({})] {
        let call = app.call("POST", "/api/v1/users").json(&body);
        call.send().await.problem(422, "invalid-fields");
    }
    let login = app
        .call("POST", "/api/login")
        .json(&json!({ "username": { "$gt": "" }, "password": { "$gt": "" } }));
    login.send().await.problem(422, "invalid-fields");
    let many: Value = (0..500)
        .map(|i| (format!("unknown{i}"), json!(i)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let many = app
        .sign_up("bob", many)
        .await
        .problem(422, "invalid-fields");
    assert_eq!(many.body["errors"].as_array().map(Vec::len), Some(20));
    assert_eq!(app.events().await, events);
}

async fn ids_that_are_none_are_not_found(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let long = "x".repeat(300);
    for id in [
        "nothing",
        "%00",
        "a%00b",
        "%FF",
        "%0a",
        "..%2f..",
        "'%20or%201=1--",
        "%24ne",
        &long,
    ] {
        for path in [format!("/api/todos/{id}"), format!("/api/v1/todos/{id}")] {
            app.call("GET", &path)
                .by(&ada.token)
                .send()
                .await
                .problem(404, "not-found");
            app.call("DELETE", &path)
                .by(&ada.token)
                .send()
                .await
                .problem(404, "not-found");
            let patch = app
                .call("PATCH", &path)
                .by(&ada.token)
                .json(&json!({ "title": "x" }));
            patch.send().await.problem(404, "not-found");
            let complete = app.call("POST", &format!("{path}/complete")).by(&ada.token);
            complete.send().await.problem(404, "not-found");
        }
    }
}

async fn parameters_that_do_not_fit_are_named(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let long = format!("search={}", "x".repeat(101));
    for query in [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=ten",
        "limit=",
        "limit=1&limit=2",
        "cursor=x",
        "cursor=",
        "cursor=%00",
        "completed=1",
        "completed[$ne]=true",
        "search=",
        "search=%00",
        "filter=%7B%22%24where%22%3A%221%22%7D",
        "unknown=1",
        "offset=5",
        &long,
    ] {
        for base in ["/api/todos", "/api/v1/todos"] {
            let call = app.call("GET", &format!("{base}?{query}")).by(&ada.token);
            let refused = call.send().await.problem(400, "invalid-parameter");
            let name = query.split('=').next().unwrap_or_default();
            assert_eq!(refused.body["errors"][0]["parameter"], name);
        }
    }
    let huge = app
        .call("GET", &format!("/api/todos?search={}", "x".repeat(5_000)))
        .by(&ada.token);
    huge.send().await.problem(400, "invalid-parameter");
    app.call("GET", "/api/leaderboard?limit=0")
        .send()
        .await
        .problem(400, "invalid-parameter");
    app.call("GET", "/api/statistics?user=x")
        .by(&ada.token)
        .send()
        .await
        .problem(400, "invalid-parameter");
}

async fn paths_and_methods_that_do_not_exist_are_problems(on: Combination) {
    let app = Studyhall::start(on).await;
    for path in [
        "/nothing",
        "/api/v1",
        "/api/v1/nothing",
        "/api/v1/todos/a/b/c",
        "/api/todos/",
        // Bare paths are pages, and these are none.
        "/users",
        "/todos/a/b/c",
    ] {
        app.call("GET", path).send().await.problem(404, "not-found");
    }
    let put = app
        .call("PUT", "/api/v1/todos")
        .send()
        .await
        .problem(405, "method-not-allowed");
    assert!(put.header("allow").contains("POST") && put.header("allow").contains("GET"));
    app.call("DELETE", "/health")
        .send()
        .await
        .problem(405, "method-not-allowed");
    app.call("GET", "/api/login")
        .send()
        .await
        .problem(405, "method-not-allowed");
}
