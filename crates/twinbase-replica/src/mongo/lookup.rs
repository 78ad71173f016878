//! Reads of our own: by id and in the order of ids, tombstones and versions included. Each reads what the majority of
//! the servers has, which a failover cannot undo.

use std::ops::ControlFlow;

use bson::{Document, RawDocument, doc};
use mongodb::{action::Find, options::ReadConcern};
use twinbase_core::{AggregateId, ReplicaError, Schema};

use super::{Mongo, error::Failure, options::BATCH_SIZE};

/// An `$in` of these stays far below the size of a command.
const MAX_IDS: usize = 10_000;

/// What shows ids and versions, and no content.
pub(super) fn versions() -> Document {
    doc! { "_sync.v": 1, "_sync.deleted": 1 }
}

impl Mongo {
    /// Documents and tombstones with these ids.
    pub(super) async fn by_id(
        &self,
        schema: &Schema,
        operation: &'static str,
        ids: impl IntoIterator<Item = &AggregateId>,
        projection: Document,
    ) -> Result<Vec<Document>, ReplicaError> {
        let collection = self.collection(schema, operation)?;
        let ids: Vec<&str> = ids.into_iter().map(AggregateId::as_str).collect();
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(MAX_IDS) {
            let find = collection
                .find(doc! { "_id": { "$in": ids } })
                .projection(projection.clone());
            let each = self.each(find, |document| found.push(document)).await;
            each.map_err(|failure| failure.into_error(operation))?;
        }
        Ok(found)
    }

    /// Visits documents as they are sent until it has enough; every message has its deadline.
    pub(super) async fn each_raw(
        &self,
        find: Find<'_, Document>,
        mut visit: impl FnMut(&RawDocument) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let find = self.placed(find).read_concern(ReadConcern::majority());
        let deadline = self.options.call_timeout;
        let mut cursor = self
            .connection
            .within(deadline, self.run_find(find))
            .await?;
        loop {
            let next = cursor.next_raw(&mut visit);
            match self.connection.within(deadline, next).await? {
                Some(ControlFlow::Continue(())) => {}
                Some(ControlFlow::Break(())) | None => return Ok(()),
            }
        }
    }

    /// Visits each document that is found; every message has its deadline.
    pub(super) async fn each(
        &self,
        find: Find<'_, Document>,
        mut visit: impl FnMut(Document),
    ) -> Result<(), Failure> {
        let find = self
            .placed(find)
            .read_concern(ReadConcern::majority())
            .batch_size(BATCH_SIZE);
        let deadline = self.options.call_timeout;
        let cursor = self.connection.within(deadline, self.run_find(find));
        let mut cursor = cursor.await?;
        while let Some(document) = self.connection.within(deadline, cursor.next()).await? {
            visit(document);
        }
        Ok(())
    }

    /// In a session a check goes where its query goes, and each waits for what the one before has seen. Outside of one what
    /// is read decides something: it goes to the primary.
    fn placed<'a>(&self, find: Find<'a, Document>) -> Find<'a, Document> {
        match (&self.session, &self.readers) {
            (Some(_), Some(readers)) => find.selection_criteria(readers.clone()),
            _ => find,
        }
    }
}
