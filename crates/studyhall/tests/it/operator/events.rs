//! Events: found, understood, tried again, set aside, brought back.

use serde_json::json;
use twinbase::prelude::*;
use twinbase_testkit::wait;

use super::{SOON, ended, failed, get, operator, post};
use crate::support::{Combination, Studyhall, everything_logged, on_every_combination};

on_every_combination! {
    failed_events_are_found_shown_and_tried_again,
    what_is_discarded_is_told_with_its_reason_and_restored,
}

async fn failed_events_are_found_shown_and_tried_again(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    failed(&app, &boss, 3).await;

    let groups = get(&app, &boss, "/api/v1/outbox/groups").await.expect(200);
    assert_eq!(groups.of_items("errorKey"), ["rejected-121"]);
    assert_eq!(groups.items()[0]["failed"], 3);
    let listed = get(&app, &boss, "/api/v1/outbox?status=failed&aggregateType=todo&errorKey=rejected-121&eventType=todo.created").await;
    let listed = listed.expect(200);
    assert_eq!(listed.items().len(), 3);
    let event = &listed.items()[0];
    assert_eq!(
        (&event["status"], &event["retryCount"], &event["version"]),
        (&json!("failed"), &json!(6), &json!("1"))
    );

    let id = event["id"].as_str().expect("it has an id");
    let shown = get(&app, &boss, &format!("/api/v1/outbox/{id}"))
        .await
        .expect(200);
    assert_eq!(shown.body["payload"]["title"], "todo 2");
    assert_eq!(shown.body["document"]["state"], "missing");

    let all = json!({ "filter": { "errorKey": "rejected-121" } });
    let mut dry = all.clone();
    dry["dryRun"] = true.into();
    let dry = post(&app, &boss, "/api/v1/outbox/retry", dry)
        .await
        .expect(200);
    assert_eq!(
        (&dry.body["count"], &dry.body["countIsLeast"]),
        (&json!(3), &json!(false))
    );

    let worker = app
        .twin
        .start_worker(WorkerOptions::default())
        .expect("valid options");
    let operation = post(&app, &boss, "/api/v1/outbox/retry", all).await;
    let operation = ended(&app, &boss, operation).await;
    assert_eq!(operation.str("state"), "succeeded");
    assert_eq!(
        (&operation.body["done"], &operation.body["estimatedTotal"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(operation.body["canCancel"], false);
    wait::until("the document", SOON, async || {
        let shown = get(&app, &boss, &format!("/api/v1/outbox/{id}"))
            .await
            .expect(200);
        (shown.body["document"]["state"] == "present")
            .then_some(())
            .ok_or(shown.text)
    })
    .await;
    worker.stop().await;
    app.verify().await;
}

async fn what_is_discarded_is_told_with_its_reason_and_restored(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let boss = operator(&app, "grace").await;
    failed(&app, &boss, 2).await;
    let listed = get(&app, &boss, "/api/v1/outbox").await.expect(200);
    let ids = json!({ "ids": [listed.items()[0]["id"]], "reason": "a test" });
    let operation = post(&app, &boss, "/api/v1/outbox/discard", ids).await;
    let operation = ended(&app, &boss, operation).await;
    assert_eq!(
        (&operation.body["done"], operation.str("reason")),
        (&json!(1), "a test")
    );
    let discarded = get(&app, &boss, "/api/v1/outbox?status=discarded")
        .await
        .expect(200);
    assert_eq!(discarded.of_items("discardReason"), ["a test"]);
    let operation = post(
        &app,
        &boss,
        "/api/v1/outbox/restore",
        json!({ "all": true }),
    )
    .await;
    assert_eq!(ended(&app, &boss, operation).await.body["done"], 1);
    let discarded = get(&app, &boss, "/api/v1/outbox?status=discarded")
        .await
        .expect(200);
    assert!(discarded.items().is_empty());
}

#[tokio::test]
async fn causes_beyond_the_limit_are_owned_up_to() {
    let app = Studyhall::start_without_worker(Combination::SqliteEmbedded).await;
    let boss = operator(&app, "grace").await;
    failed(&app, &boss, 3).await;
    app.sql("update \"Outbox\" set error_key = 'rejected-7' where seq = (select max(seq) from \"Outbox\")".to_owned()).await;
    for (limit, causes, more) in [
        (1, &["rejected-121"][..], true),
        (2, &["rejected-121", "rejected-7"], false),
    ] {
        let path = format!("/api/v1/outbox/groups?limit={limit}");
        let groups = get(&app, &boss, &path).await.expect(200);
        assert_eq!(groups.of_items("errorKey"), causes);
        assert_eq!(groups.body["more"], more, "{}", groups.text);
    }
}

#[tokio::test]
async fn pages_go_through_everything_once() {
    let app = Studyhall::start_without_worker(Combination::SqliteEmbedded).await;
    let boss = operator(&app, "grace").await;
    failed(&app, &boss, 5).await;
    let (mut seen, mut path) = (
        Vec::new(),
        "/api/v1/outbox?limit=2&status=failed".to_owned(),
    );
    loop {
        let page = get(&app, &boss, &path).await.expect(200);
        assert!(page.items().len() <= 2);
        seen.extend(page.of_items("id").into_iter().map(str::to_owned));
        let link = page.header("link").to_owned();
        assert_eq!(link.is_empty(), page.body["nextCursor"].is_null());
        let Some((next, _)) = link.strip_prefix('<').and_then(|link| link.split_once('>')) else {
            break;
        };
        path = next.to_owned();
    }
    assert_eq!(seen.len(), 5);
    let newest = seen.clone();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), newest.len());
}

#[tokio::test]
async fn a_payload_and_an_error_are_in_no_log() {
    let app = Studyhall::start_without_worker(Combination::SqliteEmbedded).await;
    let boss = operator(&app, "grace").await;
    app.catch_up().await;
    app.todo(&boss, "call the doctor about the zebrafish").await;
    app.sql("update \"Outbox\" set retry_count = 6, error_key = 'x', last_error = 'the wolverine is refused' where processed = false".to_owned()).await;
    let listed = get(&app, &boss, "/api/v1/outbox").await.expect(200);
    let id = listed.of_items("id")[0].to_owned();
    let shown = get(&app, &boss, &format!("/api/v1/outbox/{id}"))
        .await
        .expect(200);
    assert!(
        shown.text.contains("zebrafish") && shown.text.contains("wolverine"),
        "{}",
        shown.text
    );
    let discard = json!({ "ids": [id], "reason": "the customer Quetzal" });
    let operation = post(&app, &boss, "/api/v1/outbox/discard", discard).await;
    ended(&app, &boss, operation).await;
    let log = everything_logged();
    for secret in ["zebrafish", "wolverine", "Quetzal"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
