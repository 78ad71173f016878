//! Threads and messages as pages.

use twinbase::prelude::*;

use super::{page, post};
use crate::{
    friends::{act, befriend},
    support::{Combination, Studyhall, on_two_combinations},
};

on_two_combinations! {
    a_message_is_written_read_and_deleted_by_forms,
    a_form_that_is_sent_twice_writes_once_and_a_refused_one_keeps_its_text,
    who_is_no_friend_reads_and_is_told_why_not_to_write,
    a_long_thread_is_read_both_ways,
}

async fn a_message_is_written_read_and_deleted_by_forms(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    befriend(&app, &ada, &bob).await;
    let empty = page(&app, Some(&ada), "/messages").await.expect(200).text;
    assert!(empty.contains("No messages yet. Write to a friend."));
    post(
        &app,
        Some(&ada),
        "/messages/bob",
        &[("text", "Chapter <3>?")],
    )
    .await
    .expect(303);
    app.catch_up().await;
    // On every page of his, until it is read.
    for path in ["/", "/messages"] {
        let seen = page(&app, Some(&bob), path).await.expect(200).text;
        assert!(seen.contains("1<span> unread"), "{seen}");
    }
    let thread = page(&app, Some(&bob), "/messages/ada")
        .await
        .expect(200)
        .text;
    assert!(thread.contains("Chapter &lt;3&gt;?"), "{thread}");
    assert!(thread.contains("hx-trigger=\"load\""), "{thread}");
    assert!(!thread.contains("/delete/"), "it is not his");
    let read = [("position", "1")];
    post(&app, Some(&bob), "/messages/ada/read", &read)
        .await
        .expect(303);
    let thread = page(&app, Some(&bob), "/messages/ada")
        .await
        .expect(200)
        .text;
    assert!(!thread.contains("Mark as read") && !thread.contains("1<span> unread"));
    let own = page(&app, Some(&ada), "/messages/bob")
        .await
        .expect(200)
        .text;
    let at = own.find("/messages/bob/delete/").expect("it is hers");
    let path = own[at..].split('"').next().expect("a path");
    page(&app, Some(&bob), path).await.expect(404);
    let sure = page(&app, Some(&ada), path).await.expect(200).text;
    assert!(sure.contains("for both of you"));
    post(&app, Some(&bob), path, &[]).await.expect(404);
    post(&app, Some(&ada), path, &[]).await.expect(303);
    app.catch_up().await;
    let thread = page(&app, Some(&bob), "/messages/ada")
        .await
        .expect(200)
        .text;
    assert!(thread.contains("Nothing is written here yet."));
    app.verify().await;
}

async fn a_form_that_is_sent_twice_writes_once_and_a_refused_one_keeps_its_text(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    befriend(&app, &ada, &bob).await;
    for _ in 0..2 {
        let fields = [("text", "once"), ("key", "a-key")];
        post(&app, Some(&ada), "/messages/bob", &fields)
            .await
            .expect(303);
    }
    let sql = "select count(*) as count from messages";
    let rows = app.twin.query(sql, &[]).await.expect("it can be asked");
    assert_eq!(rows[0].get("count"), Ok(1_i64));
    let long = "x".repeat(5_001);
    let refused = post(&app, Some(&ada), "/messages/bob", &[("text", &long)]).await;
    let refused = refused.expect(422).text;
    assert!(refused.contains(&long) && refused.contains("aria-invalid=\"true\""));
    // Another page's form is refused, wherever it leads.
    let call = app
        .call("POST", "/messages/bob")
        .raw("application/x-www-form-urlencoded", "text=x");
    let call = call.header("cookie", format!("studyhall_session={}", ada.token));
    call.header("sec-fetch-site", "cross-site")
        .send()
        .await
        .expect(403);
}

async fn who_is_no_friend_reads_and_is_told_why_not_to_write(on: Combination) {
    let app = Studyhall::start(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    befriend(&app, &ada, &bob).await;
    post(&app, Some(&ada), "/messages/bob", &[("text", "hello")])
        .await
        .expect(303);
    post(&app, Some(&bob), "/friends/ada/remove", &[])
        .await
        .expect(303);
    app.catch_up().await;
    let thread = page(&app, Some(&ada), "/messages/bob")
        .await
        .expect(200)
        .text;
    assert!(thread.contains("hello") && thread.contains("You can write to friends only."));
    assert!(!thread.contains("<textarea"), "{thread}");
    let refused = post(&app, Some(&ada), "/messages/bob", &[("text", "?")]).await;
    refused.expect(409);
    act(&app, &bob, "ada", "block").await.expect(200);
    let hidden = page(&app, Some(&ada), "/messages/bob").await.expect(404);
    let unknown = page(&app, Some(&ada), "/messages/nobody").await.expect(404);
    let without_ids = |text: &str| {
        let words = text
            .split_inclusive('<')
            // The reference of the answer, and since when changes are told.
            .filter(|part| !part.contains("code>") && !part.contains("data-from="));
        words.collect::<String>()
    };
    assert_eq!(without_ids(&hidden.text), without_ids(&unknown.text));
}

async fn a_long_thread_is_read_both_ways(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = (app.member("ada").await, app.member("bob").await);
    befriend(&app, &ada, &bob).await;
    for n in 1..=60 {
        let call = app.call("POST", "/api/messages/bob").by(&ada.token);
        let body = serde_json::json!({ "text": format!("no. {n}.") });
        call.json(&body).send().await.expect(201);
    }
    app.catch_up().await;
    let newest = page(&app, Some(&bob), "/messages/ada")
        .await
        .expect(200)
        .text;
    assert!(
        newest.contains("no. 60.") && newest.contains("no. 11.") && !newest.contains("no. 10.")
    );
    assert!(
        newest.contains("?before=11\"") && !newest.contains("href=\"/messages/ada?after="),
        "{newest}"
    );
    let older = page(&app, Some(&bob), "/messages/ada?before=11")
        .await
        .expect(200)
        .text;
    assert!(older.contains("no. 1.") && older.contains("no. 10.") && !older.contains("no. 11."));
    assert!(
        older.contains("?after=10\"") && !older.contains("?before="),
        "{older}"
    );
    page(&app, Some(&bob), "/messages/ada?before=x")
        .await
        .expect(400);
    assert!(newest.len() < 60_000, "{}", newest.len());
}
