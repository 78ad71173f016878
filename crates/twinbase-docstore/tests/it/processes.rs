//! Two handles and two processes on one file.

use std::ops::ControlFlow;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use bson::doc;
use rusqlite::Connection;
use twinbase_docstore::{Error, Find, Options, Outcome, Store};

use crate::support::{Scratch, fill, ids, index, put, tombstone};

const CHILD: &str = "TWINBASE_DOCSTORE_TEST_CHILD";

#[test]
fn a_reader_keeps_its_snapshot_while_another_handle_writes() {
    let store = Scratch::new();
    fill(&store, "c", &[doc! {"_id": "a"}, doc! {"_id": "b"}]);
    let other = Store::open(store.path(), Options::default()).unwrap();
    let mut seen = Vec::new();
    store
        .find_each(
            "c",
            &Find {
                sort: doc! {"_id": 1},
                ..Find::default()
            },
            |document| {
                seen.push(document.get_str("_id").unwrap().to_owned());
                other
                    .apply("c", &[tombstone("b", 2, 0), put("z", 1, doc! {})])
                    .unwrap();
                ControlFlow::Continue(())
            },
        )
        .unwrap();
    assert_eq!(seen, ["a", "b"]);
    assert_eq!(ids(&store, "c", doc! {}), ["a", "z"]);
}

#[test]
fn readers_do_not_wait_for_a_writer_and_a_second_writer_is_told() {
    let mut options = Options::default();
    options.busy_timeout = Duration::from_millis(50);
    let store = Scratch::with(options);
    fill(&store, "c", &[doc! {"_id": "a"}]);
    let writer = Connection::open(store.path()).unwrap();
    writer
        .execute_batch("begin immediate; delete from c1")
        .unwrap();
    assert_eq!(ids(&store, "c", doc! {}), ["a"]);
    let error = store.apply("c", &[put("b", 1, doc! {})]).unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error:?}");
    writer.execute_batch("rollback").unwrap();
    assert_eq!(
        store.apply("c", &[put("b", 1, doc! {})]).unwrap(),
        [Outcome::Applied]
    );
}

#[test]
fn when_all_readers_are_lent_the_next_read_is_told() {
    let mut options = Options::default();
    options.readers = 1;
    options.busy_timeout = Duration::from_millis(50);
    let store = Scratch::with(options);
    fill(&store, "c", &[doc! {"_id": "a"}]);
    let mut inner = None;
    store
        .find_each("c", &Find::default(), |_| {
            inner = Some(store.ping());
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(matches!(inner, Some(Err(Error::Busy { .. }))), "{inner:?}");
    store.ping().unwrap();
}

#[test]
fn threads_share_a_store() {
    let store = Scratch::new();
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for worker in 0..4 {
            let (store, sender) = ((*store).clone(), sender.clone());
            scope.spawn(move || {
                for n in 0..20 {
                    store
                        .apply(
                            "c",
                            &[put(
                                &format!("{n}"),
                                i64::from(worker) * 100 + n,
                                doc! {"worker": worker},
                            )],
                        )
                        .unwrap();
                    sender.send(store.count("c", &doc! {}).unwrap()).unwrap();
                }
            });
        }
    });
    drop(sender);
    let counts: Vec<u64> = receiver.iter().collect();
    assert_eq!(counts.len(), 80);
    assert_eq!(counts.iter().max(), Some(&20));
    assert!(
        store
            .find("c", &Find::default())
            .unwrap()
            .iter()
            .all(|d| d.get_i32("worker").is_ok_and(|worker| worker == 3))
    );
}

/// The part that runs in another process: it creates a collection and an index, and writes.
#[test]
fn child_process() {
    let Ok(path) = std::env::var(CHILD) else {
        return;
    };
    let store = Store::open(path, Options::default()).unwrap();
    store
        .ensure_collection("theirs", &[index("by_n", &["n"], true)])
        .unwrap();
    for n in 0..50 {
        store
            .apply("theirs", &[put(&format!("{n}"), 1, doc! {"n": n})])
            .unwrap();
        store
            .apply("shared", &[put("one", n, doc! {"n": n})])
            .unwrap();
    }
}

#[test]
fn another_process_writes_and_creates_collections_in_the_same_file() {
    let store = Scratch::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::child_process"])
        .env(CHILD, store.path())
        .spawn()
        .unwrap();
    for n in 0..50 {
        store
            .apply("shared", &[put("one", n, doc! {"n": n})])
            .unwrap();
    }
    assert!(child.wait().unwrap().success());
    assert_eq!(store.collections().unwrap(), ["shared", "theirs"]);
    assert_eq!(
        store.versions("shared", &["one"]).unwrap(),
        [("one".into(), 49, false)]
    );
    let outcome = store
        .apply("theirs", &[put("x", 1, doc! {"n": 7})])
        .unwrap();
    assert!(
        matches!(&outcome[..], [Outcome::Rejected { index: Some(name), .. }] if name == "by_n"),
        "{outcome:?}"
    );
}

#[test]
fn two_processes_that_create_the_file_at_once_both_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("docs.db");
    thread::scope(|scope| {
        for n in 0..4 {
            let path = path.clone();
            scope.spawn(move || {
                let store = Store::open(path, Options::default()).unwrap();
                store
                    .apply("c", &[put(&format!("{n}"), 1, doc! {})])
                    .unwrap();
            });
        }
    });
    assert_eq!(
        Store::open(&path, Options::default())
            .unwrap()
            .count("c", &doc! {})
            .unwrap(),
        4
    );
}
