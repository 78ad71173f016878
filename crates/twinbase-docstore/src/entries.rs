//! The table of an index that met an array: a row for each entry of a document, kept by the write of the document in the
//! same transaction. The columns are a key for each path of the index, the id, and which end of its document an entry is.

use bson::RawDocument;
use rusqlite::{Connection, params_from_iter, types::Value};

use crate::catalog::{Definition, Index};
use crate::filter::Compiled;
use crate::path::{self, Entries, Entry, NoEntries};
use crate::request::Direction;
use crate::store::Clock;
use crate::{Error, sql};

/// The smallest entry of its document, by which an ascending sort places it; a document has one such row.
pub(crate) const SMALLEST: u8 = 1;
/// The largest entry, for a descending sort.
pub(crate) const LARGEST: u8 = 2;

/// What an index holds of documents, for one write after another.
#[derive(Debug)]
pub(crate) struct Extract<'d> {
    definition: &'d Definition,
    condition: Option<Compiled>,
    clock: Clock,
}

impl<'d> Extract<'d> {
    pub(crate) fn new(definition: &'d Definition) -> Result<Self, Error> {
        let condition = definition.condition.as_ref();
        Ok(Self {
            definition,
            condition: condition
                .map(|condition| Compiled::new(condition, &definition.order))
                .transpose()?,
            // Nothing sets it: a write has no time limit.
            clock: Clock::new(),
        })
    }

    /// Whether the document is in the index.
    pub(crate) fn includes(&self, document: &RawDocument) -> Result<bool, Error> {
        match &self.condition {
            Some(condition) => Ok(condition.matches(document, &self.clock)?),
            None => Ok(true),
        }
    }

    /// The entries of a document; none of one that is not in the index.
    pub(crate) fn entries(
        &self,
        document: &RawDocument,
    ) -> Result<Result<Entries, NoEntries>, Error> {
        if !self.includes(document)? {
            return Ok(Ok(Entries::default()));
        }
        let paths = self.definition.paths();
        Ok(path::entries(
            document,
            &paths,
            self.definition.sparse,
            &self.definition.order,
        ))
    }
}

/// The table of one index.
#[derive(Debug)]
pub(crate) struct EntryTable<'c> {
    connection: &'c Connection,
    name: String,
    width: usize,
}

impl<'c> EntryTable<'c> {
    pub(crate) fn new(connection: &'c Connection, collection: i64, index: &Index) -> Self {
        Self {
            connection,
            name: sql::index(collection, index.id),
            width: index.definition.keys.len(),
        }
    }

    /// The key of the table begins as the index does, in its directions, so that SQLite can walk it for a sort.
    pub(crate) fn create(&self, definition: &Definition) -> rusqlite::Result<()> {
        let columns = self.list(|at| format!("k{at} blob not null"));
        let order = |at: usize| match definition.keys[at].1 {
            Direction::Ascending => format!("k{at}"),
            Direction::Descending => format!("k{at} desc"),
        };
        self.connection.execute_batch(&format!(
            "create table {} ({columns}, id text not null, ends integer not null, primary key ({}, id)) without rowid",
            self.name,
            self.list(order),
        ))
    }

    /// Whether another document has this entry.
    pub(crate) fn is_taken(&self, entry: &Entry, id: &str) -> rusqlite::Result<bool> {
        let sql = format!(
            "select 1 from {} where {} and id <> ?{} limit 1",
            self.name,
            self.equal(),
            self.width + 1
        );
        self.connection
            .prepare_cached(&sql)?
            .exists(values(entry, id, None))
    }

    /// Makes what is there of a document what it should be; rows that stay are not written.
    pub(crate) fn replace(&self, id: &str, old: &Entries, new: &Entries) -> rusqlite::Result<()> {
        if old == new {
            return Ok(());
        }
        let delete = format!(
            "delete from {} where {} and id = ?{}",
            self.name,
            self.equal(),
            self.width + 1
        );
        for entry in old.entries.difference(&new.entries) {
            self.connection
                .prepare_cached(&delete)?
                .execute(values(entry, id, None))?;
        }
        let places = self.list(|at| format!("?{}", at + 1));
        let insert = format!(
            "insert or replace into {} values ({places}, ?{}, ?{})",
            self.name,
            self.width + 1,
            self.width + 2
        );
        for entry in &new.entries {
            let ends = new.ends(entry);
            if !old.entries.contains(entry) || old.ends(entry) != ends {
                self.connection
                    .prepare_cached(&insert)?
                    .execute(values(entry, id, Some(ends)))?;
            }
        }
        Ok(())
    }

    /// Removes what is there of a document whose entries are not known any more. It reads the whole table.
    pub(crate) fn forget(&self, id: &str) -> rusqlite::Result<()> {
        let sql = format!("delete from {} where id = ?", self.name);
        self.connection.execute(&sql, [id]).map(|_| ())
    }

    fn equal(&self) -> String {
        let terms: Vec<String> = (0..self.width)
            .map(|at| format!("k{at} = ?{}", at + 1))
            .collect();
        terms.join(" and ")
    }

    fn list(&self, column: impl Fn(usize) -> String) -> String {
        (0..self.width).map(column).collect::<Vec<_>>().join(", ")
    }
}

impl Entries {
    /// Which ends of its document an entry is.
    fn ends(&self, entry: &Entry) -> u8 {
        let is = |end: Option<&Entry>, flag| if end == Some(entry) { flag } else { 0 };
        is(self.entries.first(), SMALLEST) | is(self.entries.last(), LARGEST)
    }
}

fn values(entry: &Entry, id: &str, ends: Option<u8>) -> impl rusqlite::Params {
    let keys = entry.iter().cloned().map(Value::Blob);
    let id = Value::Text(id.to_owned());
    let ends = ends.map(|ends| Value::Integer(ends.into()));
    params_from_iter(keys.chain([id]).chain(ends).collect::<Vec<_>>())
}
