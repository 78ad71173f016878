//! Drift that other hands made in the replica is found.

use std::path::Path;

use bson::{Document, doc};
use mongodb::Client;
use rusqlite::Connection;
use serde_json::Value;
use twinbase_testkit::servers::MongoDb;

use super::program::Place;

const DEMO: [&str; 5] = ["demo", "--users", "5", "--todos", "60"];

/// Deletes one user's document and changes a letter in another one's.
fn change_embedded(file: &Path) {
    let store = Connection::open(file).unwrap();
    let sql = "select 'c' || id from collections where name = 'users'";
    let table: String = store.query_row(sql, [], |row| row.get(0)).unwrap();
    let sql = "select name from sqlite_schema where tbl_name = ? and type = 'index' and sql like '%doc_key%'";
    let indexes: Vec<String> = store
        .prepare(sql)
        .unwrap()
        .query_map([&table], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for index in indexes {
        // They call functions that only the store has.
        store.execute_batch(&format!("drop index {index}")).unwrap();
    }
    let sql = format!("delete from {table} where _id = (select min(_id) from {table})");
    store.execute_batch(&sql).unwrap();
    let sql = format!("select _id, doc from {table} order by _id limit 1");
    let (id, mut document): (String, Vec<u8>) = store
        .query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let domain = document
        .windows(12)
        .position(|part| part == b"@example.org");
    document[domain.unwrap() + 1] = b'E';
    let sql = format!("update {table} set doc = ? where _id = ?");
    assert_eq!(store.execute(&sql, (document, id)).unwrap(), 1);
}

#[track_caller]
fn check_drift(place: &Place) {
    let ended = place.run(&["verify", "--json"]);
    ended.expect(3, &[]);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let (users, todos) = (&report["collections"][0], &report["collections"][1]);
    assert_eq!(report["clean"], false, "{report:#}");
    for kind in ["missing", "extra", "stale", "different"] {
        let expected = u64::from(matches!(kind, "missing" | "different"));
        assert_eq!(users[kind], expected, "{kind} of {report:#}");
        assert_eq!(todos[kind], 0, "{kind} of {report:#}");
    }
    assert_eq!(users["samples"].as_array().unwrap().len(), 2, "{report:#}");
    let table = place.run(&["verify"]);
    table.expect(3, &[]);
    assert!(
        table.stdout.contains("2 documents are wrong."),
        "{table:#?}"
    );
    let lines = place.run(&["verify", "--output", "jsonl"]);
    lines.expect(3, &[]);
    assert_eq!(lines.stdout.lines().count(), 2, "{lines:#?}");
}

#[test]
fn drift_in_the_embedded_replica_is_found_and_named() {
    let place = Place::new();
    place
        .run(&["verify"])
        .expect(1, &["no databases", "studyhall migrate"]);
    place.run(&DEMO).expect(0, &[]);
    place.run(&["verify"]).expect(0, &[]);
    change_embedded(&place.documents());
    check_drift(&place);
}

#[tokio::test]
async fn drift_in_mongodb_is_found_and_named() {
    let Some(server) = MongoDb::from_env() else {
        return;
    };
    let database = server.fresh_database("cli_drift");
    let place = Place::new().with("MONGODB_URL", &database.url);
    place.run(&DEMO).expect(0, &[]);
    place.run(&["verify"]).expect(0, &[]);
    let client = Client::with_uri_str(&database.url).await.unwrap();
    let users = client
        .database(&database.name)
        .collection::<Document>("users");
    users.delete_one(doc! {}).await.unwrap();
    let changed = doc! { "$set": { "email": "somebody@example.org" } };
    users.update_one(doc! {}, changed).await.unwrap();
    check_drift(&place);
}
