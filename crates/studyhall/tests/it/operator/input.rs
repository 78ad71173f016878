//! What cannot be meant.

use serde_json::json;

use super::{get, operator, post};
use crate::support::{Combination, Studyhall};

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_its_place() {
    let app = Studyhall::start_without_worker(Combination::SqliteEmbedded).await;
    let boss = operator(&app, "grace").await;
    for (query, parameter) in [
        ("status=bad", "status"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=bad", "cursor"),
        ("asOf=yesterday", "asOf"),
        ("asOf=-000001-01-01T00:00:00Z", "asOf"),
        ("errorKey=%00", "errorKey"),
        ("aggregateId=a&aggregateId=b", "aggregateId"),
        ("ids=a", "ids"),
    ] {
        let answer = get(&app, &boss, &format!("/api/v1/outbox?{query}")).await;
        let answer = answer.problem(400, "invalid-parameter");
        assert_eq!(answer.body["errors"][0]["parameter"], parameter, "{query}");
    }
    let long = format!(
        "/api/v1/outbox?status=failed&errorKey={}",
        "x".repeat(9_000)
    );
    let answer = get(&app, &boss, &long).await;
    let answer = answer.problem(400, "invalid-parameter");
    assert!(answer.str("detail").contains("8 KiB"), "{}", answer.text);
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    for (verb, body, pointer) in [
        ("retry", json!({}), ""),
        ("retry", json!({ "all": true, "ids": ["a"] }), ""),
        ("retry", json!({ "filter": {} }), "/filter"),
        ("retry", json!({ "ids": [] }), "/ids"),
        ("retry", json!({ "ids": ["\0"] }), "/ids"),
        ("retry", json!({ "ids": vec!["a"; 1_001] }), "/ids"),
        ("retry", json!({ "all": true, "reason": "x" }), "/reason"),
        (
            "retry",
            json!({ "all": true, "ratePerSecond": 0 }),
            "/ratePerSecond",
        ),
        ("retry", json!({ "all": true, "asOf": "now" }), "/asOf"),
        (
            "retry",
            json!({ "filter": { "status": "applied" } }),
            "/filter/status",
        ),
        (
            "retry",
            json!({ "filter": { "status": "bad" } }),
            "/filter/status",
        ),
        (
            "retry",
            json!({ "filter": { "colour": "red" } }),
            "/filter/colour",
        ),
        ("discard", json!({ "all": true }), "/reason"),
        ("discard", json!({ "all": true, "reason": " " }), "/reason"),
        (
            "restore",
            json!({ "filter": { "status": "failed" } }),
            "/filter/status",
        ),
    ] {
        let answer = post(&app, &boss, &format!("/api/v1/outbox/{verb}"), body.clone()).await;
        let answer = answer.problem(422, "invalid-fields");
        assert_eq!(
            answer.body["errors"][0]["pointer"], pointer,
            "{verb} {body}"
        );
    }
    get(&app, &boss, "/api/v1/outbox/nobody")
        .await
        .problem(404, "not-found");
    for none in [
        "outbox/%ff",
        "operations/%ff",
        "explain/todos/%ff",
        "explain/%ff/a",
    ] {
        let answer = get(&app, &boss, &format!("/api/v1/{none}")).await;
        answer.problem(404, "not-found");
    }
    get(&app, &boss, "/api/v1/operations/nobody")
        .await
        .problem(404, "not-found");
    post(&app, &boss, "/api/v1/operations/nobody/cancel", json!({}))
        .await
        .problem(404, "not-found");
    assert!(
        get(&app, &boss, "/api/v1/operations")
            .await
            .expect(200)
            .items()
            .is_empty()
    );
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_told_so() {
    let app = Studyhall::start_without_worker(Combination::SqliteEmbedded).await;
    let boss = operator(&app, "grace").await;
    let call = || app.call("POST", "/api/v1/outbox/retry").by(&boss.token);
    call()
        .raw("application/json", "{")
        .send()
        .await
        .problem(400, "malformed-json");
    call()
        .raw("text/plain", "{}")
        .send()
        .await
        .problem(415, "unsupported-media-type");
    call()
        .header("content-encoding", "gzip")
        .raw("application/json", "{}")
        .send()
        .await
        .problem(415, "unsupported-media-type");
    for (bytes, key) in [(300 << 10, false), (8 << 20, false), (8 << 20, true)] {
        let mut call = call();
        if key {
            call = call.header("idempotency-key", "k1");
        }
        let call = call.raw("application/json", vec![b' '; bytes]);
        call.send().await.problem(413, "payload-too-large");
    }
}
