//! Reads from the collections. Answers come as streams of bounded batches; every message has its deadline.

use std::{ops::ControlFlow, sync::Arc};

use async_trait::async_trait;
use bson::{Bson, Document, RawDocument, doc};
use futures_util::{StreamExt as _, stream};
use mongodb::options::{self, CollationStrength};
use twinbase_core::{
    AggregateId, ReplicaError, Schema,
    replica::{Applied, Collation, DocumentPage, Documents, Find, Page, Reads, Stored, Strength},
};

use super::{
    Mongo,
    error::Failure,
    lookup::versions,
    options::BATCH_SIZE,
    physical,
    session::Found,
    shape,
    stored::{applied, position, stored},
    text,
};
use crate::{
    collection,
    query::{self, SYNC, refused},
};

const FIND: &str = "find documents";
const AGGREGATE: &str = "aggregate documents";
const COUNT: &str = "count documents";
const DISTINCT: &str = "find distinct values";
const GET: &str = "get documents by id";
const VERSIONS: &str = "get versions";
const EXISTS: &str = "see whether a collection is there";
const SCAN: &str = "scan a collection";
const SESSION: &str = "start a session";

#[async_trait]
impl Reads for Mongo {
    async fn find(&self, schema: &Schema, find: Find) -> Result<Documents, ReplicaError> {
        let collection = self.collection(schema, FIND)?;
        query::check_find(&find)?;
        text::check([&find.filter])?;
        // To the server, 0 means no limit.
        if find.limit == Some(0) {
            return Ok(stream::empty().boxed());
        }
        let mut action = collection
            .find(shape::filter(find.filter))
            .projection(shape::projection(find.projection))
            .skip(find.skip)
            .batch_size(BATCH_SIZE)
            .max_time(self.options.query_time);
        if let Some(readers) = self.readers.clone() {
            action = action.selection_criteria(readers);
        }
        if let Some(limit) = find.limit {
            let limit = i64::try_from(limit).map_err(|_| refused("`limit` must be below 2^63"))?;
            action = action.limit(limit);
        }
        if let Some(sort) = find.sort {
            action = action.sort(sort);
        }
        if let Some(collation) = self.collation.clone() {
            action = action.collation(collation);
        }
        let cursor = self.query(FIND, self.run_find(action)).await?;
        Ok(self.documents(cursor, FIND))
    }

    async fn aggregate(
        &self,
        schema: &Schema,
        pipeline: Vec<Document>,
    ) -> Result<Documents, ReplicaError> {
        let collection = self.collection(schema, AGGREGATE)?;
        query::check_pipeline(&pipeline)?;
        text::check(&pipeline)?;
        let mut action = collection
            .aggregate(shape::pipeline(pipeline))
            .batch_size(BATCH_SIZE)
            .max_time(self.options.query_time);
        if let Some(readers) = self.readers.clone() {
            action = action.selection_criteria(readers);
        }
        if let Some(collation) = self.collation.clone() {
            action = action.collation(collation);
        }
        let cursor = self.query(AGGREGATE, self.run_aggregate(action)).await?;
        Ok(self.documents(cursor, AGGREGATE))
    }

    async fn count(&self, schema: &Schema, filter: Document) -> Result<u64, ReplicaError> {
        let collection = self.collection(schema, COUNT)?;
        query::check_filter(&filter)?;
        text::check([&filter])?;
        let mut action = collection
            .count_documents(shape::filter(filter))
            .max_time(self.options.query_time);
        if let Some(readers) = self.readers.clone() {
            action = action.selection_criteria(readers);
        }
        if let Some(collation) = self.collation.clone() {
            action = action.collation(collation);
        }
        self.query(COUNT, self.run_count(action)).await
    }

    async fn distinct(
        &self,
        schema: &Schema,
        field: &str,
        filter: Document,
    ) -> Result<Vec<Bson>, ReplicaError> {
        let collection = self.collection(schema, DISTINCT)?;
        query::check_distinct(field, &filter)?;
        text::check([&filter])?;
        let mut action = collection
            .distinct(field, shape::filter(filter))
            .max_time(self.options.query_time);
        if let Some(readers) = self.readers.clone() {
            action = action.selection_criteria(readers);
        }
        if let Some(collation) = self.collation.clone() {
            action = action.collation(collation);
        }
        self.query(DISTINCT, self.run_distinct(action)).await
    }

    async fn get(&self, schema: &Schema, ids: &[AggregateId]) -> Result<Vec<Stored>, ReplicaError> {
        let found = self.by_id(schema, GET, ids, doc! {}).await?;
        let found = found.into_iter();
        found.map(|document| stored(document, GET)).collect()
    }

