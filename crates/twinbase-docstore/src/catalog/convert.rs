//! From the first format to the second, in the transaction of the caller. In the first one an index that had met an array was
//! kept as it was and served no query; now it becomes a table of entries.

use rusqlite::Connection;

use super::change::{arrays, fill, remove, save};
use super::{Index, lookup, names};
use crate::Error;
use crate::sql;
use crate::store::failure;

const OPERATION: &str = "converting the store";

/// Rewrites what the first format says of indexes.
pub(crate) fn from_version_1(connection: &Connection) -> Result<(), Error> {
    let failed = || failure(OPERATION);
    connection
        .execute_batch("alter table indexes rename column has_arrays to multikey")
        .map_err(failed())?;
    for name in names(connection).map_err(failed())? {
        let Some(collection) = lookup(connection, &name).map_err(failed())? else {
            continue;
        };
        for mut index in collection.indexes {
            let old = sql::index(collection.id, index.id);
            if !index.has_entries() {
                // The key of binary data of subtype 2 changed.
                connection
                    .execute_batch(&format!("reindex {old}"))
                    .map_err(failed())?;
                continue;
            }
            connection
                .execute_batch(&format!("drop index {old}"))
                .map_err(failed())?;
            match convert(connection, collection.id, &mut index) {
                Ok(()) => {}
                // What MongoDB would not have indexed, or a document that cannot be read: the documents count for more.
                Err(error @ (Error::InvalidIndex { .. } | Error::Decode { .. })) => {
                    tracing::warn!(
                        collection = name,
                        index = index.definition.name,
                        error = &error as &dyn std::error::Error,
                        "the index cannot hold what is stored and was dropped; it served no query before"
                    );
                    // The table of entries was begun.
                    remove(connection, collection.id, &index).map_err(failed())?;
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

fn convert(connection: &Connection, collection: i64, index: &mut Index) -> Result<(), Error> {
    // No array is left: the table stays right, and tables of entries have one bit at least.
    index.multikey = arrays(connection, collection, index)?.max(1);
    fill(connection, collection, index)?;
    save(connection, index).map_err(failure(OPERATION))
}
