//! The guarded write. A stored version is never replaced by the same or an older one, a document that cannot be stored
//! harms no other, and what is applied is the batch or nothing.

use bson::{Document, RawDocument};
use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, params};

use crate::catalog::{Collection, Index, hold_entries, save};
use crate::encode::encode;
use crate::entries::{EntryTable, Extract};
use crate::functions::without_damaged;
use crate::path::{Entries, NoEntries, traverses_array};
use crate::sql::{index, table};
use crate::store::{column, failure};
use crate::text::{self, NoTexts, TextTable};
use crate::{Error, Outcome, Put};

const OPERATION: &str = "applying a batch";

/// One batch inside of a transaction.
pub(crate) struct Batch<'t> {
    connection: &'t Connection,
    collection: Collection,
    upsert: CachedStatement<'t>,
}

/// The version that is stored, and the bytes, `None` for a tombstone.
type StoredRow = (i64, Option<Vec<u8>>);

/// What a put changes in the table of entries of one index.
struct Change {
    /// The index, by its position in the collection.
    at: usize,
    /// `None` if what is stored cannot be read.
    old: Option<Entries>,
    new: Entries,
}

impl<'t> Batch<'t> {
    pub(crate) fn new(connection: &'t Connection, collection: Collection) -> Result<Self, Error> {
        let table = table(collection.id);
        let sql = format!(
            "insert into {table} (_id, v, deleted, at, doc) values (?, ?, ?, ?, ?)
             on conflict (_id) do update
             set v = excluded.v, deleted = excluded.deleted, at = excluded.at, doc = excluded.doc
             where excluded.v > {table}.v or typeof({table}.v) <> 'integer'"
        );
        let upsert = connection
            .prepare_cached(&sql)
            .map_err(failure(OPERATION))?;
        Ok(Self {
            connection,
            collection,
            upsert,
        })
    }

    /// The outcomes, in the order of the puts.
    pub(crate) fn apply(mut self, puts: &[Put]) -> Result<Vec<Outcome>, Error> {
        puts.iter().map(|put| self.one(put)).collect()
    }

    fn one(&mut self, put: &Put) -> Result<Outcome, Error> {
        let bytes = match put
            .document
            .as_ref()
            .map(|document| encode(&put.id, document))
            .transpose()
        {
            Ok(bytes) => bytes,
            Err(reason) => return Ok(rejected(reason, None)),
        };
        let document = bytes.as_deref().map(RawDocument::from_bytes);
        let document = document.transpose().map_err(decode)?;
        let with_entries = self.with_entries(document)?;
        // Nothing more has to be read or written without arrays and texts in indexes, and that is how it mostly is.
        if with_entries.is_empty() && self.collection.text().is_none() {
            return self.upsert(put, bytes.as_deref());
        }
        let stored = self.stored(&put.id)?;
        if stored
            .as_ref()
            .is_some_and(|(version, _)| *version >= put.version)
        {
            return Ok(Outcome::Superseded);
        }
        let stored = stored.and_then(|(_, bytes)| bytes);
        let words = match self.words(stored.as_deref(), document) {
            Ok(words) => words,
            Err(NoTexts::Damaged(source)) => return Err(decode(source)),
            Err(NoTexts::Language(reason)) => return Ok(rejected(reason, None)),
        };
        let mut changes = Vec::new();
        for at in with_entries {
            match self.change(at, stored.as_deref(), document)? {
                Ok(change) => changes.push(change),
                Err(reason) => return Ok(rejected(reason, None)),
            }
        }
        self.turn(&changes)?;
        if let Some(name) = self.collision(&put.id, &changes)? {
            return Ok(collides(name));
        }
        let outcome = self.upsert(put, bytes.as_deref())?;
        if outcome == Outcome::Applied {
            self.write_words(&put.id, words.as_ref())
                .map_err(failure(OPERATION))?;
            for change in &changes {
                self.write_entries(&put.id, change)
                    .map_err(failure(OPERATION))?;
            }
        }
        Ok(outcome)
    }

