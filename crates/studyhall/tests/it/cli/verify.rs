//! Drift that other hands made in the replica is found.

use std::path::Path;

use bson::{Document, doc};
use mongodb::Client;
use rusqlite::Connection;
use serde_json::Value;
use twinbase_testkit::servers::MongoDb;

use super::program::Place;

const DEMO: [&str; 5] = ["demo", "--people", "5", "--days", "20"];

/// The embedded replica and the table of its users, without the indexes: they call functions that only the store has.
pub(super) fn open_users(file: &Path) -> (Connection, String) {
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
        store.execute_batch(&format!("drop index {index}")).unwrap();
    }
    (store, table)
}

/// Changes the bytes of the first user's document; answers its key.
fn tamper(store: &Connection, table: &str, change: impl FnOnce(&str, &mut [u8])) -> String {
    let sql = format!("select _id, doc from {table} order by _id limit 1");
    let (id, mut document): (String, Vec<u8>) = store
        .query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    change(&id, &mut document);
    let sql = format!("update {table} set doc = ? where _id = ?");
    assert_eq!(store.execute(&sql, (document, &id)).unwrap(), 1);
    id
}

fn position(document: &[u8], text: &str) -> usize {
    let mut parts = document.windows(text.len());
    parts.position(|part| part == text.as_bytes()).unwrap()
}

/// Deletes one user's document and changes a letter in another one's.
pub(super) fn change_embedded(file: &Path) {
    let (store, table) = open_users(file);
    let sql = format!("delete from {table} where _id = (select min(_id) from {table})");
    store.execute_batch(&sql).unwrap();
    tamper(&store, &table, |_, document| {
        document[position(document, "@example.org") + 1] = b'E';
    });
}

/// Gives one user's document the `_id` of nobody, under the key that it had.
fn misname_embedded(file: &Path) -> String {
    let (store, table) = open_users(file);
    tamper(&store, &table, |id, document| {
        document[position(document, id)] = b'z';
    })
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
        table
            .stdout
            .contains("2 documents do not match their rows."),
        "{table:#?}"
    );
    let lines = place.run(&["verify", "--output", "jsonl"]);
    lines.expect(3, &[]);
    let collections = report["collections"].as_array().unwrap().len();
    assert_eq!(lines.stdout.lines().count(), collections, "{lines:#?}");
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

