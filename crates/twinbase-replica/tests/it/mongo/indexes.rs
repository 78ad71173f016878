//! Indexes of a collection that is there already.

use bson::{Document, doc};
use twinbase_core::{ReplicaError, Schema, TextIndex, replica::Apply as _};
use twinbase_replica::mongo::{Mongo, Options};
use twinbase_testkit::{
    conformance::replica::{NOTES, NOTES_BY_TEXT, NOTES_TO_SEARCH, applied, change},
    servers::TestMongo,
};

use super::{fresh_mongo, raw};

async fn keys_of(database: &TestMongo, name: &str) -> Option<Document> {
    let command = doc! { "listIndexes": "notes" };
    let answer = raw(database).await.run_command(command).await.unwrap();
    let cursor = answer.get_document("cursor").unwrap();
    let indexes = cursor.get_array("firstBatch").unwrap().iter();
    let mut indexes = indexes.map(|index| index.as_document().unwrap());
    let index = indexes.find(|index| index.get_str("name").unwrap() == name)?;
    Some(index.get_document("key").unwrap().clone())
}

async fn names(database: &TestMongo) -> Vec<String> {
    let database = raw(database).await;
    let notes = database.collection::<Document>("notes");
    let mut names = notes.list_index_names().await.unwrap();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn an_index_whose_definition_changed_is_rebuilt_by_the_program_that_started_last() {
    let Some((old, database)) = fresh_mongo("changed index").await else {
        return;
    };
    let new = Mongo::connect(&database.url, Options::default())
        .await
        .unwrap();
    new.prepare(&NOTES_BY_TEXT).await.unwrap();
    let keys = keys_of(&database, "by_points").await.unwrap();
    assert!(keys.contains_key("text"), "{keys}");
    old.prepare(&NOTES).await.unwrap();
    assert_eq!(keys_of(&database, "by_points").await, Some(keys));
}

#[tokio::test]
async fn indexes_come_back_after_their_collection_was_dropped() {
    let Some((mongo, database)) = fresh_mongo("dropped").await else {
        return;
    };
    let notes = raw(&database).await.collection::<Document>("notes");
    notes.drop().await.unwrap();
    applied(&mongo, &[change("a", 1, doc! { "points": 1 })]).await;
    assert_eq!(names(&database).await, ["_id_"]);
    mongo.prepare(&NOTES).await.unwrap();
    let all = ["_id_", "by_points", "twinbase_tombstones"];
    assert_eq!(names(&database).await, all);
}

#[tokio::test]
async fn an_expiry_that_would_race_with_the_sweep_is_taken_away() {
    let Some((_, database)) = fresh_mongo("expiry").await else {
        return;
    };
    let server = raw(&database).await;
    let drop = doc! { "dropIndexes": "notes", "index": "twinbase_tombstones" };
    server.run_command(drop).await.unwrap();
    let index =
        doc! { "key": { "_sync.at": 1 }, "name": "twinbase_tombstones", "expireAfterSeconds": 600 };
    let create = doc! { "createIndexes": "notes", "indexes": [index] };
    server.run_command(create).await.unwrap();
    let mongo = Mongo::connect(&database.url, Options::default())
        .await
        .unwrap();
    mongo.prepare(&NOTES).await.unwrap();
    let answer = server.run_command(doc! { "listIndexes": "notes" }).await;
    let answer = answer.unwrap().to_string();
    assert!(answer.contains("twinbase_tombstones"), "{answer}");
    assert!(!answer.contains("expireAfterSeconds"), "{answer}");
}

#[tokio::test]
async fn an_index_that_cannot_be_built_is_an_error_with_a_remedy() {
    let Some((mongo, database)) = fresh_mongo("cannot build").await else {
        return;
    };
    let notes = raw(&database).await.collection::<Document>("notes");
    notes.drop().await.unwrap();
    let point = doc! { "data": { "failCommands": ["createIndexes"], "errorCode": 171 } };
    let _point = database.fail_point(point).await;
    let error = mongo.prepare(&NOTES).await.unwrap_err();
    assert!(matches!(error, ReplicaError::Refused { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("notes") && text.contains("change the index"),
        "{text}"
    );
}

#[tokio::test]
async fn a_server_without_text_indexes_keeps_the_others_and_the_collection() {
    let Some((mongo, database)) = fresh_mongo("no text").await else {
        return;
    };
    let others = ["_id_", "by_points", "twinbase_tombstones"];
    {
        let point = doc! { "data": { "failCommands": ["createIndexes"], "errorCode": 238 } };
        let _point = database.fail_point(point).await;
        mongo.prepare(&NOTES_TO_SEARCH).await.unwrap();
    }
    assert_eq!(names(&database).await, others);
    applied(&mongo, &[change("a", 1, doc! { "text": "x" })]).await;
    {
        // Whatever else it says is for a person to see.
        let point = doc! { "data": { "failCommands": ["createIndexes"], "errorCode": 67 } };
        let _point = database.fail_point(point).await;
        let error = mongo.prepare(&NOTES_TO_SEARCH).await.unwrap_err();
        assert!(matches!(error, ReplicaError::Refused { .. }), "{error:?}");
    }
    mongo.prepare(&NOTES_TO_SEARCH).await.unwrap();
    let all = ["_id_", "by_points", "twinbase_tombstones", "words"];
    assert_eq!(names(&database).await, all);
}

#[tokio::test]
async fn a_text_index_of_another_name_takes_the_place_of_the_old_one() {
    let Some((mongo, database)) = fresh_mongo("renamed text").await else {
        return;
    };
    mongo.prepare(&NOTES_TO_SEARCH).await.unwrap();
    let renamed = TextIndex::new("texts", [("text", 1)]);
    let renamed = Schema::new("note", NOTES.table.clone(), "notes").with_text(renamed);
    mongo.prepare(&renamed).await.unwrap();
    let all = ["_id_", "by_points", "texts", "twinbase_tombstones"];
    assert_eq!(names(&database).await, all);
    // An older program beside it does not take it back.
    mongo.prepare(&NOTES_TO_SEARCH).await.unwrap();
    assert_eq!(names(&database).await, all);
}
