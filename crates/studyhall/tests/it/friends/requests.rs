//! Requests: who may answer one, and that asking tells nothing.

use futures_util::future::join_all;
use serde_json::json;
use studyhall::domain::{
    MOST_SENT_REQUESTS,
    queries::{are_friends, friends_of},
};
use twinbase::prelude::*;

use super::{act, ask, befriend, events_of, id, names, show};
use crate::support::{Combination, Member, Studyhall, on_two_combinations};

on_two_combinations! {
    a_request_is_accepted_by_the_other_alone,
    crossed_requests_at_once_become_one_friendship,
    a_request_that_met_a_block_or_a_refusal_still_crosses_another,
    asking_tells_neither_who_exists_nor_who_blocks,
    what_is_declined_withdrawn_or_ended_leaves_nothing,
    a_request_is_taken_back_from_whoever_was_asked_whatever_their_name_is_now,
    the_number_of_open_requests_is_bounded,
}

async fn a_request_is_accepted_by_the_other_alone(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    ask(&app, &ada, "BOB").await.expect(200);
    assert_eq!(names(&app, &ada, "sent").await, ["BOB"]);
    assert_eq!(names(&app, &bob, "received").await, ["ada"]);
    for deed in ["accept", "decline"] {
        act(&app, &ada, "bob", deed).await.problem(404, "not-found");
    }
    let accepted = act(&app, &bob, "ada", "accept").await.expect(200);
    assert!(!accepted.header("sync-token").is_empty());
    for (one, other) in [(&ada, &bob), (&bob, &ada)] {
        assert_eq!(
            names(&app, one, "friends").await,
            std::slice::from_ref(&other.name)
        );
        for list in ["received", "sent", "blocked", "hidden"] {
            assert!(names(&app, one, list).await.is_empty(), "{list}");
        }
        assert!(
            are_friends(&app.twin, &id(one), &id(other))
                .await
                .expect("it is there")
        );
        assert_eq!(
            friends_of(&app.twin, &id(one)).await.expect("it is there"),
            [id(other)]
        );
    }
    // What is so already makes no event.
    let events = app.events().await;
    ask(&app, &ada, "bob").await.expect(200);
    act(&app, &bob, "ada", "accept")
        .await
        .problem(404, "not-found");
    assert_eq!(app.events().await, events);
    assert!(names(&app, &ada, "sent").await.is_empty());
    ask(&app, &ada, "Ada").await.problem(409, "yourself");
    app.verify().await;
}

async fn crossed_requests_at_once_become_one_friendship(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let asked = join_all((0..16).map(async |i| match i % 2 {
        0 => ask(&app, &ada, "bob").await,
        _ => ask(&app, &bob, "ada").await,
    }));
    for answer in asked.await {
        answer.expect(200);
    }
    assert_eq!(names(&app, &ada, "friends").await, ["bob"]);
    assert_eq!(names(&app, &bob, "friends").await, ["ada"]);
    assert!(names(&app, &ada, "sent").await.is_empty());
    assert!(names(&app, &bob, "sent").await.is_empty());
    let created = ("friendship.created".to_owned(), 1);
    let updated = ("friendship.updated".to_owned(), 2);
    assert_eq!(events_of(&app, "friendship").await, [created, updated]);
    app.verify().await;
}

async fn a_request_that_met_a_block_or_a_refusal_still_crosses_another(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    show(&app, &bob).await;
    for is_blocked in [true, false] {
        if is_blocked {
            act(&app, &ada, "bob", "block").await.expect(200);
        }
        ask(&app, &bob, "ada").await.expect(200);
        let ending = if is_blocked { "unblock" } else { "decline" };
        act(&app, &ada, "bob", ending).await.expect(200);
        assert_eq!(names(&app, &bob, "sent").await, ["ada"]);
        assert!(names(&app, &ada, "received").await.is_empty());
        ask(&app, &ada, "bob").await.expect(200);
        for (one, other) in [(&ada, "bob"), (&bob, "ada")] {
            assert_eq!(names(&app, one, "friends").await, [other]);
            assert!(names(&app, one, "sent").await.is_empty());
            assert!(names(&app, one, "received").await.is_empty());
        }
        let ends = app.call("DELETE", "/api/friends/ada").by(&bob.token);
        ends.send().await.expect(200);
    }
    // While there is a block, nothing crosses.
    act(&app, &ada, "bob", "block").await.expect(200);
    ask(&app, &bob, "ada").await.expect(200);
    ask(&app, &ada, "bob").await.problem(409, "blocked-by-you");
    assert!(names(&app, &bob, "friends").await.is_empty());
    app.verify().await;
}

