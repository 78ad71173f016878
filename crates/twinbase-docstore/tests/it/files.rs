//! Files that are not ours, damaged, full, or cut off in the middle of a batch.

use std::fs;

use bson::doc;
use rusqlite::{Connection, functions::FunctionFlags};
use twinbase_docstore::{Error, ErrorKind, Find, IndexSpec, Options, Outcome, Store};

use crate::support::{Scratch, fill, ids, index, put, text, tombstone};

#[test]
fn what_is_stored_is_there_after_reopening() {
    let store = Scratch::new();
    fill(&store, "c", &[doc! {"_id": "a"}]);
    let path = store.path().to_owned();
    let again = Store::open(&path, Options::default()).unwrap();
    assert_eq!(ids(&again, "c", doc! {}), ["a"]);
    assert_eq!(again.collections().unwrap(), ["c"]);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_to_a_file_that_another_one_replaced() {
    let store = Scratch::new();
    fill(&store, "c", &[doc! {"_id": "a"}]);
    let (copy, aside) = (
        store.path().with_extension("copy"),
        store.path().with_extension("aside"),
    );
    store.copy_to(&copy).unwrap();
    fs::rename(store.path(), &aside).unwrap();
    let refused = || {
        let errors = [
            store.ping().unwrap_err(),
            store.apply("c", &[put("b", 1, doc! {})]).unwrap_err(),
        ];
        errors
            .iter()
            .all(|error| matches!(error, Error::Replaced { .. }))
    };
    assert!(refused(), "taken away");
    fs::rename(&copy, store.path()).unwrap();
    assert!(refused(), "replaced");
    fs::rename(&aside, store.path()).unwrap();
    store.ping().unwrap();
    fill(&store, "c", &[doc! {"_id": "b"}]);
}

#[test]
fn a_file_that_is_not_sqlite_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "these are my notes, ".repeat(100)).unwrap();
    let error = Store::open(&path, Options::default()).unwrap_err();
    assert!(matches!(error, Error::NotAStore { .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::BadFile);
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .starts_with("these are my notes")
    );
}