    async fn versions(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<Applied>, ReplicaError> {
        let found = self.by_id(schema, VERSIONS, ids, versions()).await?;
        let found = found.iter();
        found.map(|document| applied(document, VERSIONS)).collect()
    }

    async fn exists(&self, schema: &Schema) -> Result<bool, ReplicaError> {
        let name = collection::name(schema, EXISTS)?;
        let kind = physical::kind(self, name).await;
        let kind = kind.map_err(|failure| failure.into_error(EXISTS))?;
        Ok(kind.is_some_and(|kind| kind != physical::VIEW))
    }

    async fn scan(
        &self,
        schema: &Schema,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page, ReplicaError> {
        let collection = self.collection(schema, SCAN)?;
        let limit = limit.max(1);
        // Both bounds are of text, and find text alone.
        let bound = after.map_or(doc! { "$gte": "" }, |after| doc! { "$gt": after });
        let find = collection
            .find(doc! { "_id": bound })
            .projection(versions())
            .sort(doc! { "_id": 1 })
            .limit(limit.into());
        let failed = |failure: Failure| failure.into_error(SCAN);
        let mut found = Vec::new();
        let visit = |document| found.push(document);
        self.each(find, visit).await.map_err(failed)?;
        let mut page = Page::default();
        for document in &found {
            match applied(document, SCAN) {
                Ok(applied) => page.found.push(applied),
                Err(_) => page.add_foreign(document.get_str("_id").unwrap_or_default()),
            }
        }
        if found.len() == limit as usize {
            let last = found.last().and_then(|last| last.get_str("_id").ok());
            page.next = last.map(str::to_owned);
            return Ok(page);
        }
        // Those whose `_id` is not a text, such as those that MongoDB makes itself.
        let find = collection
            .find(doc! { "_id": { "$not": { "$type": "string" } } })
            .projection(doc! { "_id": 1 });
        let visit = |document: Document| page.add_foreign(named(document.get("_id")));
        self.each(find, visit).await.map_err(failed)?;
        Ok(page)
    }

    async fn documents_after(
        &self,
        schema: &Schema,
        after: Option<&str>,
        limit: u32,
    ) -> Result<DocumentPage, ReplicaError> {
        let collection = self.collection(schema, GET)?;
        let limit = limit.max(1);
        // Both bounds are of text, and find text alone.
        let bound = after.map_or(doc! { "$gte": "" }, |after| doc! { "$gt": after });
        let find = collection
            .find(doc! { "_id": bound })
            .sort(doc! { "_id": 1 })
            .limit(limit.into())
            // In one answer, unless it is too long for one.
            .batch_size(limit);
        let mut page = DocumentPage::default();
        let (mut count, mut size) = (0, 0);
        let visit = |document: &RawDocument| {
            let Some((id, version, deleted)) = position(document) else {
                return ControlFlow::Continue(());
            };
            let bytes = document.as_bytes();
            (count, size) = (count + 1, size + bytes.len());
            page.take(id, version, (!deleted).then_some(bytes));
            if count < limit && size < DocumentPage::BYTES {
                return ControlFlow::Continue(());
            }
            page.next = Some(id.to_owned());
            ControlFlow::Break(())
        };
        let each = self.each_raw(find, visit).await;
        each.map_err(|failure: Failure| failure.into_error(GET))?;
        Ok(page)
    }

    fn collated(&self, collation: &Collation) -> Result<Arc<dyn Reads>, ReplicaError> {
        let strength = match collation.strength {
            Strength::Primary => CollationStrength::Primary,
            Strength::Secondary => CollationStrength::Secondary,
        };
        let collation = options::Collation::builder().locale(collation.locale.clone());
        Ok(Arc::new(Self {
            collation: Some(collation.strength(strength).build()),
            ..self.clone()
        }))
    }

    async fn session(&self) -> Result<Arc<dyn Reads>, ReplicaError> {
        let session = self.in_session().await;
        let session = session.map_err(|failure| failure.into_error(SESSION))?;
        Ok(Arc::new(session))
    }

    fn may_lag(&self) -> bool {
        self.readers.is_some()
    }
}

impl Mongo {
    /// The documents that were found, without `_sync` even where a server understands a projection in another way.
    fn documents(&self, found: Found, operation: &'static str) -> Documents {
        stream::try_unfold(
            (found, self.clone()),
            move |(mut found, mongo)| async move {
                let next = mongo.query(operation, found.next()).await?;
                Ok(next.map(|mut document| {
                    document.remove(SYNC);
                    (document, (found, mongo))
                }))
            },
        )
        .boxed()
    }
}

/// An `_id` that is not text, for people: it may be a whole document.
fn named(id: Option<&Bson>) -> String {
    const MAX_CHARS: usize = 100;
    let id = id.unwrap_or(&Bson::Null).to_string();
    id.chars().take(MAX_CHARS).collect()
}
