//! The guarded write. A stored version is never replaced by the same or an older one, a document that cannot be stored
//! harms no other, and what is applied is the batch or nothing.

use std::borrow::Cow;

use bson::{Bson, Document, RawDocument};
use rusqlite::{CachedStatement, Connection, ErrorCode, params};

use crate::catalog::Collection;
use crate::path::traverses_array;
use crate::sql::{index, table};
use crate::store::failure;
use crate::{Error, Outcome, Put};

/// MongoDB's limit for a document.
const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;
/// MongoDB's limit for documents and arrays inside of one another.
const MAX_DEPTH: usize = 100;
const OPERATION: &str = "applying a batch";

/// One batch inside of a transaction.
pub(crate) struct Batch<'t> {
    connection: &'t Connection,
    collection: Collection,
    upsert: CachedStatement<'t>,
}

impl<'t> Batch<'t> {
    pub(crate) fn new(connection: &'t Connection, collection: Collection) -> Result<Self, Error> {
        let table = table(collection.id);
        let sql = format!(
            "insert into {table} (_id, v, deleted, at, doc) values (?, ?, ?, ?, ?)
             on conflict (_id) do update
             set v = excluded.v, deleted = excluded.deleted, at = excluded.at, doc = excluded.doc
             where excluded.v > {table}.v"
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
            Err(reason) => {
                return Ok(Outcome::Rejected {
                    reason,
                    index: None,
                });
            }
        };
        let has_arrays = bytes
            .as_deref()
            .map_or_else(|| Ok(Vec::new()), |bytes| self.indexes_with_arrays(bytes))?;
        if let Some(&at) = has_arrays
            .iter()
            .find(|&&at| self.collection.indexes[at].unique)
        {
            let reason = "an array at a path of a unique index is not supported".to_owned();
            return Ok(Outcome::Rejected {
                reason,
                index: Some(self.collection.indexes[at].name.clone()),
            });
        }
        let result = self.upsert.execute(params![
            put.id,
            put.version,
            bytes.is_none(),
            put.at.timestamp_millis(),
            bytes
        ]);
        match result {
            Ok(0) => Ok(Outcome::Superseded),
            Ok(_) => {
                self.remember_arrays(&has_arrays)?;
                Ok(Outcome::Applied)
            }
            Err(error) => self.rejected(error),
        }
    }

    /// A unique index rejects the one document; any other failure is one of the batch.
    fn rejected(&self, error: rusqlite::Error) -> Result<Outcome, Error> {
        if let rusqlite::Error::SqliteFailure(code, Some(text)) = &error
            && code.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
            && let Some(name) = self.index_in(text)
        {
            let reason = format!("another document has the same keys in the unique index {name:?}");
            return Ok(Outcome::Rejected {
                reason,
                index: Some(name),
            });
        }
        if error.sqlite_error_code() == Some(ErrorCode::TooBig) {
            return Ok(Outcome::Rejected {
                reason: "the document is too large".to_owned(),
                index: None,
            });
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
            .map(|i| i.name.clone())
    }

    /// The positions of the indexes whose paths meet an array in this document and that are not yet known to have one.
    fn indexes_with_arrays(&self, bytes: &[u8]) -> Result<Vec<usize>, Error> {
        let decode = |source| Error::Decode {
            operation: OPERATION,
            source,
        };
        let mut found = Vec::new();
        for (at, index) in self
            .collection
            .indexes
            .iter()
            .enumerate()
            .filter(|(_, index)| !index.has_arrays)
        {
            let document = RawDocument::from_bytes(bytes).map_err(decode)?;
            for (path, _) in &index.keys {
                if traverses_array(document, path.parts()).map_err(decode)? {
                    found.push(at);
                    break;
                }
            }
        }
        Ok(found)
    }

    fn remember_arrays(&mut self, positions: &[usize]) -> Result<(), Error> {
        for &at in positions {
            let index = &mut self.collection.indexes[at];
            index.has_arrays = true;
            tracing::warn!(
                index = index.name,
                "an array was stored at a path of the index, which serves no query any more"
            );
            self.connection
                .execute("update indexes set has_arrays = 1 where id = ?", [index.id])
                .map_err(failure(OPERATION))?;
        }
        Ok(())
    }
}

/// The bytes of a document with its `_id` first, as MongoDB stores it, or why it cannot be stored.
fn encode(id: &str, document: &Document) -> Result<Vec<u8>, String> {
    if document
        .values()
        .any(|value| is_deeper_than(value, MAX_DEPTH - 1))
    {
        return Err(format!("the document is nested over {MAX_DEPTH} levels"));
    }
    let document = with_id(id, document)?;
    let bytes = document
        .to_vec()
        .map_err(|error| format!("the document cannot be written as BSON: {error}"))?;
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(format!(
            "the document has {} bytes, over 16 MiB",
            bytes.len()
        ));
    }
    Ok(bytes)
}

fn with_id<'d>(id: &str, document: &'d Document) -> Result<Cow<'d, Document>, String> {
    if document
        .get("_id")
        .is_some_and(|own| own.as_str() != Some(id))
    {
        return Err("the _id in the document is not that of the write".to_owned());
    }
    if document.keys().next().is_some_and(|first| first == "_id") {
        return Ok(Cow::Borrowed(document));
    }
    let mut with_id = bson::doc! { "_id": id };
    with_id.extend(
        document
            .iter()
            .filter(|(name, _)| *name != "_id")
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    Ok(Cow::Owned(with_id))
}

/// Looks no deeper than the limit, so a hostile document cannot exhaust the stack here.
fn is_deeper_than(value: &Bson, levels: usize) -> bool {
    match value {
        Bson::Document(_) | Bson::Array(_) if levels == 0 => true,
        Bson::Document(inner) => inner
            .values()
            .any(|value| is_deeper_than(value, levels - 1)),
        Bson::Array(inner) => inner.iter().any(|value| is_deeper_than(value, levels - 1)),
        Bson::JavaScriptCodeWithScope(code) => {
            levels == 0
                || code
                    .scope
                    .values()
                    .any(|value| is_deeper_than(value, levels - 1))
        }
        _ => false,
    }
}