    fn upsert(&mut self, put: &Put, bytes: Option<&[u8]>) -> Result<Outcome, Error> {
        let mut result = self.execute(put, bytes);
        if result.is_err() && self.is_damaged(&put.id)? {
            let connection = self.connection;
            let anew = || {
                self.index_anew()?;
                self.execute(put, bytes)
            };
            result = without_damaged(connection, anew).map_err(failure(OPERATION))?;
        }
        match result {
            Ok(0) => Ok(Outcome::Superseded),
            Ok(_) => Ok(Outcome::Applied),
            Err(error) => self.rejected(error),
        }
    }

    fn execute(&mut self, put: &Put, bytes: Option<&[u8]>) -> rusqlite::Result<usize> {
        self.upsert.execute(params![
            put.id,
            put.version,
            bytes.is_none(),
            put.at.timestamp_millis(),
            bytes
        ])
    }

    /// Whether what is stored under an id cannot be read.
    fn is_damaged(&self, id: &str) -> Result<bool, Error> {
        let stored = self.stored(id)?.and_then(|(_, bytes)| bytes);
        Ok(stored.is_some_and(|bytes| Document::from_reader(&*bytes).is_err()))
    }

    /// An index has what a document had before it was damaged, under keys that nobody can know any more.
    fn index_anew(&self) -> rusqlite::Result<()> {
        let of_sqlite = |of: &&Index| !of.has_entries() && of.definition.text.is_none();
        for of in self.collection.indexes.iter().filter(of_sqlite) {
            let name = index(self.collection.id, of.id);
            self.connection.execute_batch(&format!("reindex {name}"))?;
        }
        Ok(())
    }

    /// What a put changes in the text index.
    fn words(
        &self,
        stored: Option<&[u8]>,
        document: Option<&RawDocument>,
    ) -> Result<Option<text::Change>, NoTexts> {
        match self.collection.text() {
            Some((_, definition)) => text::Change::between(definition, stored, document),
            None => Ok(None),
        }
    }

