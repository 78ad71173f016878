//! Invariants 2 and 9: a worker that is killed in the middle of applying loses nothing.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bson::{Document, doc};
use serde_json::json;
use twinbase_testkit::{servers::MongoDb, wait};

use super::program::{Place, Running, SOON};

/// Writes a hundred todos.
async fn write_many(server: &Running, token: &str) {
    let todos: Vec<_> = (0..100)
        .map(|n| json!({ "title": format!("Todo {n}"), "completed": n % 3 == 0 }))
        .collect();
    let body = json!({ "todos": todos });
    server.post("/api/v1/todos/bulk", Some(token), &body).await;
}

async fn backlog(server: &Running) -> u64 {
    server.get("/health").await["sync"]["queueSize"]
        .as_u64()
        .unwrap()
}

async fn drained(server: &Running) {
    wait::until("an empty backlog", SOON, async || {
        let waiting = backlog(server).await;
        (waiting == 0).then_some(()).ok_or(waiting)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_killed_while_others_write_lose_nothing() {
    let place = Place::new();
    place.run(&["migrate"]).expect(0, &[]);
    let server = Arc::new(place.start(&["serve"]).await);
    let token = server.session("ada").await;
    let writing = Arc::new(AtomicBool::new(true));
    let writer = tokio::spawn({
        let (server, token, writing) = (server.clone(), token.clone(), writing.clone());
        async move {
            let mut batches = 0;
            while writing.load(Ordering::Relaxed) {
                write_many(&server, &token).await;
                batches += 1;
            }
            batches
        }
    });
    for _ in 0..4 {
        wait::until("something to apply", SOON, async || {
            backlog(&server).await > 0
        })
        .await;
        let mut worker = place.start(&["worker"]).await;
        worker.child.kill().unwrap();
    }
    writing.store(false, Ordering::Relaxed);
    let batches: u64 = writer.await.unwrap();
    let worker = place.start(&["worker"]).await;
    drained(&server).await;
    worker.stop().await;
    let report = place.json(&["verify"]);
    assert_eq!(
        report["collections"][1]["documents"],
        batches * 100,
        "{report:#}"
    );
    let Ok(server) = Arc::try_unwrap(server) else {
        panic!("the writer has ended");
    };
    server.stop().await;
}

#[tokio::test]
async fn a_worker_killed_while_mongodb_holds_its_batch_loses_nothing() {
    let Some(mongodb) = MongoDb::from_env() else {
        return;
    };
    let database = mongodb.fresh_database("cli_crash");
    let place = Place::new().with("MONGODB_URL", &database.url);
    place.run(&["migrate"]).expect(0, &[]);
    let server = place.start(&["serve"]).await;
    let token = server.session("ada").await;
    write_many(&server, &token).await;
    let waiting = backlog(&server).await;
    assert!(waiting > 100, "{waiting}");
    // The first collection's batch goes through, the second's does not come back.
    let held = database
        .fail_point(doc! { "mode": { "skip": 1 }, "data": { "failCommands": ["update"], "blockConnection": true, "blockTimeMS": 60_000 } })
        .await;
    let mut worker = place.start(&["worker"]).await;
    let client = mongodb::Client::with_uri_str(&database.url).await.unwrap();
    let documents = client.database(&database.name);
    wait::until("the first batch", SOON, async || {
        let users = documents.collection::<Document>("users");
        let todos = documents.collection::<Document>("todos");
        let count = users.count_documents(doc! {}).await.unwrap()
            + todos.count_documents(doc! {}).await.unwrap();
        count > 0
    })
    .await;
    worker.child.kill().unwrap();
    drop(held);
    assert!(backlog(&server).await > 0);
    let worker = place.start(&["worker"]).await;
    drained(&server).await;
    worker.stop().await;
    let report = place.json(&["verify"]);
    assert_eq!(report["collections"][1]["documents"], 100, "{report:#}");
    server.stop().await;
}
