//! Pages of todos.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::{Answer, Combination, Member, Studyhall, on_every_combination};

on_every_combination! {
    pages_neither_skip_nor_repeat_while_todos_come_and_go,
    a_page_of_one_side_goes_on_at_the_other,
    a_list_is_narrowed_by_state_and_by_literal_text,
}

async fn make(app: &Studyhall, member: &Member, count: usize) -> Vec<String> {
    let todos: Vec<_> = (0..count)
        .map(|i| json!({ "title": format!("todo {i}") }))
        .collect();
    let call = app.call("POST", "/api/todos/bulk").by(&member.token);
    let made = call
        .json(&json!({ "todos": todos }))
        .send()
        .await
        .expect(201);
    made.of_items("id").into_iter().map(str::to_owned).collect()
}

async fn get(app: &Studyhall, member: &Member, path: &str) -> Answer {
    app.call("GET", path)
        .by(&member.token)
        .send()
        .await
        .expect(200)
}

/// The target of `Link: <..>; rel="next"`, empty when there is none.
fn next(page: &Answer) -> String {
    let link = page.header("link");
    let target = link
        .strip_prefix('<')
        .and_then(|link| link.strip_suffix(">; rel=\"next\""));
    assert_eq!(target.is_none(), page.body["nextCursor"].is_null());
    target.unwrap_or_default().to_owned()
}

async fn pages_neither_skip_nor_repeat_while_todos_come_and_go(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    // All of one call have one time: the id decides their order.
    let there = make(&app, &ada, 25).await;
    app.catch_up().await;
    let mut seen = Vec::new();
    let mut path = "/api/v1/todos?limit=4".to_owned();
    while !path.is_empty() {
        let page = get(&app, &ada, &path).await;
        assert_eq!(page.header("x-read-source"), "replica");
        assert!(page.items().len() <= 4);
        seen.extend(page.of_items("id").into_iter().map(str::to_owned));
        path = next(&page);
        make(&app, &ada, 2).await;
        let read = seen.last().expect("a page has items").clone();
        app.call("DELETE", &format!("/api/todos/{read}"))
            .by(&ada.token)
            .send()
            .await
            .expect(200);
        app.catch_up().await;
    }
    let distinct: HashSet<_> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "nothing comes twice");
    assert_eq!(
        distinct,
        there.iter().collect(),
        "what was there comes, what came later does not"
    );
}

async fn a_page_of_one_side_goes_on_at_the_other(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let mut there = make(&app, &ada, 9).await;
    there.extend(make(&app, &ada, 2).await);
    app.catch_up().await;
    let newer = app.todo(&ada, "not in the replica").await;
    let mut seen = Vec::new();
    let mut path = "/api/todos?limit=3".to_owned();
    let mut sources = Vec::new();
    while !path.is_empty() {
        let call = app.call("GET", &path).by(&ada.token);
        // With a token that is not met the primary answers.
        let page = match sources.len() % 2 {
            0 => call.send().await.expect(200),
            _ => call
                .header("sync-token", newer.header("sync-token"))
                .send()
                .await
                .expect(200),
        };
        sources.push(page.header("x-read-source").to_owned());
        seen.extend(page.of_items("id").into_iter().map(str::to_owned));
        path = next(&page);
    }
    assert_eq!(sources, ["replica", "primary", "replica", "primary"]);
    let mut sorted = there;
    sorted.sort();
    seen.sort();
    assert_eq!(seen, sorted);
}

async fn a_list_is_narrowed_by_state_and_by_literal_text(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let bob = app.member("bob").await;
    app.todo(&bob, "Learn (a+)+$ too").await;
    let titles = [
        "learn (a+)+$",
        "Learn Rust",
        "100% {\"$gt\": \"\"}",
        "a.c",
        "abc",
        "\\d",
    ];
    let todos: Vec<Value> = titles
        .iter()
        .map(|title| json!({ "title": title, "completed": *title == "abc" }))
        .collect();
    let made = app.call("POST", "/api/todos/bulk").by(&ada.token);
    let made = made
        .json(&json!({ "todos": todos }))
        .send()
        .await
        .expect(201);
    let token = made.header("sync-token");
    let find = async |query: &[(&str, &str)]| {
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| {
                let value: String =
                    url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
                format!("{name}={value}")
            })
            .collect();
        let call = app
            .call("GET", &format!("/api/todos?{}", query.join("&")))
            .by(&ada.token);
        let call = call.header("sync-token", token).header("prefer", "wait=10");
        let page = call.send().await.expect(200);
        let mut found: Vec<_> = page
            .of_items("title")
            .into_iter()
            .map(str::to_owned)
            .collect();
        found.sort();
        found
    };
    assert_eq!(find(&[("search", "(a+)+$")]).await, ["learn (a+)+$"]);
    assert_eq!(
        find(&[("search", "LEARN")]).await,
        ["Learn Rust", "learn (a+)+$"]
    );
    assert_eq!(
        find(&[("search", "{\"$gt\": \"\"}")]).await,
        ["100% {\"$gt\": \"\"}"]
    );
    assert_eq!(find(&[("search", "a.c")]).await, ["a.c"]);
    assert_eq!(find(&[("search", "\\d")]).await, ["\\d"]);
    assert!(find(&[("search", ".*")]).await.is_empty());
    assert!(find(&[("search", "^")]).await.is_empty());
    assert_eq!(find(&[("completed", "true")]).await, ["abc"]);
    assert_eq!(
        find(&[("completed", "false"), ("search", "a.c")]).await,
        ["a.c"]
    );
    assert_eq!(find(&[]).await.len(), titles.len());
}
