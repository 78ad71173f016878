//! A process that is killed in the middle of its writes: nothing is half there, and indexes agree with documents.

use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use bson::{Document, doc};
use rusqlite::Connection;
use twinbase_docstore::{Find, IndexSpec, Options, Put, Store};

use crate::support::{Scratch, entries, fill, index, put};

const FILE: &str = "TWINBASE_DOCSTORE_TEST_KILLED";
const TASK: &str = "TWINBASE_DOCSTORE_TEST_TASK";

/// What a child does until it is killed.
pub(crate) const OPENS: &str = "open";
/// It writes one version after another.
const WRITES: &str = "write";

/// How often a writer is killed. Each time it goes on with what it left.
const KILLS: i64 = 100;
const DOCUMENTS: usize = 150;

/// The part that runs in the process that is killed.
#[test]
fn killed_process() {
    let (Ok(path), Ok(task)) = (std::env::var(FILE), std::env::var(TASK)) else {
        return;
    };
    let store = Store::open(path, Options::default()).unwrap();
    if task == OPENS {
        return;
    }
    loop {
        let version = newest(&store) + 1;
        store.apply("c", &batch(version)).unwrap();
    }
}

/// Runs a child until something is seen from outside, or it ends by itself.
pub(crate) fn kill_when(path: &Path, task: &str, is_time: impl Fn() -> bool) {
    struct Killed(Child);
    impl Drop for Killed {
        fn drop(&mut self) {
            // It may have come to its end.
            let _ = self.0.kill();
            self.0.wait().unwrap();
        }
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::killed_process"])
        .env(FILE, path)
        .env(TASK, task)
        .spawn()
        .unwrap();
    let mut killed = Killed(child);
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_time() && killed.0.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "the child did not come so far");
        thread::yield_now();
    }
}

/// SQLite's own check of the file, of all that it can check without our functions.
pub(crate) fn assert_sound(path: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let log = |path: &Path| format!("{}-wal", path.display());
    std::fs::copy(path, &copy).unwrap();
    if Path::new(&log(path)).exists() {
        std::fs::copy(log(path), log(&copy)).unwrap();
    }
    let connection = Connection::open(&copy).unwrap();
    let drop = "select 'drop index ' || name || ';' from sqlite_schema where type = 'index' and sql like '%doc_key%'";
    let mut statement = connection.prepare(drop).unwrap();
    let drops: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    std::mem::drop(statement);
    connection.execute_batch(&drops.concat()).unwrap();
    let verdict: String = connection
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
}

fn specs() -> [IndexSpec; 4] {
    [
        index("by_version", &["version"], false),
        index("by_tags", &["tags", "n"], false),
        index("unique", &["own"], true),
        IndexSpec {
            partial: Some(doc! {"n": {"$lt": 50}}),
            ..index("few", &["tags"], false)
        },
    ]
}

/// Every document in a state of its own for each version, with arrays of different lengths.
fn batch(version: i64) -> Vec<Put> {
    (0..DOCUMENTS)
        .map(|n| {
            let n = i64::try_from(n).unwrap();
            let tags: Vec<i64> = (0..(n + version) % 5).map(|tag| tag * version).collect();
            let document = doc! {"version": version, "n": (n * version) % 150, "tags": tags, "own": [n, 1000 + n]};
            put(&format!("{n:03}"), version, document)
        })
        .collect()
}

fn newest(store: &Store) -> i64 {
    let stored = store.versions("c", &["000"]).unwrap();
    stored.first().map_or(0, |(_, version, _)| *version)
}

#[test]
fn a_batch_of_a_killed_process_is_whole_in_documents_and_indexes_or_not_there() {
    let store = Scratch::new();
    store.ensure_collection("c", &specs()).unwrap();
    let mut before = 0;
    for round in 0..KILLS {
        // Each time after another number of batches.
        kill_when(store.path(), WRITES, || newest(&store) > before + round % 3);
        let again = Store::open(store.path(), Options::default()).unwrap();
        let version = newest(&again);
        assert!(version > before);
        before = version;
        let documents: Vec<Document> = again.find("c", &Find::default()).unwrap();
        let expected: Vec<Document> = batch(version).into_iter().filter_map(with_id).collect();
        let mut found = documents.clone();
        found.sort_by_key(|document| document.get_str("_id").unwrap().to_owned());
        assert_eq!(found, expected, "version {version}");

        // The index of SQLite's has every document, under this version and no other.
        let count = |filter: Document| again.count("c", &filter).unwrap();
        assert_eq!(count(doc! {"version": version}), DOCUMENTS as u64);
        assert_eq!(count(doc! {"version": {"$ne": version}}), 0);
        assert_eq!(count(doc! {"version": {"$lt": version}}), 0);
        // The tables of entries are those of the documents.
        let fresh = Scratch::new();
        fill(&fresh, "c", &documents);
        fresh.ensure_collection("c", &specs()).unwrap();
        let held = entries(store.path());
        assert_eq!(held.len(), 3);
        assert_eq!(held, entries(fresh.path()));
        assert_sound(store.path());
    }
}

fn with_id(put: Put) -> Option<Document> {
    let mut document = doc! {"_id": put.id};
    document.extend(put.document?);
    Some(document)
}
