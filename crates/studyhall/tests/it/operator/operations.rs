//! Operations: their pace, their end, and the list of them.

use serde_json::json;

use super::{ended, failed, get, operator, post};
use crate::support::{Combination, Studyhall};

#[tokio::test]
async fn an_operation_goes_at_its_rate_is_listed_and_cancelled() {
    let app = Studyhall::start_without_worker(Combination::SqliteEmbedded).await;
    let boss = operator(&app, "grace").await;
    failed(&app, &boss, 20).await;
    let slow = json!({ "all": true, "ratePerSecond": 1 });
    let accepted = post(&app, &boss, "/api/v1/outbox/retry", slow)
        .await
        .expect(202);
    assert_eq!(
        (accepted.str("kind"), accepted.str("state")),
        ("outbox.retry", "running")
    );
    let path = format!("/api/v1/operations/{}", accepted.str("id"));
    let listed = get(&app, &boss, "/api/v1/operations").await.expect(200);
    assert_eq!(listed.of_items("id"), [accepted.str("id")]);
    let cancelled = post(&app, &boss, &format!("{path}/cancel"), json!({}))
        .await
        .expect(202);
    assert_eq!(cancelled.str("id"), accepted.str("id"));
    let operation = ended(&app, &boss, accepted).await;
    assert_eq!(operation.str("state"), "cancelled");
    assert!(operation.body["done"].as_u64().expect("a number") < 20);
    assert_eq!(operation.body["ratePerSecond"], 1);
    post(&app, &boss, &format!("{path}/cancel"), json!({}))
        .await
        .problem(409, "operation-ended");
}

#[tokio::test]
async fn a_ninth_operation_at_once_is_told_to_come_back_and_comes_when_one_has_ended() {
    let app = Studyhall::start_without_worker(Combination::SqliteEmbedded).await;
    let boss = operator(&app, "grace").await;
    // So many that no operation ends by itself meanwhile.
    failed(&app, &boss, 200).await;
    let slow = json!({ "all": true, "ratePerSecond": 1 });
    let retry = || post(&app, &boss, "/api/v1/outbox/retry", slow.clone());
    let mut running = Vec::new();
    for _ in 0..8 {
        running.push(retry().await.expect(202));
    }
    let busy = retry().await.problem(503, "busy");
    assert_eq!(busy.body["retryable"], true);
    let first = running.remove(0);
    let cancel = |id: &str| format!("/api/v1/operations/{id}/cancel");
    post(&app, &boss, &cancel(first.str("id")), json!({}))
        .await
        .expect(202);
    ended(&app, &boss, first).await;
    running.push(retry().await.expect(202));
    for operation in running {
        post(&app, &boss, &cancel(operation.str("id")), json!({}))
            .await
            .expect(202);
        let end = ended(&app, &boss, operation).await;
        assert_eq!(end.str("state"), "cancelled");
    }
}

#[tokio::test]
async fn operations_are_told_page_by_page() {
    let app = Studyhall::start_without_worker(Combination::SqliteEmbedded).await;
    let boss = operator(&app, "grace").await;
    for _ in 0..3 {
        let operation = post(&app, &boss, "/api/v1/outbox/retry", json!({ "all": true })).await;
        ended(&app, &boss, operation).await;
    }
    let first = get(&app, &boss, "/api/v1/operations?limit=2")
        .await
        .expect(200);
    let cursor = first.str("nextCursor");
    let second = get(
        &app,
        &boss,
        &format!("/api/v1/operations?limit=2&cursor={cursor}"),
    )
    .await
    .expect(200);
    let mut ids = first.of_items("id");
    ids.extend(second.of_items("id"));
    assert_eq!(ids.len(), 3);
    assert!(ids.is_sorted_by(|a, b| a > b), "{ids:?}");
    assert!(second.body["nextCursor"].is_null());
}
