//! A store in a folder of its own, and short forms for what the tests write and ask.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Deref};
use std::path::Path;

use bson::{Bson, DateTime, Document};
use rusqlite::types::Value;
use rusqlite::{Connection, Row};
use twinbase_docstore::{Direction, Find, IndexSpec, Options, Outcome, Put, Store, TextSpec};

/// A store that disappears with the test.
pub(crate) struct Scratch {
    store: Store,
    pub(crate) folder: tempfile::TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: Store::open(folder.path().join("docs.db"), options).unwrap(),
            folder,
        }
    }
}

impl Deref for Scratch {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

pub(crate) fn put(id: &str, version: i64, document: Document) -> Put {
    Put {
        id: id.to_owned(),
        version,
        document: Some(document),
        at: DateTime::from_millis(1_000),
    }
}

pub(crate) fn tombstone(id: &str, version: i64, at_ms: i64) -> Put {
    Put {
        id: id.to_owned(),
        version,
        document: None,
        at: DateTime::from_millis(at_ms),
    }
}

pub(crate) fn index(name: &str, paths: &[&str], unique: bool) -> IndexSpec {
    let keys = paths
        .iter()
        .map(|path| ((*path).to_owned(), Direction::Ascending))
        .collect();
    IndexSpec {
        name: name.to_owned(),
        keys,
        unique,
        ..IndexSpec::default()
    }
}

/// A text index over paths with weights.
pub(crate) fn text(name: &str, weights: &[(&str, u32)]) -> IndexSpec {
    let weights = weights.iter();
    IndexSpec {
        name: name.to_owned(),
        text: Some(TextSpec {
            weights: weights.map(|(path, n)| ((*path).to_owned(), *n)).collect(),
            ..TextSpec::default()
        }),
        ..IndexSpec::default()
    }
}

/// Stores documents under their own `_id`, all at version 1.
pub(crate) fn fill(store: &Store, collection: &str, documents: &[Document]) {
    let puts: Vec<Put> = documents
        .iter()
        .map(|d| put(d.get_str("_id").unwrap(), 1, d.clone()))
        .collect();
    let outcomes = store.apply(collection, &puts).unwrap();
    assert!(
        outcomes.iter().all(|o| *o == Outcome::Applied),
        "{outcomes:?}"
    );
}

/// The ids that a filter finds, sorted.
pub(crate) fn ids(store: &Store, collection: &str, filter: Document) -> Vec<String> {
    let query = Find {
        filter,
        sort: bson::doc! { "_id": 1 },
        ..Find::default()
    };
    id_list(&store.find(collection, &query).unwrap())
}

pub(crate) fn id_list(documents: &[Document]) -> Vec<String> {
    documents
        .iter()
        .map(|d| {
            d.get("_id")
                .and_then(Bson::as_str)
                .unwrap_or("?")
                .to_owned()
        })
        .collect()
}

/// The first `count` documents of a streaming read.
pub(crate) fn first(store: &Store, collection: &str, query: &Find, count: usize) -> Vec<Document> {
    let mut seen = Vec::new();
    store
        .find_each(collection, query, |document| {
            seen.push(document);
            if seen.len() == count {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap();
    seen
}

/// The rows of all tables of entries, by the name of the table.
pub(crate) fn entries(path: &Path) -> BTreeMap<String, Vec<Vec<Value>>> {
    let connection = Connection::open(path).unwrap();
    let tables = "select name from sqlite_schema where type = 'table' and name glob 'c[0-9]*_i[0-9]*' order by name";
    let names: Vec<String> = rows(&connection, tables, |row| row.get(0));
    let read = |name: &String| {
        let select = format!("select * from {name}");
        let columns = connection.prepare(&select).unwrap().column_count();
        rows(&connection, &select, |row| {
            (0..columns).map(|at| row.get(at)).collect()
        })
    };
    names
        .iter()
        .map(|name| (name.clone(), read(name)))
        .collect()
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], read).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}
/// Documents from a JSON array; read as BSON at once, which keeps the order of fields.
pub(crate) fn documents(json: &str) -> Vec<Document> {
    let Ok(Bson::Array(values)) = serde_json::from_str(json) else {
        panic!("{json} is no array")
    };
    values
        .into_iter()
        .map(|value| match value {
            Bson::Document(document) => document,
            other => panic!("{other} is no document"),
        })
        .collect()
}
