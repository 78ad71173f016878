//! Collections and their indexes, the one that the sweep of tombstones uses included.

use std::{collections::HashMap, time::Duration};

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt as _;
use mongodb::IndexModel;
use twinbase_core::{Index, Name, ReplicaError, Schema};

use super::{Mongo, codes, error::Failure, text};
use crate::collection;

const PREPARE: &str = "prepare a collection";
/// How long building the indexes of a collection may take.
const PREPARE_TIMEOUT: Duration = Duration::from_mins(5);
const TOMBSTONES: &str = "twinbase_tombstones";

/// Makes what is missing and, the first time, what is different.
pub(super) async fn collection(mongo: &Mongo, schema: &Schema) -> Result<(), ReplicaError> {
    let name = collection::name(schema, PREPARE)?;
    // Not every server compares what is there with what it is asked for.
    let existing = existing(mongo, name).await?;
    let first = mongo.prepared.is_first(schema);
    let mut missing = Vec::new();
    for (index, keys) in wanted(schema) {
        match existing.get(index) {
            Some(there) if first && !is(there, &keys) => {
                log_change(name, index);
                drop_index(mongo, name, index).await?;
            }
            Some(_) => continue,
            None => {}
        }
        let mut specification = doc! { "key": keys, "name": index };
        if index == TOMBSTONES {
            // Only tombstones have the field; without this every document would cost an entry.
            specification.insert("sparse", true);
        }
        missing.push(specification);
    }
    if !missing.is_empty() {
        let built = build(mongo, name, missing).await;
        built.map_err(|failure| cannot_build(name, failure))?;
    }
    // By itself: a server that has no text search would refuse the others with it.
    if let Some(index) = &schema.text {
        text::prepare(mongo, name, index, &existing, first).await?;
    }
    mongo.prepared.succeeded(schema);
    Ok(())
}

pub(super) fn log_change(collection: &str, index: &str) {
    tracing::info!(
        collection,
        index,
        "the definition of an index changed; rebuilding it"
    );
}

pub(super) async fn drop_index(
    mongo: &Mongo,
    collection: &str,
    index: &str,
) -> Result<(), ReplicaError> {
    let command = doc! { "dropIndexes": collection, "index": index };
    match mongo.command(mongo.options.call_timeout, command).await {
        // Another worker was faster.
        Ok(_)
        | Err(Failure::Request {
            code: codes::INDEX_NOT_FOUND | codes::NAMESPACE_NOT_FOUND,
            ..
        }) => Ok(()),
        Err(failure) => Err(failure.into_error(PREPARE)),
    }
}

/// Builds indexes, and makes the collection too.
pub(super) async fn build(
    mongo: &Mongo,
    collection: &str,
    indexes: Vec<Document>,
) -> Result<(), Failure> {
    let command = doc! { "createIndexes": collection, "indexes": indexes };
    mongo.command(PREPARE_TIMEOUT, command).await.map(drop)
}

/// The error of a build, with the remedy where there is one.
pub(super) fn cannot_build(collection: &str, failure: Failure) -> ReplicaError {
    match failure.into_error(PREPARE) {
        ReplicaError::Refused { operation, reason } => ReplicaError::Refused {
            operation,
            reason: format!(
                "the indexes of the collection `{collection}` cannot be built: {reason}; otherwise change the index in \
                 the schema or the documents that it does not take, or drop the index in its way"
            ),
        },
        other => other,
    }
}

async fn existing(mongo: &Mongo, name: &str) -> Result<HashMap<String, IndexModel>, ReplicaError> {
    let collection = mongo.database().collection::<Document>(name);
    let listed = async { collection.list_indexes().await?.try_collect().await };
    let listed: Vec<IndexModel> = match mongo
        .connection
        .within(mongo.options.call_timeout, Box::pin(listed))
        .await
    {
        Ok(listed) => listed,
        Err(Failure::Request {
            code: codes::NAMESPACE_NOT_FOUND,
            ..
        }) => Vec::new(),
        Err(failure) => return Err(failure.into_error(PREPARE)),
    };
    let named = |index: IndexModel| {
        let name = index.options.as_ref()?.name.clone()?;
        Some((name, index))
    };
    Ok(listed.into_iter().filter_map(named).collect())
}

/// The names of indexes and their keys.
fn wanted(schema: &Schema) -> impl Iterator<Item = (&str, Document)> {
    let named = |index| {
        let key = |(field, direction): &(Name, i32)| (field.to_string(), Bson::from(*direction));
        let index: &Index = index;
        (index.name.as_ref(), index.keys.iter().map(key).collect())
    };
    let own = (TOMBSTONES, doc! { "_sync.at": 1 });
    schema.indexes.iter().map(named).chain([own])
}

fn is(index: &IndexModel, keys: &Document) -> bool {
    // With an expiry the server would remove documents by itself.
    let expires = index.options.as_ref().and_then(|of| of.expire_after);
    expires.is_none() && same_keys(keys, &index.keys)
}

/// Servers give directions back as other types of numbers.
fn same_keys(wanted: &Document, there: &Document) -> bool {
    let keys = |(name, value)| (name, direction(value));
    wanted.iter().map(keys).eq(there.iter().map(keys))
}

fn direction(value: &Bson) -> Option<bool> {
    number(value).map(|number| number > 0.0)
}

/// A number, whatever its type. Directions and weights are small.
pub(super) fn number(value: &Bson) -> Option<f64> {
    match value {
        Bson::Int32(n) => Some((*n).into()),
        Bson::Int64(n) => i32::try_from(*n).ok().map(f64::from),
        Bson::Double(n) => Some(*n),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::same_keys;

    #[test]
    fn keys_are_the_same_whatever_numbers_the_server_gives_them_as() {
        let wanted = doc! { "a": 1, "b": -1 };
        assert!(same_keys(&wanted, &doc! { "a": 1.0, "b": -1_i64 }));
        for other in [
            doc! { "b": -1, "a": 1 },
            doc! { "a": 1 },
            doc! { "a": 1, "b": 1 },
            doc! { "a": "text", "b": -1 },
        ] {
            assert!(!same_keys(&wanted, &other), "{other}");
        }
    }
}
