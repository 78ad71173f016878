//! Files of the first format.

use std::path::Path;

use bson::{Bson, Document, RawDocument, doc};
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, params};
use twinbase_docstore::{Find, Options, Outcome, Store};

use crate::kills::{OPENS, assert_sound, kill_when};
use crate::support::{entries, ids, index, put};

/// The statements with which the first version made a file, a collection and an index. Its key of a string is its rank, its
/// bytes and an end; the keys of other values are not looked at here.
fn version_1(path: &Path, documents: &[Document], indexes: &[(&str, &[&str], bool, bool)]) {
    let connection = Connection::open(path).unwrap();
    connection
        .create_scalar_function(
            "doc_key",
            2,
            FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_UTF8,
            |context| {
                let Ok(bytes) = context.get_raw(0).as_blob() else {
                    return Ok(None);
                };
                let name: Vec<u8> = context.get(1)?;
                let name = String::from_utf8(name).unwrap();
                let document = RawDocument::from_bytes(bytes).unwrap();
                let value = document.get(name).unwrap();
                let key = match value.and_then(bson::RawBsonRef::as_str) {
                    Some(text) => [&[15], text.as_bytes(), &[0, 0]].concat(),
                    None => vec![5],
                };
                Ok(Some(key))
            },
        )
        .unwrap();
    connection
        .execute_batch(
            "pragma journal_mode = wal;
             create table collections (id integer primary key autoincrement, name text not null unique) strict;
             create table indexes (
                 id integer primary key autoincrement,
                 collection integer not null references collections (id),
                 name text not null,
                 keys blob not null,
                 is_unique integer not null,
                 has_arrays integer not null default 0,
                 unique (collection, name)
             ) strict;
             pragma application_id = 0x5477646f;
             pragma user_version = 1;
             insert into collections (name) values ('c');
             create table c1 (_id text primary key, v integer, deleted integer, at integer, doc blob);
             create index c1_tombstones on c1 (at) where deleted = 1;
             insert into c1 values ('gone', 7, 1, 1000, null);",
        )
        .unwrap();
    connection.execute_batch("begin").unwrap();
    for document in documents {
        let id = document.get_str("_id").unwrap();
        let bytes = document.to_vec().unwrap();
        connection
            .execute("insert into c1 values (?, 1, 0, 0, ?)", params![id, bytes])
            .unwrap();
    }
    connection.execute_batch("commit").unwrap();
    for (at, (name, paths, unique, has_arrays)) in indexes.iter().enumerate() {
        let keys: Document = paths
            .iter()
            .map(|path| ((*path).to_owned(), Bson::Int32(1)))
            .collect();
        connection
            .execute(
                "insert into indexes (collection, name, keys, is_unique, has_arrays) values (1, ?, ?, ?, ?)",
                params![name, doc! {"keys": keys}.to_vec().unwrap(), unique, has_arrays],
            )
            .unwrap();
        let columns: Vec<String> = paths.iter().map(|path| key_of(path)).collect();
        let unique = if *unique { "unique" } else { "" };
        connection
            .execute_batch(&format!(
                "create {unique} index c1_i{} on c1 ({})",
                at + 1,
                columns.join(", ")
            ))
            .unwrap();
    }
}

/// A path is written as a hexadecimal blob.
fn key_of(path: &str) -> String {
    let hex: Vec<String> = path.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("doc_key(doc, x'{}') asc", hex.concat())
}

fn documents() -> Vec<Document> {
    vec![
        doc! {"_id": "a", "name": "Ann", "tags": ["x", "y"]},
        doc! {"_id": "b", "name": "Bob", "tags": "x"},
        doc! {"_id": "c", "name": "Cid"},
    ]
}

fn plan(store: &Store, filter: Document) -> String {
    let query = Find {
        filter,
        ..Find::default()
    };
    store.explain("c", &query).unwrap().join("; ")
}

