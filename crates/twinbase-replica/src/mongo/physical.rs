//! Collections as a whole: whether there is one, dropping one, and the view under which other programs find the documents.

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt as _;
use twinbase_core::{ReplicaError, Schema};

use super::{Mongo, codes, error::Failure};
use crate::query::SYNC;

const LIST: &str = "list collections";
const DROP: &str = "drop a collection";
const PUBLISH: &str = "publish a collection";

/// The kind of a view.
pub(super) const VIEW: &str = "view";

/// How often in a row a name is cleared for its view: for another time somebody has to write in the instant between two commands.
const ROUNDS: u32 = 5;

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

/// The names of all collections. A view is none.
pub(super) async fn all(mongo: &Mongo) -> Result<Vec<String>, ReplicaError> {
    let database = mongo.database();
    let list = async {
        let list = database.run_cursor_command(doc! { "listCollections": 1 });
        list.await?.try_collect::<Vec<Document>>().await
    };
    let found = mongo.connection.within(mongo.options.call_timeout, list);
    let found = found.await.map_err(|failure| failure.into_error(LIST))?;
    let is_view = |of: &&Document| of.get_str("type").is_ok_and(|kind| kind == VIEW);
    let found = found.iter().filter(|of| !is_view(of));
    let names = found.filter_map(|of| of.get_str("name").ok());
    Ok(names.map(str::to_owned).collect())
}

/// Removes a collection. A view is none: who reads through it finds the documents in another collection.
pub(super) async fn drop(mongo: &Mongo, name: &str) -> Result<(), ReplicaError> {
    // Not every server says by its code that there was none.
    let failed = |failure: Failure| failure.into_error(DROP);
    match kind(mongo, name).await.map_err(failed)?.as_deref() {
        None | Some(VIEW) => Ok(()),
        Some(_) => remove(mongo, name, "majority".into()).await.map_err(failed),
    }
}

async fn remove(mongo: &Mongo, name: &str, acknowledged_by: Bson) -> Result<(), Failure> {
    let command = doc! { "drop": name, "writeConcern": { "w": acknowledged_by } };
    match mongo.command(mongo.options.call_timeout, command).await {
        Err(Failure::Request {
            code: codes::NAMESPACE_NOT_FOUND,
            ..
        }) => Ok(()),
        other => other.map(std::mem::drop),
    }
}

/// Makes the view, or moves it in one step. A collection of that name is in nobody's use; MongoDB exchanges none for a view in one
/// step, so between two commands there is nothing. A worker that knows an older record can bring the collection back just then.
pub(super) async fn publish(mongo: &Mongo, schema: &Schema) -> Result<(), ReplicaError> {
    let (logical, physical) = (schema.collection.as_ref(), schema.physical());
    if logical == physical {
        return Ok(());
    }
    let failed = |failure: Failure| failure.into_error(PUBLISH);
    for _ in 0..ROUNDS {
        match make_view(mongo, logical, physical).await {
            Err(Failure::Request {
                code: codes::NAMESPACE_EXISTS,
                ..
            }) => {}
            made => return made.map_err(failed),
        }
    }
    let cause = format!("somebody brings the collection `{logical}` back");
    Err(failed(Failure::Contended(cause)))
}

async fn make_view(mongo: &Mongo, logical: &str, physical: &str) -> Result<(), Failure> {
    let mut command = match kind(mongo, logical).await?.as_deref() {
        Some(VIEW) => doc! { "collMod": logical },
        None => doc! { "create": logical },
        Some(_) => {
            // The view waits for the majority for both: a failover that undoes this undoes the view too.
            remove(mongo, logical, 1.into()).await?;
            doc! { "create": logical }
        }
    };
    command.extend(view_of(physical));
    let made = mongo.command(mongo.options.call_timeout, command).await;
    made.map(std::mem::drop)
}

fn view_of(physical: &str) -> Document {
    let without = [
        doc! { "$match": { "_sync.deleted": { "$ne": true } } },
        doc! { "$project": { SYNC: 0 } },
    ];
    doc! { "viewOn": physical, "pipeline": without.to_vec(), "writeConcern": { "w": "majority" } }
}
