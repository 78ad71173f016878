//! A primary whose transactions lose against others on purpose.
//!
//! `CockroachDB` may answer SQLSTATE 40001 to any statement and to a commit;
//! here any primary does.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use twinbase_core::{
    AggregateId, EventRef, Key, OutboxStatus, Primary, PrimaryError, Row, Schema, State, Value,
    Version,
    primary::{
        Charge, Controls, EventCursor, EventFilter, EventGroup, EventRecord, Events, Hints, Leased,
        Leases, Lifecycle, MigrationReport, MigrationSet, Outbox, Pause, PauseScope, Pending,
        PendingRequest, PrimaryKind, Retired, Rows, Suspect, Transaction, Wake, WorkerRecord,
        WorkerReport, Writer, Written,
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
    /// When a worker looks for what the dead had in hand.
    AtSuspects,
}

/// The losses to come, one after the other. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Contention {
    next: Arc<Mutex<VecDeque<Lose>>>,
    calls: Arc<Mutex<HashMap<&'static str, u64>>>,
}

impl Contention {
    /// The next transactions lose like this.
    pub fn script(&self, losses: impl IntoIterator<Item = Lose>) {
        self.queue().extend(losses);
    }

    /// How often `states_of`, `unapplied` or `status` was called.
    pub fn calls(&self, method: &str) -> u64 {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.get(method).copied().unwrap_or_default()
    }

    fn count(&self, method: &'static str) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry(method).or_default() += 1;
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

    async fn outdated(
        &self,
        mappings: &[(&'static str, i64)],
    ) -> Result<Vec<String>, PrimaryError> {
        self.inner.outdated(mappings).await
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
        self.contention.count("states_of");
        self.inner.states_of(schema, ids).await
    }
}

#[async_trait]
impl Outbox for ContendedPrimary {
    async fn pending(&self, request: &PendingRequest) -> Result<Pending, PrimaryError> {
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
        self.contention.count("unapplied");
        self.inner.unapplied(schema, ids).await
    }

    async fn status(&self) -> Result<OutboxStatus, PrimaryError> {
        self.contention.count("status");
        self.inner.status().await
    }

    async fn status_by_type(&self) -> Result<Vec<(Arc<str>, OutboxStatus)>, PrimaryError> {
        self.inner.status_by_type().await
    }
}

#[async_trait]
impl Leases for ContendedPrimary {
    async fn lease(
        &self,
        worker: &WorkerReport,
        ttl: Duration,
        gone: &[String],
    ) -> Result<Leased, PrimaryError> {
        self.inner.lease(worker, ttl, gone).await
    }

    async fn release(&self, worker: &str) -> Result<(), PrimaryError> {
        self.inner.release(worker).await
    }

    async fn workers(&self) -> Result<Vec<WorkerRecord>, PrimaryError> {
        self.inner.workers().await
    }

    async fn started(&self, worker: &str, events: &[EventRef]) -> Result<(), PrimaryError> {
        self.inner.started(worker, events).await
    }

    async fn finished(&self, events: &[EventRef]) -> Result<(), PrimaryError> {
        self.inner.finished(events).await
    }

    async fn suspects(&self, gone: &[String]) -> Result<Vec<Suspect>, PrimaryError> {
        let operation = "look for suspects";
        self.contention.meet(&[Lose::AtSuspects], operation)?;
        self.inner.suspects(gone).await
    }
}

#[async_trait]
impl Controls for ContendedPrimary {
    async fn pauses(&self) -> Result<Vec<Pause>, PrimaryError> {
        self.inner.pauses().await
    }

    async fn pause(&self, scope: &PauseScope, reason: &str) -> Result<bool, PrimaryError> {
        self.inner.pause(scope, reason).await
    }

    async fn resume(&self, scope: &PauseScope) -> Result<bool, PrimaryError> {
        self.inner.resume(scope).await
    }
}

#[async_trait]
impl Events for ContendedPrimary {
    async fn events(
        &self,
        filter: &EventFilter,
        after: Option<&EventCursor>,
        limit: u32,
    ) -> Result<Vec<EventRecord>, PrimaryError> {
        self.inner.events(filter, after, limit).await
    }

    async fn event(&self, id: &str) -> Result<Option<(EventRecord, String)>, PrimaryError> {
        self.inner.event(id).await
    }

    async fn count_events(&self, filter: &EventFilter) -> Result<u64, PrimaryError> {
        self.inner.count_events(filter).await
    }

    async fn event_groups(&self, limit: u32) -> Result<Vec<EventGroup>, PrimaryError> {
        self.inner.event_groups(limit).await
    }

    async fn retry(&self, filter: &EventFilter, limit: u32) -> Result<u64, PrimaryError> {
        self.inner.retry(filter, limit).await
    }

    async fn discard(
        &self,
        filter: &EventFilter,
        reason: &str,
        limit: u32,
    ) -> Result<u64, PrimaryError> {
        self.inner.discard(filter, reason, limit).await
    }

    async fn restore(&self, filter: &EventFilter, limit: u32) -> Result<u64, PrimaryError> {
        self.inner.restore(filter, limit).await
    }

    async fn retire(&self, before: Timestamp, limit: u32) -> Result<Retired, PrimaryError> {
        self.inner.retire(before, limit).await
    }

    async fn forget(&self, heads: &[(Key, Version)]) -> Result<u64, PrimaryError> {
        self.inner.forget(heads).await
    }
}

#[async_trait]
impl Wake for ContendedPrimary {
    async fn notify(&self) -> Result<(), PrimaryError> {
        self.inner.notify().await
    }

    async fn listen(&self) -> Result<Option<Hints>, PrimaryError> {
        self.inner.listen().await
    }
}
