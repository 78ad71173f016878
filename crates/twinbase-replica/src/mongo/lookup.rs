//! Reads of our own: by id and in the order of ids, tombstones and versions included. Each reads what the majority of
//! the servers has, which a failover cannot undo.

use bson::{Bson, Document, doc};
use mongodb::options::ReadConcern;
use twinbase_core::AggregateId;

use super::{Mongo, error::Failure, session::Found};

/// An `$in` of these stays far below the size of a command.
const MAX_IDS: usize = 10_000;

/// What shows ids and versions, and no content.
fn versions() -> Document {
    doc! { "_sync.v": 1, "_sync.deleted": 1 }
}

impl Mongo {
    /// `_id` and `_sync` of documents and tombstones.
    pub(super) async fn versions_of(
        &self,
        collection: &'static str,
        ids: &[&AggregateId],
    ) -> Result<Vec<Document>, Failure> {
        self.by_id(collection, ids, versions()).await
    }

    /// Documents and tombstones with these ids.
    pub(super) async fn by_id(
        &self,
        collection: &'static str,
        ids: &[&AggregateId],
        projection: Document,
    ) -> Result<Vec<Document>, Failure> {
        let collection = self.database().collection::<Document>(collection);
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(MAX_IDS) {
            let ids: Vec<Bson> = ids.iter().map(|id| id.as_str().into()).collect();
            let action = collection
                .find(doc! { "_id": { "$in": ids } })
                .projection(projection.clone())
                .read_concern(ReadConcern::majority())
                .batch_size(self.options.batch_size);
            let cursor = self
                .connection
                .within(self.options.call_timeout, self.run_find(action))
                .await?;
            self.drain(cursor, |document| found.push(document)).await?;
        }
        Ok(found)
    }

    /// `_id` and version of documents that match, in the order of ids.
    pub(super) async fn in_order(
        &self,
        collection: &'static str,
        filter: Document,
        limit: i64,
    ) -> Result<Vec<Document>, Failure> {
        let collection = self.database().collection::<Document>(collection);
        let action = collection
            .find(filter)
            .projection(versions())
            .sort(doc! { "_id": 1 })
            .limit(limit)
            .read_concern(ReadConcern::majority())
            .batch_size(self.options.batch_size);
        let cursor = self
            .connection
            .within(self.options.call_timeout, self.run_find(action))
            .await?;
        let mut found = Vec::new();
        self.drain(cursor, |document| found.push(document)).await?;
        Ok(found)
    }

    /// Visits the `_id` of each document that is not under a text, such as those that MongoDB makes itself.
    pub(super) async fn each_foreign_id(
        &self,
        collection: &'static str,
        mut visit: impl FnMut(Bson),
    ) -> Result<(), Failure> {
        let collection = self.database().collection::<Document>(collection);
        let action = collection
            .find(doc! { "_id": { "$not": { "$type": "string" } } })
            .projection(doc! { "_id": 1 })
            .read_concern(ReadConcern::majority())
            .batch_size(self.options.batch_size);
        let cursor = self
            .connection
            .within(self.options.call_timeout, self.run_find(action))
            .await?;
        self.drain(cursor, |mut document| {
            visit(document.remove("_id").unwrap_or(Bson::Null));
        })
        .await
    }

    async fn drain(
        &self,
        mut cursor: Found<Document>,
        mut visit: impl FnMut(Document),
    ) -> Result<(), Failure> {
        while let Some(document) = self
            .connection
            .within(self.options.call_timeout, cursor.next())
            .await?
        {
            visit(document);
        }
        Ok(())
    }
}
