//! Who may write to whom, and in which order it is kept.

use futures_util::future::join_all;
use serde_json::json;

use super::{delete, get, pair, read, send, unread};
use crate::{
    friends::{act, ask},
    support::{Combination, Studyhall, on_two_combinations},
};

on_two_combinations! {
    friends_write_and_others_do_not,
    messages_at_once_get_one_order,
    nothing_arrives_after_a_block,
    texts_are_cleaned_and_bounded,
}

async fn friends_write_and_others_do_not(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = pair(&app).await;
    let eve = app.member("eve").await;
    for path in ["/api/messages", "/api/messages/bob", "/api/unread"] {
        let anonymous = app.call("GET", path).send().await;
        anonymous.problem(401, "unauthenticated");
    }
    for path in ["/api/messages/bob", "/api/messages/bob/read"] {
        let anonymous = app.call("POST", path).json(&json!({})).send().await;
        anonymous.problem(401, "unauthenticated");
    }
    let anonymous = app.call("DELETE", "/api/messages/bob").send().await;
    anonymous.problem(401, "unauthenticated");
    let hello = send(&app, &ada, &bob, "Hello").await.expect(201);
    assert_eq!(hello.body["position"], 1);
    assert_eq!(hello.str("senderId"), ada.id);
    assert_eq!(hello.str("recipientId"), bob.id);
    app.catch_up().await;
    for (one, other) in [(&ada, &bob), (&bob, &ada)] {
        let thread = get(&app, one, &format!("/api/messages/{}", other.name)).await;
        let thread = thread.expect(200);
        assert_eq!(thread.header("x-read-source"), "replica");
        assert_eq!(thread.of_items("text"), ["Hello"]);
        assert_eq!(thread.body["areFriends"], true);
        assert_eq!(thread.body["with"]["username"], other.name.as_str());
        let list = get(&app, one, "/api/messages").await.expect(200);
        assert_eq!(list.body["items"][0]["last"]["text"], "Hello");
        assert_eq!(
            list.body["items"][0]["with"]["username"],
            other.name.as_str()
        );
    }
    // A third person does not learn that there is anybody.
    get(&app, &eve, "/api/messages/bob")
        .await
        .problem(404, "not-found");
    send(&app, &eve, &bob, "Hi").await.problem(404, "not-found");
    read(&app, &eve, &bob, 1).await.problem(404, "not-found");
    delete(&app, &eve, &hello).await.problem(404, "not-found");
    assert!(
        get(&app, &eve, "/api/messages")
            .await
            .expect(200)
            .items()
            .is_empty()
    );
    // Who is no friend any more keeps what was written, and writes nothing.
    let ended = app.call("DELETE", "/api/friends/bob").by(&ada.token);
    ended.send().await.expect(200);
    for (one, other) in [(&ada, &bob), (&bob, &ada)] {
        let thread = get(&app, one, &format!("/api/messages/{}", other.name)).await;
        let thread = thread.expect(200);
        assert_eq!(thread.of_items("text"), ["Hello"]);
        assert_eq!(thread.body["areFriends"], false);
        send(&app, one, other, "Still there?")
            .await
            .problem(409, "not-friends");
    }
    // A request is no friendship yet.
    ask(&app, &ada, "bob").await.expect(200);
    send(&app, &ada, &bob, "Please")
        .await
        .problem(409, "not-friends");
    app.verify().await;
}

async fn messages_at_once_get_one_order(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = pair(&app).await;
    let sent = join_all((0..20).map(async |i| match i % 2 {
        0 => send(&app, &ada, &bob, "from ada").await,
        _ => send(&app, &bob, &ada, "from bob").await,
    }));
    let mut positions = Vec::new();
    for answer in sent.await {
        positions.push(
            answer.expect(201).body["position"]
                .as_i64()
                .expect("a number"),
        );
    }
    positions.sort_unstable();
    assert_eq!(positions, (1..=20).collect::<Vec<_>>());
    assert_eq!(
        (unread(&app, &ada).await, unread(&app, &bob).await),
        (10, 10)
    );
    app.verify().await;
}

async fn nothing_arrives_after_a_block(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = pair(&app).await;
    let (app, ada, bob) = (&app, &ada, &bob);
    let sent = join_all((0..12).map(async |n| {
        if n == 6 {
            act(app, bob, "ada", "block").await.expect(200).status
        } else {
            send(app, ada, bob, "hello").await.status
        }
    }));
    let statuses = sent.await;
    assert!(
        statuses
            .iter()
            .all(|status| [200, 201, 404].contains(status)),
        "{statuses:?}"
    );
    // The block read all that was there, so what came after it would count.
    assert_eq!(unread(app, bob).await, 0);
    app.verify().await;
}

async fn texts_are_cleaned_and_bounded(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = pair(&app).await;
    let sent = send(&app, &ada, &bob, " cafe\u{301}\u{0}\r\n\u{7f}\u{202e}شكرا ").await;
    assert_eq!(sent.expect(201).str("text"), " café\n\u{202e}شكرا");
    let longest = "é".repeat(5_000);
    let sent = send(&app, &ada, &bob, &longest).await.expect(201);
    assert_eq!(sent.str("text"), longest);
    for bad in ["", " \r\n ", "\u{0}", &"é".repeat(5_001)] {
        let refused = send(&app, &ada, &bob, bad).await;
        let refused = refused.problem(422, "invalid-fields");
        assert_eq!(refused.body["errors"][0]["pointer"], "/text");
    }
    app.verify().await;
}
