//! What is under way, and why something is not, is seen where operators look first.

use std::time::Duration;

use serde_json::{Value, json};
use twinbase::{
    core::primary::{NewOperation, OperationReport, OperationState, WalkRecord},
    sync::{rebuild::RebuildOptions, verify::CollectionReport},
};

use super::{get, operator};
use crate::{
    support::{Combination, Studyhall, on_two_combinations},
    web::page,
};

on_two_combinations! {
    a_rebuild_that_is_paused_is_on_the_overview_and_in_health,
    why_a_collection_is_not_compared_or_not_mended_is_shown_to_operators_alone,
}

async fn a_rebuild_that_is_paused_is_on_the_overview_and_in_health(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    let overview = async || {
        let shown = page(&app, Some(&boss), "/operations").await;
        shown.expect(200).text
    };
    let health = async || {
        let health = app.call("GET", "/api/health/sync").send().await;
        health.body["rebuilds"].clone()
    };
    assert!(!overview().await.contains("<h2>Rebuilds</h2>"));
    assert_eq!(health().await, Value::Array(Vec::new()));
    let rebuilds = app.twin.rebuilds();
    let options = RebuildOptions::default();
    rebuilds.start("todos", &options).await.expect("a rebuild");
    let shown = &health().await[0];
    assert_eq!(shown["phase"], "requested", "{shown}");
    assert_eq!(
        (&shown["paused"], &shown["remedy"]),
        (&false.into(), &Value::Null)
    );
    rebuilds.pause("todos").await.expect("it is paused");
    let shown = &health().await[0];
    assert_eq!(shown["collection"], "todos", "{shown}");
    assert_eq!(
        (&shown["paused"], &shown["failing"]),
        (&true.into(), &false.into())
    );
    assert!(shown["pausedSince"].is_string(), "{shown}");
    let remedy = shown["remedy"].as_str().expect("a remedy");
    assert!(remedy.contains("--resume"), "{remedy}");
    let text = overview().await;
    let section = text.split("<h2>Rebuilds</h2>").nth(1).expect("a section");
    let section = section.split("</section>").next().unwrap_or_default();
    for words in ["todos", "paused", " since ", "Continue or cancel it"] {
        assert!(section.contains(words), "{section}");
    }
    let status = get(&app, &boss, "/api/v1/rebuilds/todos").await.expect(200);
    assert_ne!(status.body["pausedSince"], Value::Null);
    // Pausing again changes nothing; going on ends it.
    let since = status.body["pausedSince"].clone();
    rebuilds.pause("todos").await.expect("it is paused");
    assert_eq!(health().await[0]["pausedSince"], since);
    rebuilds.resume("todos").await.expect("it goes on");
    assert_eq!(health().await[0]["pausedSince"], Value::Null);
    rebuilds.cancel("todos").await.expect("it ends");
    assert_eq!(health().await, Value::Array(Vec::new()));
}

/// Reasons may name hosts: they are for operators.
async fn why_a_collection_is_not_compared_or_not_mended_is_shown_to_operators_alone(
    on: Combination,
) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    let primary = &app.twin.sides().primary;
    let report = CollectionReport {
        collection: "todos".into(),
        error: Some("no rights on db-7. Give them".to_owned()),
        ..CollectionReport::default()
    };
    let walk = WalkRecord {
        collection: "todos".to_owned(),
        walker: "worker".to_owned(),
        place: Some("{}".to_owned()),
        report: json!(report).to_string(),
        ..WalkRecord::default()
    };
    let kept = primary.keep_walk(&walk, "").await;
    assert!(kept.expect("a walk"));
    let shown = page(&app, Some(&boss), "/operations").await.expect(200);
    for words in ["cannot be compared", "no rights on db-7. Give them"] {
        assert!(shown.text.contains(words), "{}", shown.text);
    }
    let health = app.call("GET", "/api/health/sync").send().await;
    assert!(health.text.contains("unverified"), "{}", health.text);
    assert!(!health.text.contains("db-7"), "{}", health.text);
    let left =
        json!({ "id": "nobody", "drift": "extra", "reason": "No row can have this id: delete it" });
    let found = json!({ "collections": [{ "collection": "todos", "extra": 1, "notMended": 1, "left": [left] }] });
    let repair = NewOperation {
        id: app.twin.new_id().to_string(),
        kind: "repair".to_owned(),
        by: "grace".to_owned(),
        request: "{}".to_owned(),
        state: OperationState::Running,
    };
    let end = OperationReport {
        state: OperationState::Failed,
        progress: json!({ "found": found }).to_string(),
    };
    let hold = Duration::from_mins(1);
    let added = primary.add_operation(&repair, "a test", hold, 8).await;
    assert!(added.expect("an operation"));
    let ended = primary.report_operation(&repair.id, "a test", hold, &end);
    ended.await.expect("its end");
    let path = format!("/operations/log/{}", repair.id);
    let shown = page(&app, Some(&boss), &path).await.expect(200);
    let mended = shown
        .text
        .split("todos: not mended")
        .nth(1)
        .expect("a list");
    for words in [
        "/operations/documents/todos/nobody",
        "extra: No row can have this id: delete it.",
    ] {
        assert!(mended.contains(words), "{mended}");
    }
}
