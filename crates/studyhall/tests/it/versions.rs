//! Entity tags and what is conditional on them.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Combination, Member, Studyhall, on_every_combination};

on_every_combination! {
    a_change_of_an_older_version_is_refused,
    of_concurrent_changes_of_one_version_one_wins,
    a_version_that_the_client_has_is_not_sent_again,
    a_tag_of_one_viewer_is_none_of_another,
}

async fn a_change_of_an_older_version_is_refused(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let todo = app.todo(&ada, "one").await;
    assert_eq!(todo.header("etag"), "\"1\"");
    let path = format!("/api/todos/{}", todo.str("id"));
    let change = |tag: &str, title: &str| {
        let call = app
            .call("PATCH", &path)
            .by(&ada.token)
            .header("if-match", tag);
        call.json(&json!({ "title": title })).send()
    };
    let two = change("\"1\"", "two").await.expect(200);
    assert_eq!(two.header("etag"), "\"2\"");
    for stale in ["\"1\"", "W/\"2\"", "\"3\"", "\"other\"", "\"1\", \"7\""] {
        change(stale, "lost")
            .await
            .problem(412, "precondition-failed");
    }
    for bad in ["2", "\"2", ""] {
        change(bad, "lost").await.problem(400, "invalid-header");
    }
    change("\"1\", \"2\"", "three").await.expect(200);
    change("*", "four").await.expect(200);
    let complete = app.call("POST", &format!("{path}/complete")).by(&ada.token);
    complete
        .header("if-match", "\"1\"")
        .send()
        .await
        .problem(412, "precondition-failed");
    assert_eq!(app.points(&ada).await, 0);
    let delete = |tag: &str| {
        app.call("DELETE", &path)
            .by(&ada.token)
            .header("if-match", tag)
            .send()
    };
    delete("\"3\"").await.problem(412, "precondition-failed");
    delete("\"4\"").await.expect(200);

    let me = app
        .call("PATCH", "/api/users/me")
        .by(&ada.token)
        .header("if-match", "\"9\"");
    let me = me.json(&json!({ "showProfile": true })).send().await;
    me.problem(412, "precondition-failed");
    app.verify().await;
}

async fn of_concurrent_changes_of_one_version_one_wins(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let todo = app.todo(&ada, "one").await;
    let path = format!("/api/todos/{}", todo.str("id"));
    let answers = join_all((0..16).map(|i| {
        let call = app
            .call("PATCH", &path)
            .by(&ada.token)
            .header("if-match", "\"1\"");
        call.json(&json!({ "title": format!("by {i}"), "completed": true }))
            .send()
    }));
    let answers = answers.await;
    let won: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .collect();
    assert_eq!(won.len(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.clone().problem(412, "precondition-failed");
    }
    let read = app
        .call("GET", &path)
        .by(&ada.token)
        .header("sync-token", won[0].header("sync-token"));
    assert_eq!(
        read.send().await.expect(200).str("title"),
        won[0].str("title")
    );
    assert_eq!(app.points(&ada).await, 1);
    app.verify().await;
}

async fn a_version_that_the_client_has_is_not_sent_again(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    let todo = app.todo(&ada, "one").await;
    for path in [
        format!("/api/v1/todos/{}", todo.str("id")),
        "/api/users/me".to_owned(),
    ] {
        let get = |tag: &str| {
            app.call("GET", &path)
                .by(&ada.token)
                .header("if-none-match", tag)
                .send()
        };
        let other = get("\"2\"").await.expect(200);
        assert_eq!(other.header("cache-control"), "private, no-store");
        let tag = other.header("etag");
        assert_eq!(other.version(), "1");
        for same in [tag, &format!("W/{tag}"), &format!("\"5\", {tag}"), "*"] {
            let same = get(same).await.expect(304);
            assert_eq!(same.header("etag"), tag);
            assert!(same.text.is_empty());
        }
    }
}

async fn a_tag_of_one_viewer_is_none_of_another(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let call = |method, by: &Member| app.call(method, "/api/v1/users/me").by(&by.token);
    let of_ada = call("GET", &ada).send().await.expect(200);
    let of_bob = call("GET", &bob).send().await.expect(200);
    assert_eq!(of_ada.version(), of_bob.version());
    let tag = of_ada.header("etag");
    // A client that signed in as another keeps what it read before.
    let read = call("GET", &bob).header("if-none-match", tag).send().await;
    assert_eq!(read.expect(200).str("username"), "bob");
    let change = |by| {
        let call = call("PATCH", by).header("if-match", tag);
        call.json(&json!({ "showProfile": true })).send()
    };
    change(&bob).await.problem(412, "precondition-failed");
    let changed = change(&ada).await.expect(200);
    assert_eq!(changed.version(), "2");
    let now = call("GET", &ada)
        .header("if-none-match", changed.header("etag"))
        .send();
    now.await.expect(304);
}
