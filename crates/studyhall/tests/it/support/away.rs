//! A replica that can be made to be away.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use jiff::Timestamp;
use twinbase::{
    core::replica::{
        Applied, Apply, Change, Documents, Find, Outcome, Reads, Replica, ReplicaKind, Stored,
    },
    prelude::*,
};

/// Passes everything on, unless it is away.
pub(crate) struct Away {
    inner: Arc<dyn Replica>,
    away: AtomicBool,
}

impl Away {
    pub(crate) fn new(inner: Arc<dyn Replica>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            away: AtomicBool::new(false),
        })
    }

    pub(crate) fn set(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    fn here(&self) -> Result<&dyn Replica, ReplicaError> {
        if self.away.load(Ordering::Relaxed) {
            return Err(ReplicaError::Unavailable {
                operation: "reach it",
                source: "the test says that it is away".into(),
            });
        }
        Ok(&*self.inner)
    }
}

#[async_trait]
impl Apply for Away {
    async fn prepare(&self, schema: &'static Schema) -> Result<(), ReplicaError> {
        self.here()?.prepare(schema).await
    }

    async fn apply(
        &self,
        schema: &'static Schema,
        changes: &[Change],
    ) -> Result<Vec<Outcome>, ReplicaError> {
        self.here()?.apply(schema, changes).await
    }

    async fn sweep(
        &self,
        schema: &'static Schema,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, ReplicaError> {
        self.here()?.sweep(schema, before, limit).await
    }
}

#[async_trait]
impl Reads for Away {
    async fn find(&self, schema: &'static Schema, find: Find) -> Result<Documents, ReplicaError> {
        self.here()?.find(schema, find).await
    }

    async fn aggregate(
        &self,
        schema: &'static Schema,
        pipeline: Vec<Document>,
    ) -> Result<Documents, ReplicaError> {
        self.here()?.aggregate(schema, pipeline).await
    }

    async fn count(&self, schema: &'static Schema, filter: Document) -> Result<u64, ReplicaError> {
        self.here()?.count(schema, filter).await
    }

    async fn get(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<Stored>, ReplicaError> {
        self.here()?.get(schema, ids).await
    }

    async fn versions(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<Applied>, ReplicaError> {
        self.here()?.versions(schema, ids).await
    }

    async fn scan(
        &self,
        schema: &'static Schema,
        after: Option<&AggregateId>,
        limit: u32,
    ) -> Result<Vec<Stored>, ReplicaError> {
        self.here()?.scan(schema, after, limit).await
    }

    async fn session(&self) -> Result<Arc<dyn Reads>, ReplicaError> {
        self.here()?.session().await
    }
}

#[async_trait]
impl Replica for Away {
    fn kind(&self) -> ReplicaKind {
        self.inner.kind()
    }

    fn location(&self) -> String {
        self.inner.location()
    }

    async fn ping(&self) -> Result<(), ReplicaError> {
        self.here()?.ping().await
    }
}
