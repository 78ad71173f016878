//! An event tells the request that wrote it.

use serde_json::json;
use twinbase::prelude::*;

use crate::support::{Combination, Studyhall, everything_logged, on_every_combination};

on_every_combination! {
    every_event_of_a_request_carries_its_trace,
    a_request_without_a_valid_trace_begins_one,
}

const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The trace contexts of the newest events.
async fn newest(app: &Studyhall, count: i64) -> Vec<TraceParent> {
    let sql = "select traceparent from \"Outbox\" order by seq desc limit $1";
    let rows = app.twin.query(sql, &[count.into()]).await;
    let rows = rows.expect("it can be asked");
    rows.iter()
        .map(|row| {
            let text: String = row.get("traceparent").expect("there is one");
            TraceParent::parse(&text).expect("it is valid")
        })
        .collect()
}

async fn every_event_of_a_request_carries_its_trace(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    let before = app.events().await;
    let todos: Vec<_> = (0..5).map(|n| json!({ "title": n.to_string() })).collect();
    let bulk = app.call("POST", "/api/todos/bulk").by(&ada.token);
    let bulk = bulk.header("traceparent", SENT);
    let made = bulk.json(&json!({ "todos": todos })).send().await;
    let first = made.expect(201).items()[0]["id"].to_string();
    let complete = format!("/api/todos/{}/complete", first.trim_matches('"'));
    let complete = app.call("POST", &complete).by(&ada.token);
    let done = complete.header("traceparent", SENT).send().await;
    done.expect(200);
    let written = app.events().await - before;
    // Five todos, one of them completed, and the points of their owner.
    assert!(written >= 7, "{written}");
    for trace in newest(&app, written).await {
        assert_eq!(trace.as_str(), SENT);
    }
    assert!(everything_logged().contains(ID), "the log names the trace");
}

async fn a_request_without_a_valid_trace_begins_one(on: Combination) {
    let app = Studyhall::start_without_worker(on).await;
    let ada = app.member("ada").await;
    for sent in ["", "nonsense", &SENT.replace("00-4", "ff-4")] {
        let create = app.call("POST", "/api/todos").by(&ada.token);
        let create = create.header("traceparent", sent);
        create
            .json(&json!({ "title": "a" }))
            .send()
            .await
            .expect(201);
    }
    app.todo(&ada, "without a header").await;
    let made = newest(&app, 4).await;
    for (at, trace) in made.iter().enumerate() {
        assert!(!trace.is_sampled(), "nobody has asked to record it");
        assert!(!made[..at].contains(trace), "{made:?}");
    }
}
