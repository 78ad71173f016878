//! Which collections and indexes exist. It is read in the snapshot of each operation and never cached, so what another
//! process creates is seen at once.

mod change;
mod names;

use bson::{Bson, Document, doc};
use rusqlite::Connection;

pub(crate) use change::{drop_collection, drop_index, ensure};
pub(crate) use names::check_name;

use crate::path::Path;
use crate::request::{Direction, IndexSpec};

/// The tables of the catalog.
pub(crate) const SCHEMA: &str = "
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
";

/// A collection as it is in the current snapshot.
#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) id: i64,
    pub(crate) indexes: Vec<Index>,
}

/// A secondary index.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) keys: Vec<(Path, Direction)>,
    pub(crate) unique: bool,
    /// Whether a document with an array on one of the paths was ever written. From then on a document may have more keys
    /// than the index holds, and the index serves no query.
    pub(crate) has_arrays: bool,
}

impl From<Index> for IndexSpec {
    fn from(index: Index) -> Self {
        let keys = index.keys.iter();
        Self {
            name: index.name,
            keys: keys
                .map(|(path, direction)| (path.text().to_owned(), *direction))
                .collect(),
            unique: index.unique,
        }
    }
}

impl Collection {
    /// Whether an index has this path and every document has one key for it.
    pub(crate) fn indexes_single_values(&self, path: &Path) -> bool {
        self.indexes
            .iter()
            .any(|index| !index.has_arrays && index.keys.iter().any(|(key, _)| key == path))
    }
}

/// Looks a collection up.
pub(crate) fn lookup(connection: &Connection, name: &str) -> rusqlite::Result<Option<Collection>> {
    let mut statement = connection.prepare_cached(
        "select c.id, i.id, i.name, i.keys, i.is_unique, i.has_arrays
         from collections c left join indexes i on i.collection = c.id where c.name = ? order by i.id",
    )?;
    let mut rows = statement.query([name])?;
    let mut found: Option<Collection> = None;
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let collection = found.get_or_insert_with(|| Collection {
            id,
            indexes: Vec::new(),
        });
        if let Some(id) = row.get::<_, Option<i64>>(1)? {
            collection.indexes.push(Index {
                id,
                name: row.get(2)?,
                keys: keys_from_bytes(&row.get::<_, Vec<u8>>(3)?),
                unique: row.get(4)?,
                has_arrays: row.get(5)?,
            });
        }
    }
    Ok(found)
}

/// The names of all collections, sorted.
pub(crate) fn names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached("select name from collections order by name")?
        .query_map([], |row| row.get(0))?
        .collect()
}

fn keys_to_bytes(spec: &IndexSpec) -> Result<Vec<u8>, bson::error::Error> {
    let keys: Document = spec
        .keys
        .iter()
        .map(|(path, direction)| {
            (
                path.clone(),
                Bson::Int32(if *direction == Direction::Ascending {
                    1
                } else {
                    -1
                }),
            )
        })
        .collect();
    doc! { "keys": keys }.to_vec()
}

fn keys_from_bytes(bytes: &[u8]) -> Vec<(Path, Direction)> {
    let spec = Document::from_reader(bytes).unwrap_or_default();
    spec.get_document("keys")
        .ok()
        .and_then(|keys| crate::sort::parse(keys).ok())
        .unwrap_or_default()
}
