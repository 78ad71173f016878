//! A primary whose transactions lose against others on purpose.
//!
//! `CockroachDB` may answer SQLSTATE 40001 to any statement and to a commit;
//! here any primary does.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use twinbase_core::{
    AggregateId, Event, EventRef, Key, OutboxStatus, Primary, PrimaryError, Row, Schema, State,
    Value, Version,
    primary::{
        Charge, Lifecycle, MigrationReport, MigrationSet, Outbox, PendingRequest, PrimaryKind,
        Rows, Transaction, Writer, Written,
    },
    write::{Select, Write},
};

/// Where a transaction loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lose {
    /// At its next change, which does not happen.
    AtStatement,
    /// At its commit, which rolls it back; a change that commits by itself loses there too.
    AtCommit,
}

/// The losses to come, one after the other. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Contention {
    next: Arc<Mutex<VecDeque<Lose>>>,
}

impl Contention {
    /// The next transactions lose like this.
    pub fn script(&self, losses: impl IntoIterator<Item = Lose>) {
        self.queue().extend(losses);
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Lose>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn meet(&self, place: &[Lose], operation: &'static str) -> Result<(), PrimaryError> {
        let mut queue = self.queue();
        if !queue.front().is_some_and(|loss| place.contains(loss)) {
            return Ok(());
        }
        queue.pop_front();
        Err(PrimaryError::Contention {
            operation,
            source: "a fault of the test".into(),
        })
    }
}

/// A primary with a [`Contention`] in front of its changes and commits.
pub struct ContendedPrimary {
    inner: Arc<dyn Primary>,
    contention: Contention,
}

impl ContendedPrimary {
    /// Puts contention in front of a primary; none at first.
    pub fn new(inner: Arc<dyn Primary>) -> (Arc<Self>, Contention) {
        let contention = Contention::default();
        let primary = Self {
            inner,
            contention: contention.clone(),
        };
        (Arc::new(primary), contention)
    }
}

struct Contended {
    inner: Box<dyn Transaction>,
    contention: Contention,
}

#[async_trait]
impl Transaction for Contended {
    async fn write(&mut self, write: &Write) -> Result<Written, PrimaryError> {
        self.contention.meet(&[Lose::AtStatement], "change rows")?;
        self.inner.write(write).await
    }

    async fn select(&mut self, select: &Select) -> Result<Vec<State>, PrimaryError> {
        self.inner.select(select).await
    }

    async fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        self.inner.query(sql, params).await
    }

    async fn commit(self: Box<Self>) -> Result<(), PrimaryError> {
        match self.contention.meet(&[Lose::AtCommit], "commit") {
            Ok(()) => self.inner.commit().await,
            Err(lost) => {
                self.inner.rollback().await?;
                Err(lost)
            }
        }
    }

    async fn rollback(self: Box<Self>) -> Result<(), PrimaryError> {
        self.inner.rollback().await
    }
}

#[async_trait]
impl Writer for ContendedPrimary {
    async fn write(&self, write: &Write) -> Result<Written, PrimaryError> {
        let either = [Lose::AtStatement, Lose::AtCommit];
        self.contention.meet(&either, "change rows")?;
        self.inner.write(write).await
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, PrimaryError> {
        Ok(Box::new(Contended {
            inner: self.inner.begin().await?,
            contention: self.contention.clone(),
        }))
    }
}

#[async_trait]
impl Lifecycle for ContendedPrimary {
    fn kind(&self) -> PrimaryKind {
        self.inner.kind()
    }

    fn location(&self) -> String {
        self.inner.location()
    }

    async fn ping(&self) -> Result<(), PrimaryError> {
        self.inner.ping().await
    }

    async fn migrate(&self, sets: &[MigrationSet]) -> Result<MigrationReport, PrimaryError> {
        self.inner.migrate(sets).await
    }

    async fn pending_migrations(
        &self,
        sets: &[MigrationSet],
    ) -> Result<MigrationReport, PrimaryError> {
        self.inner.pending_migrations(sets).await
    }

    async fn register(&self, schemas: &[&'static Schema]) -> Result<(), PrimaryError> {
        self.inner.register(schemas).await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

#[async_trait]
impl Rows for ContendedPrimary {
    async fn select(&self, select: &Select) -> Result<Vec<State>, PrimaryError> {
        self.inner.select(select).await
    }

    async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        self.inner.query(sql, params).await
    }

    async fn states_after(
        &self,
        schema: &'static Schema,
        after: Option<&AggregateId>,
        limit: u32,
    ) -> Result<Vec<State>, PrimaryError> {
        self.inner.states_after(schema, after, limit).await
    }

    async fn states_of(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<State>, PrimaryError> {
        self.inner.states_of(schema, ids).await
    }
}

#[async_trait]
impl Outbox for ContendedPrimary {
    async fn pending(&self, request: &PendingRequest) -> Result<Vec<Event>, PrimaryError> {
        self.inner.pending(request).await
    }

    async fn mark_applied(
        &self,
        events: &[EventRef],
        healed: &[(Key, Version)],
    ) -> Result<u64, PrimaryError> {
        self.inner.mark_applied(events, healed).await
    }

    async fn charge(&self, charges: &[Charge]) -> Result<u64, PrimaryError> {
        self.inner.charge(charges).await
    }

    async fn unapplied(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<HashSet<AggregateId>, PrimaryError> {
        self.inner.unapplied(schema, ids).await
    }

    async fn status(&self) -> Result<OutboxStatus, PrimaryError> {
        self.inner.status().await
    }
}
