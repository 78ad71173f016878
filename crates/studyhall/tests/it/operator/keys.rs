//! Operators' requests that are sent again with their `Idempotency-Key`.

use futures_util::future::{join, join_all};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{failed, get, operator, post};
use crate::support::{Answer, Call, Combination, Member, Studyhall, on_every_combination};

on_every_combination! {
    a_verb_that_is_sent_again_is_one_operation,
    at_the_same_time_a_verb_is_begun_once,
    a_pause_that_was_resumed_is_not_brought_back_by_its_key,
    a_request_that_nobody_works_on_any_more_is_done_again,
}

const RETRY: &str = "/api/v1/outbox/retry";

fn keyed(call: Call, by: &Member, key: &str, body: &Value) -> Call {
    call.by(&by.token).header("idempotency-key", key).json(body)
}

async fn send(app: &Studyhall, by: &Member, path: &str, key: &str, body: Value) -> Answer {
    keyed(app.call("POST", path), by, key, &body).send().await
}

async fn operations(app: &Studyhall, by: &Member) -> usize {
    let listed = get(app, by, "/api/v1/operations").await.expect(200);
    listed.items().len()
}

/// So slow that it goes on until it is cancelled.
fn slowly() -> Value {
    json!({ "all": true, "ratePerSecond": 1 })
}

async fn a_verb_that_is_sent_again_is_one_operation(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    failed(&app, &boss, 20).await;
    let unmeant = send(&app, &boss, RETRY, "k1", json!({})).await;
    unmeant.problem(422, "invalid-fields");
    // A request that was refused has not used its key up.
    let first = send(&app, &boss, RETRY, "k1", slowly()).await.expect(202);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = send(&app, &boss, RETRY, "k1", slowly()).await.expect(202);
    assert_eq!(again.text, first.text);
    for (name, value) in [
        ("idempotency-replayed", "true"),
        ("cache-control", "no-store"),
        ("content-type", "application/json"),
        ("location", first.header("location")),
    ] {
        assert_eq!(again.header(name), value, "{name}");
    }
    let short = RETRY.replace("/v1", "");
    let at_the_other_path = send(&app, &boss, &short, "k1", slowly()).await;
    assert_eq!(at_the_other_path.expect(202).text, first.text);
    assert_eq!(operations(&app, &boss).await, 1);

    let other = send(&app, &boss, RETRY, "k1", json!({ "all": true })).await;
    other.problem(422, "idempotency-mismatch");
    let bad = send(&app, &boss, RETRY, "a b", slowly()).await;
    bad.problem(400, "invalid-header");
    // The same key of another operator, and at another path, is another key.
    let ada = operator(&app, "ada").await;
    let hers = send(&app, &ada, RETRY, "k1", slowly()).await.expect(202);
    assert_ne!(hers.str("id"), first.str("id"));
    let cancel = format!("{}/cancel", first.header("location"));
    let cancelled = async || {
        send(&app, &boss, &cancel, "k1", json!({}))
            .await
            .expect(202)
    };
    assert_eq!(cancelled().await.text, cancelled().await.text);
    let too_long = format!("/api/v1/operations/{}/cancel", "x".repeat(6_000));
    let unknown = send(&app, &boss, &too_long, "k2", json!({})).await;
    unknown.problem(404, "not-found");
}

async fn at_the_same_time_a_verb_is_begun_once(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    // A server of its own knows nothing of what is in flight at the other.
    let other = app.another_server().await;
    let body = slowly();
    let both = join_all((0..4).map(|_| {
        join(
            keyed(app.call("POST", RETRY), &boss, "k1", &body).send(),
            keyed(other.call("POST", RETRY), &boss, "k1", &body).send(),
        )
    }));
    let mut first = 0;
    for answer in both.await.into_iter().flat_map(|(a, b)| [a, b]) {
        match (answer.status, answer.header("idempotency-replayed")) {
            (202, "") => first += 1,
            (202, "true") => {}
            _ => {
                answer.problem(409, "idempotency-in-progress");
            }
        }
    }
    assert_eq!(first, 1);
    assert_eq!(operations(&app, &boss).await, 1);
}

async fn a_pause_that_was_resumed_is_not_brought_back_by_its_key(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    let pauses = "/api/v1/pauses";
    let pause = json!({ "scope": "everything", "reason": "a test" });
    let created = send(&app, &boss, pauses, "k1", pause.clone()).await;
    let created = created.expect(201);
    let resume = app.call("DELETE", "/api/v1/pauses/everything");
    resume.by(&boss.token).send().await.expect(204);
    let again = send(&app, &boss, pauses, "k1", pause.clone()).await;
    assert_eq!(again.expect(201).text, created.text);
    let listed = get(&app, &boss, pauses).await.expect(200);
    assert!(listed.items().is_empty(), "{}", listed.text);
    post(&app, &boss, pauses, pause).await.expect(201);
}

async fn a_request_that_nobody_works_on_any_more_is_done_again(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    let send = async || send(&app, &boss, RETRY, "k1", json!({ "all": true })).await;
    send().await.expect(202);
    // As a process leaves it that dies between the start and the answer.
    let sql = "update idempotency_keys set status = 0, body = '' where request_key = 'k1'";
    app.sql(sql.to_owned()).await;
    send().await.problem(409, "idempotency-in-progress");
    app.clock.advance(SignedDuration::from_secs(50));
    send().await.problem(409, "idempotency-in-progress");
    app.clock.advance(SignedDuration::from_secs(70));
    let second = send().await.expect(202);
    assert_eq!(second.header("idempotency-replayed"), "");
    assert_eq!(operations(&app, &boss).await, 2);
    let third = send().await.expect(202);
    assert_eq!(third.header("idempotency-replayed"), "true");
    assert_eq!(third.str("id"), second.str("id"));
}
