//! What was written, page by page, and at once for whoever wrote it.

use serde_json::{Value, json};

use super::{delete, get, pair, positions, send};
use crate::{
    friends::befriend,
    support::{Answer, Combination, Studyhall, on_two_combinations},
};

on_two_combinations! {
    history_goes_both_ways,
    an_own_message_is_seen_at_once_by_its_token,
}

async fn history_goes_both_ways(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = pair(&app).await;
    for n in 1..=9 {
        send(&app, &ada, &bob, &format!("{n}")).await.expect(201);
    }
    app.catch_up().await;
    let page = async |query: &str| get(&app, &bob, &format!("/api/messages/ada?{query}")).await;
    let newest = page("limit=4").await.expect(200);
    assert_eq!(positions(&newest), [6, 7, 8, 9]);
    assert_eq!(
        (&newest.body["before"], &newest.body["after"]),
        (&json!(6), &Value::Null)
    );
    let older = page("limit=4&before=6").await.expect(200);
    assert_eq!(positions(&older), [2, 3, 4, 5]);
    assert_eq!(
        (&older.body["before"], &older.body["after"]),
        (&json!(2), &json!(5))
    );
    let oldest = page("limit=4&before=2").await.expect(200);
    assert_eq!(positions(&oldest), [1]);
    assert_eq!(oldest.body["before"], Value::Null);
    let newer = page("limit=4&after=1").await.expect(200);
    assert_eq!(positions(&newer), [2, 3, 4, 5]);
    assert_eq!(
        (&newer.body["before"], &newer.body["after"]),
        (&json!(2), &json!(5))
    );
    let last = page("after=5").await.expect(200);
    assert_eq!(positions(&last), [6, 7, 8, 9]);
    assert_eq!(last.body["after"], Value::Null);
    assert!(page("after=9").await.expect(200).items().is_empty());
    for bad in [
        "before=0",
        "after=x",
        "before=2147483648",
        "before=1&after=1",
        "limit=101",
        "x=1",
    ] {
        page(bad).await.problem(400, "invalid-parameter");
    }
    // Many threads: the latest first, page by page.
    for name in ["cyd", "dia", "edd"] {
        let other = app.member(name).await;
        befriend(&app, &ada, &other).await;
        app.clock.advance(jiff::SignedDuration::from_mins(1));
        send(&app, &other, &ada, name).await.expect(201);
    }
    let mut seen = Vec::new();
    let mut path = "/api/messages?limit=3".to_owned();
    while !path.is_empty() {
        let page = get(&app, &ada, &path).await.expect(200);
        let with = page
            .items()
            .iter()
            .map(|item| item["with"]["username"].clone());
        seen.extend(with);
        let next = page.header("link").split(['<', '>']).nth(1);
        next.unwrap_or_default().clone_into(&mut path);
    }
    assert_eq!(seen, ["edd", "dia", "cyd", "bob"]);
    app.verify().await;
}

async fn an_own_message_is_seen_at_once_by_its_token(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let (ada, bob) = pair(&app).await;
    let sent = send(&app, &ada, &bob, "now").await.expect(201);
    let asked = |answer: &Answer, query: &str| {
        let call = app.call("GET", &format!("/api/messages/bob{query}"));
        let call = call.by(&ada.token);
        call.header("sync-token", answer.header("sync-token"))
    };
    let with_token = |answer: &Answer, query: &str| asked(answer, query).send();
    let seen = with_token(&sent, "").await.expect(200);
    assert_eq!(seen.header("x-read-source"), "primary");
    assert_eq!(seen.of_items("text"), ["now"]);
    with_token(&sent, "?consistency=strict")
        .await
        .problem(503, "not-caught-up");
    app.catch_up().await;
    let seen = asked(&sent, "").header("prefer", "wait=10").send().await;
    assert_eq!(seen.expect(200).header("x-read-source"), "replica");
    let deleted = delete(&app, &ada, &sent).await.expect(200);
    let gone = with_token(&deleted, "").await.expect(200);
    assert_eq!(gone.header("x-read-source"), "primary");
    assert!(gone.items().is_empty());
    // The same key is the same message.
    let again = async || {
        let call = app.call("POST", "/api/messages/bob").by(&ada.token);
        let call = call.header("idempotency-key", "once");
        call.json(&json!({ "text": "once" }))
            .send()
            .await
            .expect(201)
    };
    assert_eq!(again().await.str("id"), again().await.str("id"));
}
