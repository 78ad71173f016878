//! Which collections and indexes exist. It is read in the snapshot of each operation and never cached, so what another
//! process creates is seen at once.

mod change;
mod condition;
mod convert;
mod definition;
mod names;
mod renew;

use rusqlite::{Connection, Row};

pub(crate) use change::{drop_collection, drop_index, ensure, hold_entries, save};
pub(crate) use convert::from_version_1;
pub(crate) use definition::Definition;
pub(crate) use names::check_name;
pub(crate) use renew::renew;

use crate::path::Path;
use crate::text;
use crate::value::Order;

/// The tables of the catalog.
pub(crate) const SCHEMA: &str = "
    create table collections (id integer primary key autoincrement, name text not null unique) strict;
    create table indexes (
        id integer primary key autoincrement,
        collection integer not null references collections (id),
        name text not null,
        keys blob not null,
        is_unique integer not null,
        multikey integer not null default 0,
        unique (collection, name)
    ) strict;
";

/// A collection as it is in the current snapshot.
#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) id: i64,
    pub(crate) indexes: Vec<Index>,
}

impl Collection {
    /// The number and the definition of the text index.
    pub(crate) fn text(&self) -> Option<(i64, &text::Definition)> {
        let mut indexes = self.indexes.iter();
        indexes.find_map(|index| Some((index.id, index.definition.text.as_ref()?)))
    }
}

/// A secondary index.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) id: i64,
    pub(crate) definition: Definition,
    /// A bit for each key, by its position, on whose path an array was ever stored. From the first one on the index is a
    /// table of entries, one for each element; until then it is an index of SQLite's on the documents.
    pub(crate) multikey: u32,
}

impl Collection {
    /// Whether every document can be found by a path: it is the first key of an index in this order that all of them are in.
    pub(crate) fn has_index_on(&self, path: &Path, order: &Order) -> bool {
        self.indexes.iter().any(|index| {
            let definition = &index.definition;
            definition.condition.is_none()
                && definition.order == *order
                && definition.keys.first().is_some_and(|(key, _)| key == path)
        })
    }
}

impl Index {
    pub(crate) fn has_entries(&self) -> bool {
        self.multikey != 0
    }

    /// Whether a document may have several values for this key.
    pub(crate) fn is_multikey(&self, position: usize) -> bool {
        self.multikey & (1 << position) != 0
    }

    /// Whether it has a key on this path of which every document in it has one value.
    pub(crate) fn has_single_values(&self, path: &Path) -> bool {
        let keys = self.definition.keys.iter().enumerate();
        keys.into_iter()
            .any(|(position, (key, _))| key == path && !self.is_multikey(position))
    }
}

/// Looks a collection up.
pub(crate) fn lookup(connection: &Connection, name: &str) -> rusqlite::Result<Option<Collection>> {
    let mut statement = connection.prepare_cached(
        "select c.id, i.id, i.name, i.keys, i.is_unique, i.multikey
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
        collection.indexes.extend(index(row)?);
    }
    Ok(found)
}

fn index(row: &Row<'_>) -> rusqlite::Result<Option<Index>> {
    let Some(id) = row.get(1)? else {
        return Ok(None);
    };
    Ok(Some(Index {
        id,
        definition: Definition::from_bytes(row.get(2)?, &row.get::<_, Vec<u8>>(3)?, row.get(4)?),
        multikey: row.get(5)?,
    }))
}

/// The names of all collections, sorted.
pub(crate) fn names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached("select name from collections order by name")?
        .query_map([], |row| row.get(0))?
        .collect()
}