#[test]
fn a_document_that_calls_itself_by_another_id_is_found_and_named() {
    let place = Place::new();
    place.run(&DEMO).expect(0, &[]);
    let id = misname_embedded(&place.documents());
    let ended = place.run(&["verify", "--json"]);
    ended.expect(3, &[]);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let users = &report["collections"][0];
    assert_eq!(users["different"], 1, "{report:#}");
    assert_eq!(users["samples"][0]["id"], id.as_str(), "{report:#}");
    assert_eq!(users["samples"].as_array().unwrap().len(), 1, "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_whose_bytes_cannot_be_decoded_is_named_and_mended_and_the_walk_goes_on() {
    let place = Place::new();
    place.run(&DEMO).expect(0, &[]);
    let (store, table) = open_users(&place.documents());
    // The type of the first field: there is none of this number.
    let id = tamper(&store, &table, |_, document| document[4] = 0x99);
    let last = format!("delete from {table} where _id = (select max(_id) from {table})");
    store.execute_batch(&last).unwrap();
    // Another program wrote a document, and no version.
    let unversioned =
        format!("update {table} set v = null where _id = (select max(_id) from {table})");
    store.execute_batch(&unversioned).unwrap();
    let ended = place.run(&["verify", "--json"]);
    ended.expect(3, &[]);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let users = &report["collections"][0];
    assert_eq!(users["unreadable"], 1, "{report:#}");
    assert_eq!(users["stale"], 1, "{report:#}");
    assert_eq!(users["missing"], 1, "{report:#}");
    assert_eq!(users["samples"][0]["id"], id.as_str(), "{report:#}");
    assert_eq!(users["samples"][0]["drift"], "unreadable", "{report:#}");
    let todos = &report["collections"][1];
    assert_ne!(todos["documents"], 0, "{report:#}");
    assert_eq!(todos["documents"], todos["rows"], "{report:#}");
    drop(store);
    let _worker = place.start(&["worker"]).await;
    for (command, said) in [
        (&["repair", "users", "--yes"][..], "All 3 are mended."),
        (&["verify"], "Both sides agree."),
    ] {
        let ended = place.run(command);
        ended.expect(0, &[]);
        assert!(ended.stdout.contains(said), "{ended:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_a_wrong_type_is_one_unreadable_document() {
    let place = Place::new();
    place.run(&DEMO).expect(0, &[]);
    let (store, table) = open_users(&place.documents());
    let ids: Vec<String> = store
        .prepare(&format!("select _id from {table} order by _id limit 4"))
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (id, set) in ids.iter().zip([
        "doc = 'text'",
        "doc = 1.5",
        "deleted = 'no'",
        "_id = cast(_id as blob)",
    ]) {
        let sql = format!("update {table} set {set} where _id = ?");
        assert_eq!(store.execute(&sql, [id]).unwrap(), 1);
    }
    let ended = place.run(&["verify", "--json"]);
    ended.expect(3, &[]);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let users = &report["collections"][0];
    for (class, found) in [("unreadable", 3), ("missing", 1), ("extra", 1)] {
        assert_eq!(users[class], found, "{class}: {report:#}");
    }
    let ended = place.run(&["explain", "users", &ids[0], "--json"]);
    let explained: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(explained["drift"], "unreadable", "{explained:#}");
    let sql = format!("delete from {table} where typeof(_id) = 'blob'");
    assert_eq!(store.execute(&sql, []).unwrap(), 1);
    drop(store);
    let _worker = place.start(&["worker"]).await;
    for (command, said) in [
        (&["repair", "users", "--yes"][..], "All 4 are mended."),
        (&["verify"], "Both sides agree."),
    ] {
        let ended = place.run(command);
        ended.expect(0, &[]);
        assert!(ended.stdout.contains(said), "{ended:#?}");
    }
}

#[tokio::test]
async fn a_document_with_a_foreign_id_is_extra_and_the_walk_goes_on() {
    let Some(server) = MongoDb::from_env() else {
        return;
    };
    let database = server.fresh_database("cli_foreign_id");
    let place = Place::new().with("MONGODB_URL", &database.url);
    place.run(&[&DEMO[..], &["--yes"]].concat()).expect(0, &[]);
    let client = Client::with_uri_str(&database.url).await.unwrap();
    let users = client
        .database(&database.name)
        .collection::<Document>("users");
    users.insert_one(doc! { "name": "by hand" }).await.unwrap();
    let ended = place.run(&["verify", "--json"]);
    ended.expect(3, &[]);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let (users, todos) = (&report["collections"][0], &report["collections"][1]);
    assert_eq!(users["extra"], 1, "{report:#}");
    assert_ne!(todos["documents"], 0, "{report:#}");
    assert_eq!(todos["documents"], todos["rows"], "{report:#}");
    foreign_is_left(&place);
}

/// A repair names a document that no row can have, and says what to do by hand.
fn foreign_is_left(place: &Place) {
    let repair = ["repair", "users", "--yes", "--wait", "0"];
    let ended = place.run(&repair);
    ended.expect(4, &[]);
    let remedy = "No row can have this id: delete the document by hand.";
    assert!(ended.stdout.contains(remedy), "{ended:#?}");
    let ended = place.run(&[&repair[..], &["--json"]].concat());
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let users = &report["collections"][0];
    assert_eq!(users["notMended"], 1, "{report:#}");
    assert_eq!(users["left"][0]["drift"], "extra", "{report:#}");
    assert_ne!(users["left"][0]["id"], "", "{report:#}");
}

#[test]
fn a_document_whose_id_no_row_can_have_is_left_by_a_repair_with_what_to_do() {
    let place = Place::new();
    place.run(&DEMO).expect(0, &[]);
    let (store, table) = open_users(&place.documents());
    let rename = format!(
        "update {table} set _id = 'a' || char(10) || 'b' where _id = (select max(_id) from {table})"
    );
    store.execute_batch(&rename).unwrap();
    drop(store);
    foreign_is_left(&place);
}

#[tokio::test]
async fn drift_in_mongodb_is_found_and_named() {
    let Some(server) = MongoDb::from_env() else {
        return;
    };
    let database = server.fresh_database("cli_drift");
    let place = Place::new().with("MONGODB_URL", &database.url);
    place.run(&[&DEMO[..], &["--yes"]].concat()).expect(0, &[]);
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

#[test]
fn points_that_are_not_the_sums_of_the_ledger_are_found_and_named() {
    let place = Place::new();
    place.run(&DEMO).expect(0, &[]);
    let primary = Connection::open(place.path().join("studyhall-data/studyhall.db")).unwrap();
    let sql = "delete from point_entries where id = (select min(id) from point_entries)";
    assert_eq!(primary.execute(sql, []).unwrap(), 1);
    drop(primary);
    let ended = place.run(&["verify", "--json"]);
    ended.expect(3, &[]);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let check = &report["checks"][0];
    assert_eq!(check["wrong"], 1, "{report:#}");
    assert_eq!(report["clean"], false, "{report:#}");
    let shown = place.run(&["verify"]);
    shown.expect(3, &[]);
    for text in ["the ledger has", "Wrong: points."] {
        assert!(shown.stdout.contains(text), "{shown:#?}");
    }
}

#[test]
fn a_primary_that_was_emptied_is_said_to_be_and_not_to_lack_migrations() {
    let place = Place::new();
    place.run(&["migrate"]).expect(0, &[]);
    let primary = Connection::open(place.path().join("studyhall-data/studyhall.db")).unwrap();
    primary
        .execute_batch(
            "create table kept as select * from twinbase_timeline; delete from twinbase_timeline",
        )
        .unwrap();
    let said = ["the primary was emptied", "takes no changes", "recover"];
    place.run(&["verify"]).expect(1, &said);
    let emptied = "insert into twinbase_timeline select * from kept; drop table kept";
    primary.execute_batch(emptied).unwrap();
    place.run(&["verify"]).expect(0, &[]);
    primary.execute_batch("pragma foreign_keys = off").unwrap();
    let mut tables = primary
        .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite%'")
        .unwrap();
    let tables = tables.query_map([], |row| row.get(0)).unwrap();
    let tables: Vec<String> = tables.collect::<Result<_, _>>().unwrap();
    for table in tables {
        primary
            .execute_batch(&format!("delete from \"{table}\""))
            .unwrap();
    }
    let said = ["without their rows", "was emptied", "studyhall recover"];
    for command in ["verify", "plan", "recover"] {
        place.run(&[command]).expect(1, &said);
    }
}
