//! Collections as a whole: whether there is one, dropping one, and the view under which other programs find the documents.

use bson::{Bson, Document, doc};
use twinbase_core::{ReplicaError, Schema};

use super::{Mongo, codes, error::Failure};
use crate::query::SYNC;

const DROP: &str = "drop a collection";
const PUBLISH: &str = "publish a collection";

/// What there is under a name: `collection`, `view`, or nothing.
pub(super) async fn kind(mongo: &Mongo, name: &str) -> Result<Option<String>, Failure> {
    let command = doc! { "listCollections": 1, "filter": { "name": name } };
    let answer = mongo.command(mongo.options.call_timeout, command).await?;
    let batch = answer
        .get_document("cursor")
        .and_then(|cursor| cursor.get_array("firstBatch"));
    let found = batch.ok().and_then(|batch| {
        // Not every server filters.
        let mut found = batch.iter().filter_map(Bson::as_document);
        found.find(|found| found.get_str("name").is_ok_and(|of| of == name))
    });
    Ok(found.map(|found| found.get_str("type").unwrap_or("collection").to_owned()))
}

pub(super) async fn drop(mongo: &Mongo, name: &str) -> Result<(), ReplicaError> {
    // Not every server says by its code that there was none.
    let kind = kind(mongo, name).await;
    if kind.map_err(|failure| failure.into_error(DROP))?.is_none() {
        return Ok(());
    }
    let command = doc! { "drop": name, "writeConcern": { "w": "majority" } };
    match mongo.command(mongo.options.call_timeout, command).await {
        Ok(_)
        | Err(Failure::Request {
            code: codes::NAMESPACE_NOT_FOUND,
            ..
        }) => Ok(()),
        Err(failure) => Err(failure.into_error(DROP)),
    }
}

/// A view is moved in one step. A collection of that name is in nobody's use: a worker that was suspended may have brought it back.
pub(super) async fn publish(mongo: &Mongo, schema: &Schema) -> Result<(), ReplicaError> {
    let (logical, physical) = (schema.collection.as_ref(), schema.physical());
    if logical == physical {
        return Ok(());
    }
    let failed = |failure: Failure| failure.into_error(PUBLISH);
    let is_view = match kind(mongo, logical).await.map_err(failed)?.as_deref() {
        Some("view") => true,
        Some(_) => {
            drop(mongo, logical).await?;
            false
        }
        None => false,
    };
    let mut command = if is_view {
        doc! { "collMod": logical }
    } else {
        doc! { "create": logical }
    };
    command.extend(view_of(physical));
    let published = mongo.command(mongo.options.call_timeout, command).await;
    published.map(std::mem::drop).map_err(failed)
}

fn view_of(physical: &str) -> Document {
    let without = [
        doc! { "$match": { "_sync.deleted": { "$ne": true } } },
        doc! { "$project": { SYNC: 0 } },
    ];
    doc! { "viewOn": physical, "pipeline": without.to_vec() }
}
