//! Removing old tombstones. There is no TTL index: a sweep can wait for a rebuild, a server cannot.

use bson::{Document, doc};
use jiff::Timestamp;
use twinbase_core::{ReplicaError, Schema};

use super::{Mongo, stored::number};
use crate::collection;

const SWEEP: &str = "sweep tombstones";

/// Finds at most `limit` and removes those that still are what was found: an aggregate may come back between the two.
pub(super) async fn run(
    mongo: &Mongo,
    schema: &Schema,
    before: Timestamp,
    limit: u32,
) -> Result<u64, ReplicaError> {
    let name = collection::name(schema, SWEEP)?;
    if limit == 0 {
        return Ok(0);
    }
    let old = doc! {
        "_sync.deleted": true,
        "_sync.at": { "$lt": bson::DateTime::from_millis(before.as_millisecond()) },
    };
    let mut ids = Vec::new();
    let collection = mongo.database().collection::<Document>(name);
    let find = collection
        .find(old.clone())
        .projection(doc! { "_id": 1 })
        .limit(limit.into());
    mongo
        .each(find, |mut document| ids.extend(document.remove("_id")))
        .await
        .map_err(|failure| failure.into_error(SWEEP))?;
    if ids.is_empty() {
        return Ok(0);
    }
    let mut filter = doc! { "_id": { "$in": ids } };
    filter.extend(old);
    let command = doc! {
        "delete": name,
        "deletes": [{ "q": filter, "limit": 0 }],
        "writeConcern": { "w": "majority" },
    };
    let answer = mongo.command(mongo.options.call_timeout, command).await;
    let answer = answer.map_err(|failure| failure.into_error(SWEEP))?;
    let removed = number(&answer, "n").and_then(|n| u64::try_from(n).ok());
    removed.ok_or_else(|| ReplicaError::Unexpected {
        operation: SWEEP,
        reason: "the answer does not say how many were removed".to_owned(),
    })
}
