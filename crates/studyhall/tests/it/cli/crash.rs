//! Invariants 2 and 9: a worker that is killed in the middle of applying loses nothing.

use bson::{Document, doc};
use serde_json::json;
use twinbase_testkit::{
    servers::{MongoDb, Postgres},
    wait,
};

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
async fn workers_killed_while_they_apply_lose_nothing_on_sqlite_and_embedded() {
    killed_workers_lose_nothing(None, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_killed_while_they_apply_lose_nothing_on_sqlite_and_mongodb() {
    if let Some(mongodb) = MongoDb::from_env() {
        killed_workers_lose_nothing(None, Some(mongodb)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_killed_while_they_apply_lose_nothing_on_postgresql_and_embedded() {
    if let Some(postgres) = Postgres::from_env() {
        killed_workers_lose_nothing(Some(postgres), None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_killed_while_they_apply_lose_nothing_on_postgresql_and_mongodb() {
    if let (Some(postgres), Some(mongodb)) = (Postgres::from_env(), MongoDb::from_env()) {
        killed_workers_lose_nothing(Some(postgres), Some(mongodb)).await;
    }
}

/// Kills workers as soon as one has applied something of a backlog, while others write.
async fn killed_workers_lose_nothing(postgres: Option<Postgres>, mongodb: Option<MongoDb>) {
    let (mut place, mut primary, mut replica) = (Place::new(), None, None);
    if let Some(postgres) = postgres {
        let database = primary.insert(postgres.fresh_database("cli_kill").await);
        place = place.with("DATABASE_URL", &database.url);
    }
    if let Some(mongodb) = mongodb {
        let database = replica.insert(mongodb.fresh_database("cli_kill"));
        place = place.with("MONGODB_URL", &database.url);
    }
    place.run(&["migrate"]).expect(0, &[]);
    let server = place.start(&["serve"]).await;
    let token = server.session("ada").await;
    let mut batches = 0;
    for _ in 0..4 {
        for _ in 0..8 {
            write_many(&server, &token).await;
            batches += 1;
        }
        let before = backlog(&server).await;
        let mut worker = place.start(&["worker"]).await;
        wait::until("something to be applied", SOON, async || {
            let now = backlog(&server).await;
            (now < before).then_some(()).ok_or(now)
        })
        .await;
        worker.child.kill().unwrap();
    }
    let worker = place.start(&["worker"]).await;
    drained(&server).await;
    worker.stop().await;
    let report = place.json(&["verify"]);
    let documents = &report["collections"][1]["documents"];
    assert_eq!(*documents, batches * 100, "{report:#}");
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
        .fail_point(doc! { "mode": { "skip": 1 }, "data": { "failCommands": ["insert", "update"], "blockConnection": true, "blockTimeMS": 60_000 } })
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
