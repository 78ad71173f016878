//! Indexes whose keys were made by the rules of another version of this program. The rules of languages change with time, and the
//! keys that are stored are those of the rules of their time: such an index is built anew when the file is opened.

use bson::Document;
use rusqlite::{Connection, TransactionBehavior};

use super::change::{ensure, remove};
use super::definition::{RULES, order_of};
use super::lookup;
use crate::Error;
use crate::request::IndexSpec;
use crate::store::failure;

const OPERATION: &str = "renewing indexes";

/// Builds the indexes anew whose rules are not those of this program.
///
/// # Errors
/// [`Error::Unsupported`] for an index with a collation that this program does not have.
pub(crate) fn renew(connection: &mut Connection) -> Result<(), Error> {
    if outdated(connection)?.is_empty() {
        return Ok(());
    }
    let mut transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failure(OPERATION))?;
    // Asked again: another process may have done it meanwhile.
    for (name, index) in outdated(&transaction)? {
        let found = lookup(&transaction, &name).map_err(failure(OPERATION))?;
        let Some(collection) = found else { continue };
        let mut indexes = collection.indexes.into_iter();
        let Some(index) = indexes.find(|own| own.id == index) else {
            continue;
        };
        remove(&transaction, collection.id, &index).map_err(failure(OPERATION))?;
        let savepoint = transaction.savepoint().map_err(failure(OPERATION))?;
        match ensure(&savepoint, &name, &[IndexSpec::from(index.definition)]) {
            Ok(_) => savepoint.commit().map_err(failure(OPERATION))?,
            // The documents count for more. Whoever declares the index again is told what stands against it.
            Err(error @ Error::Duplicates { .. }) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "by the rules of this version, documents are equal that were not: the index was dropped"
            ),
            Err(error) => return Err(error),
        }
    }
    transaction.commit().map_err(failure(OPERATION))
}

/// The collections and numbers of these indexes.
fn outdated(connection: &Connection) -> Result<Vec<(String, i64)>, Error> {
    let mut statement = connection
        .prepare(
            "select c.name, i.id, i.keys from indexes i join collections c on c.id = i.collection",
        )
        .map_err(failure(OPERATION))?;
    let mut rows = statement.query([]).map_err(failure(OPERATION))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failure(OPERATION))? {
        let columns = || Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?));
        let (name, id, bytes) = columns().map_err(failure(OPERATION))?;
        // What is damaged is met where it is read.
        let stored = Document::from_reader(bytes.as_slice()).unwrap_or_default();
        let rules = order_of(&stored)?.fingerprint();
        if rules != stored.get_i64(RULES).ok() {
            found.push((name, id));
        }
    }
    Ok(found)
}
