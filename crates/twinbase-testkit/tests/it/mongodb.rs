//! MongoDB: databases of their own, fail points, and a server that crashes.

use std::time::{Duration, Instant};

use bson::{Document, doc};
use mongodb::{Client, Collection};
use twinbase_testkit::servers::{MongoDb, OwnMongo};
use twinbase_testkit::wait;

const DEADLINE: Duration = Duration::from_mins(1);

/// The collection `things` of the database that the URL names.
async fn things(url: &str) -> Collection<Document> {
    let client = Client::with_uri_str(url).await.expect("a URL");
    client
        .default_database()
        .expect("a URL with a database")
        .collection("things")
}

#[tokio::test]
async fn a_test_database_is_its_own_and_gone_afterwards() {
    let Some(server) = MongoDb::from_env() else {
        return;
    };
    let (database, other) = (server.fresh_database("own"), server.fresh_database("own"));
    things(&database.url)
        .await
        .insert_one(doc! { "_id": "a" })
        .await
        .unwrap();
    assert_eq!(
        things(&other.url)
            .await
            .count_documents(doc! {})
            .await
            .unwrap(),
        0
    );
    let name = database.name.clone();
    drop(database);
    let client = Client::with_uri_str(&server.url).await.unwrap();
    let names = client.list_database_names().await.unwrap();
    assert!(!names.contains(&name), "{names:?}");
}

#[tokio::test]
async fn a_fail_point_strikes_one_database_only_and_ends() {
    let Some(server) = MongoDb::from_env() else {
        return;
    };
    let (struck, spared) = (
        server.fresh_database("struck"),
        server.fresh_database("spared"),
    );
    let (at_struck, at_spared) = (things(&struck.url).await, things(&spared.url).await);
    let fail_point = struck
        .fail_point(doc! { "data": { "failCommands": ["insert"], "errorCode": 11_600 } })
        .await;
    let error = at_struck.insert_one(doc! { "_id": "a" }).await.unwrap_err();
    assert!(error.to_string().contains("11600"), "{error}");
    at_spared.insert_one(doc! { "_id": "a" }).await.unwrap();
    drop(fail_point);
    at_struck.insert_one(doc! { "_id": "a" }).await.unwrap();
}

#[tokio::test]
async fn a_fail_point_counts_what_it_skips_and_strikes() {
    let Some(server) = MongoDb::from_env() else {
        return;
    };
    let database = server.fresh_database("counts");
    let things = things(&database.url).await;
    let mode = doc! { "times": 1 };
    let _fail_point = database
        .fail_point(doc! { "mode": mode, "data": { "failCommands": ["insert"], "errorCode": 2 } })
        .await;
    assert!(things.insert_one(doc! { "_id": "a" }).await.is_err());
    things.insert_one(doc! { "_id": "a" }).await.unwrap();
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_has_happened() {
    let Some(server) = OwnMongo::start().await else {
        return;
    };
    if !server.can_lose_answers() {
        println!(
            "MongoDB's own fail points come before the command: this one is the test server's"
        );
        return;
    }
    let database = server.server().fresh_database("after");
    let things = things(&database.url).await;
    let data = doc! { "failCommands": ["update"], "errorCode": 11_600, "afterApply": true };
    let fail_point = server
        .fail_point(doc! { "mode": { "times": 1 }, "data": data })
        .await;
    let set = doc! { "$set": { "n": 1 } };
    let outcome = things
        .update_one(doc! { "_id": "a" }, set)
        .upsert(true)
        .await;
    drop(fail_point);
    assert!(outcome.is_err());
    assert_eq!(things.count_documents(doc! { "n": 1 }).await.unwrap(), 1);
}

#[tokio::test]
async fn a_killed_server_keeps_what_it_acknowledged() {
    let Some(mut server) = OwnMongo::start().await else {
        return;
    };
    let database = server.server().fresh_database("crash");
    for round in 0..3_i64 {
        let before = things(&database.url).await;
        before.insert_one(doc! { "_id": round }).await.unwrap();
        // At once: nothing that is written later, by a timer, would be there.
        server.kill();
        server.start_again().await;
        let after = things(&database.url).await;
        assert_eq!(
            after.count_documents(doc! {}).await.unwrap(),
            round.unsigned_abs() + 1
        );
    }
}

#[tokio::test]
async fn a_paused_server_answers_nobody_until_it_goes_on() {
    let Some(mut server) = OwnMongo::start().await else {
        return;
    };
    let database = server.server().fresh_database("paused");
    let things = things(&database.url).await;
    things.insert_one(doc! { "_id": "a" }).await.unwrap();
    server.pause();
    let answer = tokio::time::timeout(Duration::from_millis(300), things.find_one(doc! {})).await;
    assert!(answer.is_err(), "a paused server answered: {answer:?}");
    server.resume();
    wait::until("an answer", DEADLINE, async || {
        things.find_one(doc! {}).await.map(drop)
    })
    .await;
}

#[tokio::test]
async fn a_guarded_upsert_does_not_read_the_whole_collection() {
    let Some(server) = MongoDb::from_env() else {
        return;
    };
    let database = server.fresh_database("guarded");
    let things = things(&database.url).await;
    let many = (0..20_000).map(|n| doc! { "_id": n.to_string(), "v": 1 });
    things.insert_many(many).await.unwrap();
    let start = Instant::now();
    for n in 0..500 {
        let guard = doc! { "_id": n.to_string(), "v": { "$lt": 2 } };
        things
            .replace_one(guard, doc! { "v": 2 })
            .upsert(true)
            .await
            .unwrap();
    }
    // A look at every document would take some milliseconds each time, half a minute in all.
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    let stale = doc! { "_id": "7", "v": { "$lt": 2 } };
    let error = things
        .replace_one(stale, doc! { "v": 1 })
        .upsert(true)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("11000"), "{error}");
}
