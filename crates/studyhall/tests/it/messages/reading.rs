//! What is read and what is not.

use futures_util::future::join_all;
use serde_json::json;

use super::{delete, get, pair, read, send, unread};
use crate::{
    friends::{act, befriend},
    support::{Combination, Studyhall, on_two_combinations},
};

on_two_combinations! {
    read_means_up_to_a_message_and_a_late_call_cannot_unread,
    a_deleted_message_is_gone_and_its_position_is_not_given_again,
    a_blocked_thread_is_not_found_and_counts_as_read,
    a_thread_is_as_late_as_what_remains_of_it,
}

async fn read_means_up_to_a_message_and_a_late_call_cannot_unread(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = pair(&app).await;
    let cy = app.member("cyd").await;
    befriend(&app, &cy, &bob).await;
    for n in 1..=5 {
        send(&app, &ada, &bob, &format!("{n}")).await.expect(201);
    }
    send(&app, &cy, &bob, "hi").await.expect(201);
    assert_eq!((unread(&app, &ada).await, unread(&app, &bob).await), (0, 6));
    assert_eq!(
        read(&app, &bob, &ada, 3).await.expect(200).body["position"],
        3
    );
    assert_eq!(unread(&app, &bob).await, 3);
    // What is answered is what holds.
    let late = read(&app, &bob, &ada, 1).await.expect(200);
    assert_eq!(late.body["position"], 3);
    // Late, and by sixteen tabs at once: the highest holds.
    let tabs = join_all((0..16).map(async |n| read(&app, &bob, &ada, n % 4 + 1).await));
    for answer in tabs.await {
        answer.expect(200);
    }
    assert_eq!(unread(&app, &bob).await, 2);
    let threads = get(&app, &bob, "/api/messages").await.expect(200);
    let counts: Vec<_> = threads
        .items()
        .iter()
        .map(|item| item["unread"].clone())
        .collect();
    assert_eq!(counts, [1, 1]);
    // What is beyond the end is its end: what comes later is not read before it is there.
    app.catch_up().await;
    let history = get(&app, &bob, "/api/messages/ada").await.expect(200);
    assert_eq!(history.body["readTo"], 4);
    let end = read(&app, &bob, &ada, 1_000_000).await.expect(200);
    assert_eq!(end.body["position"], 5);
    let last = send(&app, &ada, &bob, "6").await.expect(201);
    assert_eq!(unread(&app, &bob).await, 2);
    // An own message, and one that was deleted, count for nobody.
    send(&app, &bob, &ada, "7").await.expect(201);
    assert_eq!(unread(&app, &bob).await, 2);
    delete(&app, &ada, &last).await.expect(200);
    assert_eq!(unread(&app, &bob).await, 1);
    read(&app, &bob, &ada, 0)
        .await
        .problem(422, "invalid-fields");
}

async fn a_deleted_message_is_gone_and_its_position_is_not_given_again(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = pair(&app).await;
    send(&app, &ada, &bob, "one").await.expect(201);
    let two = send(&app, &ada, &bob, "two").await.expect(201);
    read(&app, &bob, &ada, 2).await.expect(200);
    delete(&app, &bob, &two).await.problem(404, "not-found");
    let deleted = delete(&app, &ada, &two).await.expect(200);
    assert_eq!(deleted.body, json!({ "success": true }));
    delete(&app, &ada, &two).await.problem(404, "not-found");
    let list = get(&app, &bob, "/api/messages").await.expect(200);
    assert_eq!(list.body["items"][0]["last"]["text"], "one");
    let three = send(&app, &ada, &bob, "three").await.expect(201);
    assert_eq!(three.body["position"], 3);
    assert_eq!(
        unread(&app, &bob).await,
        1,
        "it was not read with the deleted one"
    );
    app.verify().await;
}

async fn a_blocked_thread_is_not_found_and_counts_as_read(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = pair(&app).await;
    send(&app, &ada, &bob, "one").await.expect(201);
    send(&app, &bob, &ada, "two").await.expect(201);
    act(&app, &bob, "ada", "block").await.expect(200);
    for (one, other) in [(&ada, &bob), (&bob, &ada)] {
        assert_eq!(unread(&app, one).await, 0);
        assert!(
            get(&app, one, "/api/messages")
                .await
                .expect(200)
                .items()
                .is_empty()
        );
        let path = format!("/api/messages/{}", other.name);
        let hidden = get(&app, one, &path).await.problem(404, "not-found");
        let unknown = get(&app, one, "/api/messages/nobody").await;
        assert_eq!(
            hidden.str("detail"),
            unknown.problem(404, "not-found").str("detail")
        );
        send(&app, one, other, "?").await.problem(404, "not-found");
        read(&app, one, other, 1).await.problem(404, "not-found");
    }
    act(&app, &bob, "ada", "unblock").await.expect(200);
    for one in [&ada, &bob] {
        assert_eq!(unread(&app, one).await, 0, "it gives nothing back");
        assert_eq!(
            get(&app, one, "/api/messages")
                .await
                .expect(200)
                .items()
                .len(),
            1
        );
    }
    app.verify().await;
}

async fn a_thread_is_as_late_as_what_remains_of_it(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = pair(&app).await;
    let cy = app.member("cyd").await;
    befriend(&app, &cy, &bob).await;
    let mut last = None;
    for (from, text) in [(&ada, "first"), (&cy, "second"), (&ada, "third")] {
        last = Some(send(&app, from, &bob, text).await.expect(201));
        app.clock.advance(jiff::SignedDuration::from_secs(10));
    }
    let threads = async || {
        let threads = get(&app, &bob, "/api/messages").await.expect(200);
        let names = threads.items().iter();
        let names = names.map(|item| item["with"]["username"].as_str().map(str::to_owned));
        names.flatten().collect::<Vec<_>>()
    };
    assert_eq!(threads().await, ["ada", "cyd"]);
    let last = last.expect("there is one");
    delete(&app, &ada, &last).await.expect(200);
    assert_eq!(threads().await, ["cyd", "ada"]);
}
