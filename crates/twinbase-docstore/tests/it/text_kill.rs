//! A process that is killed in the middle of its batches leaves documents and words that agree.

use std::process::Command;
use std::time::{Duration, Instant};

use bson::{Document, doc};
use twinbase_docstore::{Find, IndexSpec, Options, Put, Store};

use crate::support::{Scratch, put, text, tombstone};

const CHILD: &str = "TWINBASE_DOCSTORE_TEST_TEXT_CHILD";
const KEYS: i64 = 50;

fn index() -> IndexSpec {
    text("text", &[("title", 1)])
}

fn title(version: i64) -> String {
    format!("every version{version} kind{}", version % 3)
}

/// The part that is killed: it writes every key again and again, deleting some, and makes and drops an index in between.
#[test]
fn writing_child() {
    let Ok(path) = std::env::var(CHILD) else {
        return;
    };
    let store = Store::open(path, Options::default()).unwrap();
    let mut version = store
        .versions("c", &["0"])
        .unwrap()
        .first()
        .map_or(0, |v| v.1);
    loop {
        version += 1;
        let write = |n: i64| match (n + version) % 7 {
            0 => tombstone(&n.to_string(), version, 0),
            _ => put(&n.to_string(), version, doc! { "title": title(version) }),
        };
        let puts: Vec<Put> = (0..KEYS).map(write).collect();
        store.apply("c", &puts).unwrap();
        if version % 5 == 0 {
            store.drop_index("c", "text").unwrap();
            store.ensure_collection("c", &[index()]).unwrap();
        }
    }
}

fn ids(store: &Store, filter: Document) -> Vec<String> {
    let query = Find {
        filter,
        sort: doc! { "_id": 1 },
        ..Find::default()
    };
    crate::support::id_list(&store.find("c", &query).unwrap())
}

#[test]
fn a_killed_writer_leaves_an_index_that_agrees() {
    let store = Scratch::new();
    store.ensure_collection("c", &[index()]).unwrap();
    let mut before = 0;
    for round in 0..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "text_kill::writing_child"])
            .env(CHILD, store.path())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_mins(1);
        // Another number of versions each time, so that it is killed in other places.
        let mut version = before;
        while version < before + 3 + round {
            assert!(Instant::now() < until, "stuck at version {version}");
            version = store
                .versions("c", &["0"])
                .unwrap()
                .first()
                .map_or(0, |v| v.1);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        store.ensure_collection("c", &[index()]).unwrap();
        let all = store.versions("c", &["0", "1", "49"]).unwrap();
        before = all[0].1;
        assert!(
            all.iter().all(|(_, version, _)| *version == before),
            "{all:?}"
        );
        let everything = ids(&store, doc! {});
        assert!(everything.len() > 40);
        for words in [
            "every".to_owned(),
            format!("version{before}"),
            title(before),
        ] {
            let found = ids(&store, doc! { "$text": { "$search": &words } });
            assert_eq!(found, everything, "{words}");
        }
        let old = format!("version{}", before - 1);
        assert_eq!(
            ids(&store, doc! { "$text": { "$search": old } }),
            Vec::<String>::new()
        );
    }
    let file = rusqlite::Connection::open(store.path()).unwrap();
    let tables: Vec<String> = file
        .prepare("select name from sqlite_schema where sql like '%using fts5%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(tables.len(), 1, "{tables:?}");
    let table = &tables[0];
    file.execute_batch(&format!(
        "insert into {table} ({table}) values ('integrity-check')"
    ))
    .unwrap();
}
