//! Pauses, workers, and the original's trigger.

use serde_json::{Value, json};
use twinbase::prelude::*;
use twinbase_testkit::wait;

use super::{SOON, failed, get, operator, post};
use crate::support::{Combination, Studyhall};

#[tokio::test]
async fn a_pause_is_told_by_health_and_taken_back() {
    let app = Studyhall::start(Combination::SqliteEmbedded).await;
    let boss = operator(&app, "grace").await;
    let pause = |scope: &str| json!({ "scope": scope, "reason": "Ada asked for it" });
    let todos = "collection:todos";
    let created = post(&app, &boss, "/api/v1/pauses", pause(todos))
        .await
        .expect(201);
    let location = created.header("location");
    assert_eq!(location, "/api/v1/pauses/collection:todos");
    let there = get(&app, &boss, location).await.expect(200);
    assert_eq!(there.body, created.body);
    assert_eq!(there.str("scope"), todos);
    let again = json!({ "scope": todos, "reason": "Ada asked again" });
    let again = post(&app, &boss, "/api/v1/pauses", again).await.expect(200);
    assert_eq!(again.str("reason"), "Ada asked again");
    assert_eq!(again.str("since"), created.str("since"), "{}", again.text);
    for unknown in ["everything", "todos"] {
        let unknown = get(&app, &boss, &format!("/api/v1/pauses/{unknown}")).await;
        unknown.problem(404, "not-found");
    }
    for bad in ["todos", "collection:planets", ""] {
        let refused = post(&app, &boss, "/api/v1/pauses", pause(bad)).await;
        refused.problem(422, "invalid-fields");
    }
    let listed = get(&app, &boss, "/api/v1/pauses").await.expect(200);
    assert_eq!(
        (listed.of_items("scope"), listed.of_items("reason")),
        (vec![todos], vec!["Ada asked again"])
    );
    let health = app.call("GET", "/health").send().await.expect(200);
    assert_eq!(
        (health.str("status"), &health.body["alerts"][0]["code"]),
        ("degraded", &json!("paused"))
    );
    assert_eq!(health.body["pauses"][0]["scope"], todos);
    assert!(!health.text.contains("Ada"), "{}", health.text);
    assert!(health.body["worker"]["since"].is_string());

    let remove = || {
        app.call("DELETE", "/api/v1/pauses/collection:todos")
            .by(&boss.token)
    };
    remove().send().await.expect(204);
    remove().send().await.problem(404, "not-found");
    let health = app.call("GET", "/health").send().await.expect(200);
    assert_eq!(health.str("status"), "healthy", "{}", health.text);
}

#[tokio::test]
async fn the_originals_trigger_tells_what_there_is() {
    let app = Studyhall::start_without_worker(Combination::SqliteEmbedded).await;
    let boss = operator(&app, "grace").await;
    failed(&app, &boss, 2).await;
    app.todo(&boss, "one more").await;
    let found = post(&app, &boss, "/api/admin/sync/trigger", json!({}))
        .await
        .expect(200);
    assert_eq!(
        (&found.body["queueSize"], &found.body["failedEvents"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        (&found.body["triggered"], &found.body["worker"]),
        (&json!(false), &Value::Null)
    );
    let worker = app
        .twin
        .start_worker(WorkerOptions::default())
        .expect("valid options");
    wait::until("an empty queue", SOON, async || {
        let found = post(&app, &boss, "/api/admin/sync/trigger", json!({}))
            .await
            .expect(200);
        let is_done = found.body["queueSize"] == 0 && found.body["triggered"] == true;
        is_done.then_some(()).ok_or(found.text)
    })
    .await;
    let workers = get(&app, &boss, "/api/v1/workers").await.expect(200);
    assert_eq!(workers.items().len(), 1);
    assert_eq!(
        (
            &workers.items()[0]["alive"],
            &workers.items()[0]["partitions"]
        ),
        (&json!(true), &json!(16))
    );
    assert!(workers.items()[0]["appliedPerSecond"].is_number());
    worker.stop().await;
}