#[test]
fn a_file_of_the_first_format_is_converted_and_its_indexes_serve() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("docs.db");
    version_1(
        &path,
        &documents(),
        &[
            ("by_name", &["name"], true, false),
            ("by_tags", &["tags"], false, true),
        ],
    );
    for _ in 0..2 {
        let store = Store::open(&path, Options::default()).unwrap();
        assert_eq!(ids(&store, "c", doc! {"name": "Bob"}), ["b"]);
        assert!(plan(&store, doc! {"name": "Bob"}).contains("USING INDEX c1_i1"));
        assert_eq!(ids(&store, "c", doc! {"tags": "x"}), ["a", "b"]);
        assert!(plan(&store, doc! {"tags": "x"}).contains("SEARCH c1_i2 USING PRIMARY KEY"));
        assert_eq!(
            store.versions("c", &["gone"]).unwrap(),
            [("gone".into(), 7, true)]
        );
        let specs = [
            index("by_name", &["name"], true),
            index("by_tags", &["tags"], false),
        ];
        assert_eq!(store.indexes("c").unwrap().unwrap(), specs);
        store.ensure_collection("c", &specs).unwrap();
    }
    let store = Store::open(&path, Options::default()).unwrap();
    let outcomes = store
        .apply(
            "c",
            &[
                put("d", 1, doc! {"name": "Ann"}),
                put("a", 2, doc! {"name": "Ann", "tags": ["z"]}),
            ],
        )
        .unwrap();
    assert!(
        matches!(&outcomes[0], Outcome::Rejected { index: Some(name), .. } if name == "by_name")
    );
    assert_eq!(outcomes[1], Outcome::Applied);
    assert_eq!(ids(&store, "c", doc! {"tags": "x"}), ["b"]);
    assert_eq!(ids(&store, "c", doc! {"tags": "z"}), ["a"]);
}

#[test]
fn an_index_that_cannot_hold_what_was_stored_is_dropped_in_the_conversion() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("docs.db");
    let parallel = doc! {"_id": "p", "name": ["Pat"], "tags": ["x"]};
    version_1(
        &path,
        &[documents(), vec![parallel]].concat(),
        &[
            ("by_both", &["name", "tags"], false, true),
            ("by_tags", &["tags"], false, true),
        ],
    );
    let store = Store::open(&path, Options::default()).unwrap();
    assert_eq!(
        store.indexes("c").unwrap().unwrap(),
        [index("by_tags", &["tags"], false)]
    );
    assert_eq!(ids(&store, "c", doc! {"tags": "x"}), ["a", "b", "p"]);
    assert_eq!(entries(&path).len(), 1);
}

/// A conversion is one transaction: a kill in the middle leaves the old file or the new one.
#[test]
fn a_conversion_that_is_killed_leaves_the_old_or_the_new_file() {
    let many: Vec<Document> = (0..20_000)
        .map(|n| doc! {"_id": format!("{n:05}"), "tags": (n..n + 8).collect::<Vec<i32>>()})
        .collect();
    let mut versions = Vec::new();
    // What does not fit into memory goes to the log long before the end.
    for log_bytes in [1, 2_000_000] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docs.db");
        version_1(&path, &many, &[("by_tags", &["tags"], false, true)]);
        let log = folder.path().join("docs.db-wal");
        kill_when(&path, OPENS, || {
            log.metadata().is_ok_and(|log| log.len() > log_bytes)
        });
        versions.push(format_of(&path));
        let store = Store::open(&path, Options::default()).unwrap();
        assert_eq!(
            ids(&store, "c", doc! {"tags": 2}),
            ["00000", "00001", "00002"]
        );
        assert_eq!(entries(&path)["c1_i1"].len(), many.len() * 8);
        assert_sound(&path);
    }
    assert!(versions.iter().all(|version| [1, 2].contains(version)));
    assert!(
        versions.contains(&1),
        "none was killed in the middle: {versions:?}"
    );
}

fn format_of(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}
