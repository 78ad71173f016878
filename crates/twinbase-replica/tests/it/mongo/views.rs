//! The view that has a collection's name once documents lie in another one.

use std::sync::{Arc, Mutex};

use bson::{Document, doc};
use twinbase_core::{
    ReplicaError, Schema,
    replica::{Apply as _, Reads as _},
};
use twinbase_replica::mongo::Mongo;
use twinbase_testkit::{
    conformance::replica::{NOTES, change, tombstone},
    servers::TestMongo,
};

use super::{
    fresh_mongo,
    scripted::{found, scripted},
};

fn generation(generation: u32) -> Schema {
    NOTES.as_ref().clone().in_generation(generation)
}

/// A replica on a server that keeps views, or says that there is none.
async fn with_views(case: &str) -> Option<(Mongo, TestMongo)> {
    let (mongo, database) = fresh_mongo(case).await?;
    if database.keeps_views().await.unwrap() {
        return Some((mongo, database));
    }
    println!("the server keeps no views: {case} was not run");
    None
}

async fn seen(database: &TestMongo) -> Vec<Document> {
    let notes = database.collection("notes").await.unwrap();
    let mut cursor = notes.find(doc! {}).await.unwrap();
    let mut seen = Vec::new();
    while cursor.advance().await.unwrap() {
        seen.push(cursor.deserialize_current().unwrap());
    }
    seen
}

#[tokio::test]
async fn a_view_takes_the_name_of_the_first_collection_and_is_moved_afterwards() {
    let Some((mongo, database)) = with_views("view").await else {
        return;
    };
    let texts = ["first", "second", "third"];
    for (n, text) in (1..).zip(texts) {
        let changes = [change("a", 1, doc! { "text": text }), tombstone("b", 2)];
        mongo.apply(&generation(n), &changes).await.unwrap();
    }
    for (n, text) in (2..).zip(&texts[1..]) {
        // Repeated, as after a kill.
        for _ in 0..2 {
            mongo.publish(&generation(n)).await.unwrap();
            mongo.drop_collection(&generation(n - 1)).await.unwrap();
        }
        assert_eq!(seen(&database).await, [doc! { "_id": "a", "text": text }]);
        assert!(!mongo.exists(&generation(n - 1)).await.unwrap());
        assert!(mongo.exists(&generation(n)).await.unwrap());
    }
    // Who believes that the documents still lie there changes nothing.
    let late = mongo.apply(&NOTES, &[change("a", 9, doc! {})]).await;
    assert!(late.is_err(), "{late:?}");
    mongo.drop_collection(&NOTES).await.unwrap();
    let through = seen(&database).await;
    assert_eq!(through, [doc! { "_id": "a", "text": "third" }]);
}

/// Publishes on a server where somebody brings the collection back so many times, right after it was dropped.
async fn published_beside_a_writer(times: usize) -> (Result<(), ReplicaError>, Vec<String>) {
    let commands: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = Arc::clone(&commands);
    let (mongo, _server) = scripted(move |name, _| {
        let mut log = log.lock().unwrap();
        log.push(name.to_owned());
        match name {
            "listCollections" => found(vec![doc! { "name": "notes", "type": "collection" }]),
            "create" if log.iter().filter(|of| *of == "create").count() <= times => {
                doc! { "ok": 0, "code": 48, "codeName": "NamespaceExists", "errmsg": "" }
            }
            _ => doc! {},
        }
    })
    .await;
    let published = mongo.publish(&generation(2)).await;
    let commands = commands.lock().unwrap().clone();
    (published, commands)
}

#[tokio::test]
async fn a_writer_that_brings_the_collection_back_does_not_keep_the_view_away() {
    let round = ["listCollections", "drop", "create"];
    let (published, commands) = published_beside_a_writer(1).await;
    assert!(published.is_ok(), "{published:?}");
    // Nothing is asked between the drop and the making of the view.
    assert_eq!(commands, [round, round].concat());
    let (published, commands) = published_beside_a_writer(usize::MAX).await;
    let is_tried_again = matches!(published, Err(ReplicaError::Unavailable { .. }));
    assert!(is_tried_again, "{published:?}");
    assert_eq!(commands.len(), 5 * round.len());
}
