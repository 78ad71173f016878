//! Collections and their indexes, the one that removes tombstones included.

use bson::{Document, doc};
use twinbase_core::{ReplicaError, Schema, replica::TOMBSTONE_TTL};

use super::{Mongo, call::within, codes, error::Failure};
use crate::collection;

const PREPARE: &str = "prepare a collection";
const TOMBSTONES: &str = "twinbase_tombstones";

/// Makes what is missing; the command creates the collection too.
pub(super) async fn collection(mongo: &Mongo, schema: &'static Schema) -> Result<(), ReplicaError> {
    let name = collection::name(schema, PREPARE)?;
    let indexes: Vec<Document> = indexes(schema);
    let command = doc! { "createIndexes": name, "indexes": indexes };
    match within(
        mongo.options.prepare_timeout,
        mongo.database.run_command(command),
    )
    .await
    {
        Ok(_) => Ok(()),
        Err(Failure::Request { code, message })
            if matches!(
                code,
                codes::INDEX_OPTIONS_CONFLICT | codes::INDEX_KEY_SPECS_CONFLICT
            ) =>
        {
            Err(ReplicaError::Refused {
                operation: PREPARE,
                reason: format!(
                    "the collection `{name}` has an index with the same name or keys and other options; \
                     drop that index or change the schema ({message})"
                ),
            })
        }
        Err(failure) => Err(failure.into_error(PREPARE)),
    }
}

fn indexes(schema: &'static Schema) -> Vec<Document> {
    let mut indexes: Vec<Document> = schema
        .indexes
        .iter()
        .map(|index| {
            let key: Document = index
                .keys
                .iter()
                .map(|(field, direction)| ((*field).to_owned(), (*direction).into()))
                .collect();
            doc! { "key": key, "name": index.name }
        })
        .collect();
    indexes.push(doc! {
        "key": { "_sync.at": 1 },
        "name": TOMBSTONES,
        // Only tombstones have the field; without this every document would cost an entry.
        "sparse": true,
        "expireAfterSeconds": i32::try_from(TOMBSTONE_TTL.as_secs()).unwrap_or(i32::MAX),
    });
    indexes
}
