//! Reads from the store.

use std::{ops::ControlFlow, sync::Arc};

use async_trait::async_trait;
use bson::{Bson, Document};
use futures_util::{StreamExt as _, stream};
use twinbase_core::{
    AggregateId, ReplicaError, Schema, Version,
    replica::{Applied, Collation, DocumentPage, Documents, Find, Page, Reads, Stored, Strength},
};
use twinbase_docstore::{Find as StoreFind, Store};

use super::{Embedded, documents, error};
use crate::{collection, query};

const FIND: &str = "find documents";
const AGGREGATE: &str = "aggregate documents";
const COUNT: &str = "count documents";
const DISTINCT: &str = "find distinct values";
const GET: &str = "get documents by id";
const VERSIONS: &str = "get versions";
const EXISTS: &str = "see whether a collection is there";
const SCAN: &str = "scan a collection";
const COLLATE: &str = "compare by a collation";

#[async_trait]
impl Reads for Embedded {
    async fn find(&self, schema: &Schema, find: Find) -> Result<Documents, ReplicaError> {
        let name = collection::name(schema, FIND)?.to_owned();
        query::check_find(&find)?;
        // To the store, as to MongoDB, 0 means no limit.
        if find.limit == Some(0) {
            return Ok(stream::empty().boxed());
        }
        let query = StoreFind {
            filter: find.filter,
            sort: find.sort.unwrap_or_default(),
            skip: find.skip,
            limit: find.limit,
            projection: find.projection.unwrap_or_default(),
        };
        let store = self.store.clone();
        let read = move |visit: documents::Visit<'_>| store.find_each(&name, &query, visit);
        documents::stream(self.max_time, FIND, read).await
    }

    async fn aggregate(
        &self,
        schema: &Schema,
        pipeline: Vec<Document>,
    ) -> Result<Documents, ReplicaError> {
        query::check_pipeline(&pipeline)?;
        let name = collection::name(schema, AGGREGATE)?.to_owned();
        let store = self.store.clone();
        let read = move |visit: documents::Visit<'_>| store.aggregate_each(&name, &pipeline, visit);
        documents::stream(self.max_time, AGGREGATE, read).await
    }

    async fn count(&self, schema: &Schema, filter: Document) -> Result<u64, ReplicaError> {
        query::check_filter(&filter)?;
        let count = move |store: &Store, name: &str| store.count(name, &filter);
        self.run(schema, COUNT, count).await
    }

    async fn distinct(
        &self,
        schema: &Schema,
        field: &str,
        filter: Document,
    ) -> Result<Vec<Bson>, ReplicaError> {
        query::check_distinct(field, &filter)?;
        let field = field.to_owned();
        let find = move |store: &Store, name: &str| store.distinct(name, &field, &filter);
        self.run(schema, DISTINCT, find).await
    }

    async fn get(&self, schema: &Schema, ids: &[AggregateId]) -> Result<Vec<Stored>, ReplicaError> {
        let ids = ids.to_vec();
        let found = self.run(schema, GET, move |store, name| {
            let ids: Vec<&str> = ids.iter().map(AggregateId::as_str).collect();
            store.get_many(name, &ids)
        });
        let found = found.await?.into_iter();
        found
            .map(|stored| {
                Ok(Stored {
                    id: collection::id(&stored.id, GET)?,
                    version: Version::new(stored.version),
                    document: stored.document,
                })
            })
            .collect()
    }

    async fn versions(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<Applied>, ReplicaError> {
        let ids = ids.to_vec();
        let found = self.run(schema, VERSIONS, move |store, name| {
            let ids: Vec<&str> = ids.iter().map(AggregateId::as_str).collect();
            store.versions(name, &ids)
        });
        let found = found.await?.into_iter();
        found
            .map(|(id, version, deleted)| {
                Ok(Applied {
                    id: collection::id(&id, VERSIONS)?,
                    version: Version::new(version),
                    deleted,
                })
            })
            .collect()
    }

    async fn exists(&self, schema: &Schema) -> Result<bool, ReplicaError> {
        let exists = move |store: &Store, name: &str| store.indexes(name);
        Ok(self.run(schema, EXISTS, exists).await?.is_some())
    }

    async fn scan(
        &self,
        schema: &Schema,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page, ReplicaError> {
        let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        let after = after.map(str::to_owned);
        let scan = move |store: &Store, name: &str| store.scan(name, after.as_deref(), limit);
        let found = self.run(schema, SCAN, scan).await?;
        let full = found.len() == limit;
        let mut page = Page {
            next: found.last().filter(|_| full).map(|(id, ..)| id.clone()),
            ..Page::default()
        };
        for (id, version, deleted) in found {
            match AggregateId::new(&id) {
                Ok(id) => page.found.push(Applied {
                    id,
                    version: Version::new(version),
                    deleted,
                }),
                Err(_) => page.add_foreign(id),
            }
        }
        Ok(page)
    }

    async fn documents_after(
        &self,
        schema: &Schema,
        after: Option<&str>,
        limit: u32,
    ) -> Result<DocumentPage, ReplicaError> {
        let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        let after = after.map(str::to_owned);
        let read = move |store: &Store, name: &str| {
            let mut page = DocumentPage::default();
            let (mut count, mut size) = (0, 0);
            store.documents_after(name, after.as_deref(), limit, |id, version, bytes| {
                (count, size) = (count + 1, size + bytes.map_or(0, <[u8]>::len));
                page.take(id, Version::new(version), bytes);
                if count < limit && size < DocumentPage::BYTES {
                    return ControlFlow::Continue(());
                }
                page.next = Some(id.to_owned());
                ControlFlow::Break(())
            })?;
            Ok(page)
        };
        self.run(schema, GET, read).await
    }

    fn collated(&self, collation: &Collation) -> Result<Arc<dyn Reads>, ReplicaError> {
        let strength = match collation.strength {
            Strength::Primary => twinbase_docstore::Strength::Primary,
            Strength::Secondary => twinbase_docstore::Strength::Secondary,
        };
        let collation = twinbase_docstore::Collation::new(&collation.locale, strength);
        let store = collation.and_then(|collation| self.store.collated(Some(&collation)));
        Ok(Arc::new(Self {
            store: store.map_err(|error| error::of(COLLATE, error))?,
            ..self.clone()
        }))
    }

    /// What one read has seen is committed, so any later read sees it too.
    async fn session(&self) -> Result<Arc<dyn Reads>, ReplicaError> {
        Ok(Arc::new(self.clone()))
    }
}
