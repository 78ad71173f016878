//! Reads of our own: by id and in the order of ids, tombstones and versions included. Each reads what the majority of
//! the servers has, which a failover cannot undo.

use bson::{Bson, Document, doc};
use mongodb::options::ReadConcern;
use twinbase_core::{AggregateId, ReplicaError};

use super::{Mongo, error::Failure, session::Found, stored::stored};

/// An `$in` of these stays far below the size of a command.
const MAX_IDS: usize = 10_000;

impl Mongo {
    /// `_id` and `_sync` of documents and tombstones.
    pub(super) async fn versions_of(
        &self,
        collection: &'static str,
        ids: &[&AggregateId],
    ) -> Result<Vec<Document>, Failure> {
        let projection = doc! { "_sync.v": 1, "_sync.deleted": 1 };
        self.by_id(collection, ids, projection).await
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
            self.drain(cursor, &mut found).await?;
        }
        Ok(found)
    }

    /// The first documents and tombstones in this order.
    pub(super) async fn collect(
        &self,
        collection: &'static str,
        filter: Document,
        sort: Document,
        limit: i64,
    ) -> Result<Vec<Document>, Failure> {
        let collection = self.database().collection::<Document>(collection);
        let action = collection
            .find(filter)
            .sort(sort)
            .limit(limit)
            .read_concern(ReadConcern::majority())
            .batch_size(self.options.batch_size);
        let cursor = self
            .connection
            .within(self.options.call_timeout, self.run_find(action))
            .await?;
        let mut found = Vec::new();
        self.drain(cursor, &mut found).await?;
        Ok(found)
    }

    /// Ids that sort after all text, such as those that MongoDB makes itself, are on no page that starts after a text.
    pub(super) async fn check_last_id(
        &self,
        collection: &'static str,
        operation: &'static str,
    ) -> Result<(), ReplicaError> {
        self.collect(collection, doc! {}, doc! { "_id": -1 }, 1)
            .await
            .map_err(|failure| failure.into_error(operation))?
            .into_iter()
            .try_for_each(|document| stored(document, operation).map(drop))
    }

    async fn drain(
        &self,
        mut cursor: Found<Document>,
        found: &mut Vec<Document>,
    ) -> Result<(), Failure> {
        while let Some(document) = self
            .connection
            .within(self.options.call_timeout, cursor.next())
            .await?
        {
            found.push(document);
        }
        Ok(())
    }
}