    fn write_words(&self, id: &str, words: Option<&text::Change>) -> rusqlite::Result<()> {
        let (Some(words), Some((index_id, _))) = (words, self.collection.text()) else {
            return Ok(());
        };
        let sql = format!(
            "select rowid from {} where _id = ?",
            table(self.collection.id)
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let row = statement.query_row([id], |row| row.get(0))?;
        let name = index(self.collection.id, index_id);
        words.write(&TextTable::new(self.connection, name), row)
    }

    /// A unique index rejects the one document; any other failure is one of the batch.
    fn rejected(&self, error: rusqlite::Error) -> Result<Outcome, Error> {
        if let rusqlite::Error::SqliteFailure(code, Some(text)) = &error
            && code.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
            && let Some(name) = self.index_in(text)
        {
            return Ok(collides(name));
        }
        if error.sqlite_error_code() == Some(ErrorCode::TooBig) {
            return Ok(rejected("the document is too large".to_owned(), None));
        }
        Err(failure(OPERATION)(error))
    }

    /// SQLite names an index over expressions as `index 'c1_i2'`.
    fn index_in(&self, text: &str) -> Option<String> {
        let name = text.split('\'').nth(1)?;
        let id = self.collection.id;
        self.collection
            .indexes
            .iter()
            .find(|i| index(id, i.id) == name)
            .map(|i| i.definition.name.clone())
    }

    /// The positions of the indexes that are tables of entries, or will be because this document has an array for them.
    fn with_entries(&self, document: Option<&RawDocument>) -> Result<Vec<usize>, Error> {
        let mut found = Vec::new();
        for (at, index) in self.collection.indexes.iter().enumerate() {
            let mut has_array = false;
            if let Some(document) = document.filter(|_| !index.has_entries()) {
                for (path, _) in &index.definition.keys {
                    has_array |= traverses_array(document, path.parts()).map_err(decode)?;
                }
                has_array = has_array && Extract::new(&index.definition)?.includes(document)?;
            }
            if has_array || index.has_entries() {
                found.push(at);
            }
        }
        Ok(found)
    }

    fn stored(&self, id: &str) -> Result<Option<StoredRow>, Error> {
        let sql = format!(
            "select v, doc from {} where _id = ?",
            table(self.collection.id)
        );
        self.connection
            .prepare_cached(&sql)
            .and_then(|mut statement| {
                statement
                    .query_row([id], |row| {
                        let bytes = column::bytes(row, 1)?;
                        Ok((column::version(row, 0)?, bytes.map(<[u8]>::to_vec)))
                    })
                    .optional()
            })
            .map_err(failure(OPERATION))
    }

    /// What changes in an index, or why the new document cannot be in it.
    fn change(
        &self,
        at: usize,
        stored: Option<&[u8]>,
        document: Option<&RawDocument>,
    ) -> Result<Result<Change, String>, Error> {
        let definition = &self.collection.indexes[at].definition;
        let extract = Extract::new(definition)?;
        let new = match document.map(|document| extract.entries(document)) {
            None => Entries::default(),
            Some(entries) => match entries? {
                Ok(entries) => entries,
                Err(NoEntries::Damaged(source)) => return Err(decode(source)),
                Err(parallel) => {
                    return Ok(Err(format!("index {:?}: {parallel}", definition.name)));
                }
            },
        };
        let old = match stored.map(RawDocument::from_bytes) {
            None => Some(Entries::default()),
            Some(stored) => stored
                .ok()
                .and_then(|stored| extract.entries(stored).ok()?.ok()),
        };
        Ok(Ok(Change { at, old, new }))
    }

    /// Makes tables of the indexes that meet their first array, and remembers on which paths arrays are.
    fn turn(&mut self, changes: &[Change]) -> Result<(), Error> {
        for change in changes {
            let index = &mut self.collection.indexes[change.at];
            let arrays = change.new.arrays;
            if !index.has_entries() {
                tracing::info!(
                    index = index.definition.name,
                    "the first array at a path of the index: it gets an entry for each element"
                );
                hold_entries(self.connection, self.collection.id, index, arrays)?;
            } else if index.multikey | arrays != index.multikey {
                index.multikey |= arrays;
                save(self.connection, index).map_err(failure(OPERATION))?;
            }
        }
        Ok(())
    }

    /// The unique index in which another document has an entry of the new document.
    fn collision(&self, id: &str, changes: &[Change]) -> Result<Option<String>, Error> {
        for change in changes {
            let definition = &self.collection.indexes[change.at].definition;
            if !definition.unique {
                continue;
            }
            let table = self.entries(change.at);
            for entry in &change.new.entries {
                if table.is_taken(entry, id).map_err(failure(OPERATION))? {
                    return Ok(Some(definition.name.clone()));
                }
            }
        }
        Ok(None)
    }

    fn write_entries(&self, id: &str, change: &Change) -> rusqlite::Result<()> {
        let table = self.entries(change.at);
        if let Some(old) = &change.old {
            return table.replace(id, old, &change.new);
        }
        table.forget(id)?;
        table.replace(id, &Entries::default(), &change.new)
    }

    fn entries(&self, at: usize) -> EntryTable<'t> {
        EntryTable::new(
            self.connection,
            self.collection.id,
            &self.collection.indexes[at],
        )
    }
}

fn rejected(reason: String, index: Option<String>) -> Outcome {
    Outcome::Rejected { reason, index }
}

fn collides(index: String) -> Outcome {
    let reason = format!("another document has the same keys in the unique index {index:?}");
    rejected(reason, Some(index))
}

fn decode(source: bson::error::Error) -> Error {
    Error::Decode {
        operation: OPERATION,
        source,
    }
}