#[test]
fn another_applications_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch("create table mine (x)")
        .unwrap();
    let before = fs::read(&path).unwrap();
    let error = Store::open(&path, Options::default()).unwrap_err();
    assert!(matches!(error, Error::NotAStore { .. }), "{error:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_newer_format_is_refused() {
    let store = Scratch::new();
    Connection::open(store.path())
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let error = Store::open(store.path(), Options::default()).unwrap_err();
    assert!(
        matches!(
            error,
            Error::NewerFormat {
                found: 99,
                supported: 2,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn a_folder_that_does_not_exist_or_cannot_be_written_is_named() {
    for path in ["/proc/docs.db", "/nowhere/at/all/docs.db"] {
        let error = Store::open(path, Options::default()).unwrap_err();
        assert!(error.to_string().contains(path), "{error}");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
}

#[test]
fn a_full_disk_loses_the_batch_and_nothing_before_it() {
    let mut options = Options::default();
    options.max_file_bytes = Some(400_000);
    let store = Scratch::with(options);
    fill(&store, "c", &[doc! {"_id": "kept", "n": 1}]);
    let batch: Vec<_> = (0..100)
        .map(|n| put(&format!("big{n}"), 1, doc! {"x": "y".repeat(10_000)}))
        .collect();
    let error = store.apply("c", &batch).unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error:?}");
    assert_eq!(ids(&store, "c", doc! {}), ["kept"]);
    fill(&store, "c", &[doc! {"_id": "small"}]);
    assert_eq!(ids(&store, "c", doc! {}), ["kept", "small"]);
}

#[test]
fn a_copy_taken_in_the_middle_of_a_batch_has_none_of_it() {
    let store = Scratch::new();
    fill(&store, "c", &[doc! {"_id": "a"}]);
    // A transaction that is never committed, its pages spilled to the log: what a killed process leaves behind.
    let writer = Connection::open(store.path()).unwrap();
    writer
        .execute_batch("pragma cache_size = 1; begin immediate; with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
             insert into c1 (_id, v, deleted, at, doc) select 'x' || i, 1, 0, 0, zeroblob(500) from n")
        .unwrap();
    let copy = store.folder.path().join("copy.db");
    fs::copy(store.path(), &copy).unwrap();
    let log = |path: &std::path::Path| format!("{}-wal", path.display());
    assert!(
        fs::copy(log(store.path()), log(&copy)).unwrap() > 500_000,
        "the batch did reach the log"
    );
    let recovered = Store::open(&copy, Options::default()).unwrap();
    assert_eq!(ids(&recovered, "c", doc! {}), ["a"]);
}

#[test]
fn a_damaged_document_is_an_error_and_not_a_wrong_answer() {
    let store = Scratch::new();
    fill(&store, "c", &[doc! {"_id": "a", "n": 1}]);
    Connection::open(store.path())
        .unwrap()
        .execute("update c1 set doc = x'0102'", [])
        .unwrap();
    for error in [
        store.get("c", "a").unwrap_err(),
        store.find("c", &Find::default()).unwrap_err(),
        store.count("c", &doc! {"n": 1}).unwrap_err(),
    ] {
        assert!(error.kind() == ErrorKind::BadFile, "{error:?}");
    }
}

/// Somebody else writes what cannot be read, and leaves every index as it was.
fn damage(store: &Scratch, id: &str) {
    let other = Connection::open(store.path()).unwrap();
    for name in ["doc_key", "doc_key_max", "doc_indexed"] {
        let flags = FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_UTF8;
        let nothing = |_: &rusqlite::functions::Context<'_>| Ok(None::<i64>);
        other
            .create_scalar_function(name, -1, flags, nothing)
            .unwrap();
    }
    other.pragma_update(None, "writable_schema", true).unwrap();
    let changed = other.execute("update c1 set doc = x'0102' where _id = ?", [id]);
    assert_eq!(changed.unwrap(), 1);
}

#[test]
fn a_damaged_document_is_replaced_whatever_indexes_it_is_in() {
    let sparse = IndexSpec {
        sparse: true,
        ..index("sparse", &["n"], false)
    };
    let indexes = [
        None,
        Some(index("plain", &["n"], false)),
        Some(index("unique", &["n", "t"], true)),
        Some(sparse),
        Some(index("array", &["many"], false)),
        Some(text("words", &[("t", 1)])),
    ];
    for of in indexes {
        let name = of.as_ref().map(|of| of.name.clone()).unwrap_or_default();
        let store = Scratch::new();
        store.ensure_collection("c", of.as_slice()).unwrap();
        let document =
            |id: &str, n: i32, word: &str| doc! {"_id": id, "n": n, "many": [n, n + 1], "t": word};
        fill(
            &store,
            "c",
            &[document("a", 1, "apple"), document("b", 2, "berry")],
        );
        damage(&store, "a");
        assert!(store.get("c", "a").is_err(), "{name}");
        let mended = document("a", 3, "cherry");
        let outcomes = store.apply(
            "c",
            &[
                put("a", 2, mended.clone()),
                put("b", 2, document("b", 4, "date")),
            ],
        );
        let outcomes = outcomes.unwrap();
        assert!(
            outcomes.iter().all(|of| *of == Outcome::Applied),
            "{name}: {outcomes:?}"
        );
        assert_eq!(store.get("c", "a").unwrap(), Some(mended), "{name}");
        for (filter, wanted) in [
            (doc! {"n": 1}, vec![]),
            (doc! {"n": 3}, vec!["a"]),
            (doc! {"many": 4}, vec!["a", "b"]),
        ] {
            assert_eq!(ids(&store, "c", filter), wanted, "{name}");
        }
        if name == "words" {
            assert_eq!(
                ids(&store, "c", doc! {"$text": {"$search": "apple cherry"}}),
                ["a"]
            );
        }
        // What is damaged can be deleted too.
        damage(&store, "b");
        let outcomes = store.apply("c", &[tombstone("b", 3, 1_000)]).unwrap();
        assert_eq!(outcomes, [Outcome::Applied], "{name}");
        assert_eq!(ids(&store, "c", doc! {}), ["a"], "{name}");
    }
}

#[test]
fn a_row_without_a_version_is_older_than_any() {
    let store = Scratch::new();
    fill(
        &store,
        "c",
        &[doc! {"_id": "a", "n": 1}, doc! {"_id": "b", "n": 1}],
    );
    for version in ["null", "'new'"] {
        Connection::open(store.path())
            .unwrap()
            .execute_batch(&format!(
                "update c1 set v = {version}, deleted = null where _id = 'a'"
            ))
            .unwrap();
        let found = store.get_many("c", &["a", "b"]).unwrap();
        let versions: Vec<_> = found.iter().map(|of| (of.version, of.deleted)).collect();
        assert_eq!(versions[0], (0, false), "{version}");
        let outcomes = store.apply("c", &[put("a", 7, doc! {"n": 2})]).unwrap();
        assert_eq!(outcomes, [Outcome::Applied], "{version}");
        assert_eq!(
            store.get("c", "a").unwrap(),
            Some(doc! {"_id": "a", "n": 2})
        );
    }
}
