//! Collections and their indexes, the one that removes tombstones included.

use std::{collections::HashMap, time::Duration};

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt as _;
use mongodb::IndexModel;
use twinbase_core::{ReplicaError, Schema, replica::TOMBSTONE_TTL};

use super::{Mongo, codes, error::Failure};
use crate::collection;

const PREPARE: &str = "prepare a collection";
const TOMBSTONES: &str = "twinbase_tombstones";
const NAMESPACE_NOT_FOUND: i32 = 26;

/// An index as we want it.
struct Wanted {
    name: &'static str,
    keys: Document,
    expire_after: Option<Duration>,
}

/// Makes what is missing; an index that is there and different is a person's to decide about.
pub(super) async fn collection(mongo: &Mongo, schema: &'static Schema) -> Result<(), ReplicaError> {
    let name = collection::name(schema, PREPARE)?;
    // Not every server compares what is there with what it is asked for.
    let existing = existing(mongo, name).await?;
    let mut missing = Vec::new();
    for wanted in wanted(schema) {
        match existing.get(wanted.name) {
            None => missing.push(wanted.specification()),
            Some(index) if wanted.is(index) => {}
            Some(index) => {
                return Err(conflict(
                    name,
                    &format!("`{}` exists as {}, and", wanted.name, index.keys),
                ));
            }
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    // This makes the collection too.
    let command = doc! { "createIndexes": name, "indexes": missing };
    let deadline = mongo.options.prepare_timeout;
    match mongo
        .connection
        .within(deadline, mongo.database().run_command(command))
        .await
    {
        Ok(_) => Ok(()),
        Err(Failure::Request {
            code: codes::INDEX_OPTIONS_CONFLICT | codes::INDEX_KEY_SPECS_CONFLICT,
            message,
        }) => Err(conflict(name, &format!("({message})"))),
        Err(failure) => Err(failure.into_error(PREPARE)),
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
            code: NAMESPACE_NOT_FOUND,
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

fn wanted(schema: &'static Schema) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = schema
        .indexes
        .iter()
        .map(|index| Wanted {
            name: index.name,
            keys: index
                .keys
                .iter()
                .map(|(field, direction)| ((*field).to_owned(), Bson::from(*direction)))
                .collect(),
            expire_after: None,
        })
        .collect();
    wanted.push(Wanted {
        name: TOMBSTONES,
        keys: doc! { "_sync.at": 1 },
        expire_after: Some(TOMBSTONE_TTL),
    });
    wanted
}

impl Wanted {
    fn specification(self) -> Document {
        let mut specification = doc! { "key": self.keys, "name": self.name };
        if let Some(after) = self.expire_after {
            let seconds = i32::try_from(after.as_secs()).unwrap_or(i32::MAX);
            specification.insert("expireAfterSeconds", seconds);
            // Only tombstones have the field; without this every document would cost an entry.
            specification.insert("sparse", true);
        }
        specification
    }

    fn is(&self, index: &IndexModel) -> bool {
        let there = index
            .options
            .as_ref()
            .and_then(|options| options.expire_after);
        // A server that does not do TTL may not report it.
        let same_expiry = there.is_none() || there == self.expire_after;
        same_expiry && same_keys(&self.keys, &index.keys)
    }
}

/// Servers give directions back as other types of numbers.
fn same_keys(wanted: &Document, there: &Document) -> bool {
    wanted.len() == there.len()
        && wanted
            .iter()
            .zip(there)
            .all(|((a, x), (b, y))| a == b && direction(x) == direction(y))
}

fn direction(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(n) => Some((*n).into()),
        Bson::Int64(n) => Some(*n),
        Bson::Double(n) if *n > 0.0 => Some(1),
        Bson::Double(_) => Some(-1),
        _ => None,
    }
}

fn conflict(collection: &str, found: &str) -> ReplicaError {
    ReplicaError::Refused {
        operation: PREPARE,
        reason: format!(
            "the collection `{collection}` has an index that is not the schema's: {found} must be dropped or the schema changed"
        ),
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