async fn asking_tells_neither_who_exists_nor_who_blocks(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let eve = app.member("eve").await;
    show(&app, &ada).await;
    act(&app, &eve, "ada", "block").await.expect(200);
    // Somebody, nobody, and somebody who has blocked her.
    let mut seen = Vec::new();
    for name in ["bob", "nobody", "eve"] {
        let answer = ask(&app, &ada, name).await.expect(200);
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        headers.remove("date");
        seen.push((answer.text, headers));
        // Nor does anything else that she can do with the name.
        let mut texts = Vec::new();
        for (method, path) in [
            ("GET", format!("/api/messages/{name}")),
            ("POST", format!("/api/friends/{name}/block")),
            ("POST", format!("/api/friends/{name}/hide")),
            ("POST", format!("/api/friends/{name}/unblock")),
        ] {
            let hidden = app.call(method, &path).by(&ada.token).send().await;
            texts.push(hidden.problem(404, "not-found").str("detail").to_owned());
        }
        assert_eq!(texts, ["There is no such user."; 4], "{name}");
    }
    assert!(seen.windows(2).all(|two| two[0] == two[1]), "{seen:?}");
    let mut sent = names(&app, &ada, "sent").await;
    sent.sort();
    assert_eq!(sent, ["bob", "eve", "nobody"]);
    assert_eq!(names(&app, &bob, "received").await, ["ada"]);
    assert!(names(&app, &eve, "received").await.is_empty());
    // That it was declined is not told either, and all can be taken back.
    act(&app, &bob, "ada", "decline").await.expect(200);
    assert!(names(&app, &ada, "sent").await.contains(&"bob".to_owned()));
    for name in ["bob", "nobody", "eve", "never-asked"] {
        let back = act(&app, &ada, name, "withdraw").await.expect(200);
        assert_eq!(back.text, seen[0].0);
    }
    assert!(names(&app, &ada, "sent").await.is_empty());
    app.verify().await;
}

async fn what_is_declined_withdrawn_or_ended_leaves_nothing(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let is_gone = async || {
        for list in ["friends", "received"] {
            assert!(names(&app, &ada, list).await.is_empty());
            assert!(names(&app, &bob, list).await.is_empty());
        }
        let sql = "select id from friendships";
        let rows = app.twin.query(sql, &[]).await.expect("it can be asked");
        assert!(rows.is_empty());
    };
    ask(&app, &ada, "bob").await.expect(200);
    act(&app, &bob, "ada", "decline").await.expect(200);
    is_gone().await;
    ask(&app, &ada, "bob").await.expect(200);
    act(&app, &ada, "bob", "withdraw").await.expect(200);
    is_gone().await;
    act(&app, &bob, "ada", "accept")
        .await
        .problem(404, "not-found");
    befriend(&app, &ada, &bob).await;
    let remove = async |by: &Member, name: &str| {
        let path = format!("/api/friends/{name}");
        app.call("DELETE", &path).by(&by.token).send().await
    };
    let removed = remove(&bob, "ada").await.expect(200);
    assert_eq!(removed.body, json!({ "success": true }));
    is_gone().await;
    remove(&bob, "ada").await.problem(404, "not-found");
    app.verify().await;
}

async fn a_request_is_taken_back_from_whoever_was_asked_whatever_their_name_is_now(
    on: Combination,
) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    let rename = async |who: &Member, name: &str| {
        let call = app.call("PATCH", "/api/users/me").by(&who.token);
        let call = call.json(&json!({ "username": name }));
        call.send().await.expect(200);
    };
    // By the name that stands in the list, although nobody has it now.
    ask(&app, &ada, "bob").await.expect(200);
    rename(&bob, "robert").await;
    act(&app, &ada, "bob", "withdraw").await.expect(200);
    assert!(names(&app, &ada, "sent").await.is_empty());
    assert!(names(&app, &bob, "received").await.is_empty());
    // By the name of now, although another stands in the list.
    ask(&app, &ada, "robert").await.expect(200);
    rename(&bob, "bobby").await;
    act(&app, &ada, "bobby", "withdraw").await.expect(200);
    assert!(names(&app, &ada, "sent").await.is_empty());
    assert!(names(&app, &bob, "received").await.is_empty());
    // Whoever has the name now is not meant; and a name that is asked again is whoever has it now.
    ask(&app, &ada, "bobby").await.expect(200);
    rename(&bob, "robin").await;
    let eve = app.member("eve").await;
    ask(&app, &ada, "eve").await.expect(200);
    rename(&eve, "bobby").await;
    act(&app, &ada, "bobby", "withdraw").await.expect(200);
    assert_eq!(names(&app, &ada, "sent").await, ["eve"]);
    assert_eq!(names(&app, &eve, "received").await, ["ada"]);
    assert!(names(&app, &bob, "received").await.is_empty());
    app.verify().await;
}

async fn the_number_of_open_requests_is_bounded(on: Combination) {
    let app = Studyhall::start(on).await;
    let ada = app.member("ada").await;
    for n in 0..MOST_SENT_REQUESTS {
        ask(&app, &ada, &format!("name{n}")).await.expect(200);
    }
    let more = ask(&app, &ada, "one-more").await;
    more.problem(409, "too-many-requests-sent");
    act(&app, &ada, "name7", "withdraw").await.expect(200);
    ask(&app, &ada, "one-more").await.expect(200);
}
