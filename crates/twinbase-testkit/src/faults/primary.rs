//! A primary whose transactions lose against others on purpose, and whose calls stop.
//!
//! `CockroachDB` may answer SQLSTATE 40001 to any statement and to a commit;
//! here any primary does.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Notify;
use twinbase_core::{
    AggregateId, EventRef, Key, Name, OutboxStatus, Primary, PrimaryError, Row, Schema, State,
    StatePage, Value, Version,
    primary::{
        Cause, CollectionRecord, Collections, EventCursor, EventFilter, EventGroup, EventRecord,
        Events, FailedAttempt, Hints, Leased, MigrationReport, MigrationSet, NewOperation,
        OperationRecord, OperationReport, Operations, Outbox, Pause, PauseScope, Pending,
        PendingRequest, PrimaryKind, Retired, Store, Timeline, Timelines, Transaction, Wake,
        WalkRecord, Walks, WorkerRecord, WorkerReport, Workers, Written,
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

/// Where a process stops, to be killed there or to go on much later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// Before the call happens.
    Before,
    /// After it has happened, and before anybody learns of that.
    After,
}

/// The method whose call stops, where, and after how many calls.
type Halting = Option<(&'static str, Halt, u32)>;

/// The losses to come, one after the other. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Contention {
    next: Arc<Mutex<VecDeque<Lose>>>,
    calls: Arc<Mutex<HashMap<&'static str, u64>>>,
    halt: Arc<Mutex<Halting>>,
    is_halted: Arc<AtomicBool>,
    goes_on: Arc<Notify>,
}

impl Contention {
    /// The next transactions lose like this.
    pub fn script(&self, losses: impl IntoIterator<Item = Lose>) {
        self.queue().extend(losses);
    }

    /// How often a method was called that only passes calls on, such as `states_of`.
    pub fn calls(&self, method: &str) -> u64 {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.get(method).copied().unwrap_or_default()
    }

    /// A call of a method that only passes calls on does not return before [`Contention::go_on`]: the next one, or the one after so many.
    pub fn halt(&self, method: &'static str, at: Halt, after: u32) {
        *self.halt.lock().unwrap_or_else(PoisonError::into_inner) = Some((method, at, after));
    }

    /// Whether that call was made.
    pub fn is_halted(&self) -> bool {
        self.is_halted.load(Ordering::Relaxed)
    }

    /// Has that call go on.
    pub fn go_on(&self) {
        self.goes_on.notify_one();
    }

    async fn pass(&self, method: &'static str, at: Halt) {
        let halts = {
            let mut halt = self.halt.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = |(of, when, after): &mut (&str, Halt, u32)| {
                let is_it = *of == method && *when == at;
                let is_due = is_it && *after == 0;
                *after = after.saturating_sub(u32::from(is_it));
                is_due
            };
            halt.take_if(is_due).is_some()
        };
        if halts {
            self.is_halted.store(true, Ordering::Relaxed);
            self.goes_on.notified().await;
        }
    }

    fn count(&self, method: &'static str) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry(method).or_default() += 1;
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Lose>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn meet(&self, place: &[Lose], operation: &'static str) -> Result<(), PrimaryError> {
        match self.queue().pop_front_if(|loss| place.contains(loss)) {
            None => Ok(()),
            Some(_) => Err(PrimaryError::Contention {
                operation,
                source: "a fault of the test".into(),
            }),
        }
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

/// Implements a trait of primaries: some methods by the one in front of which this stands, and some by itself.
macro_rules! forward {
    ($of:ident {
        $(fn $name:ident($($arg:ident: $takes:ty),*) -> $returns:ty;)*
    } {
        $($own:tt)*
    }) => {
        #[async_trait]
        impl $of for ContendedPrimary {
            $(async fn $name(&self, $($arg: $takes),*) -> Result<$returns, PrimaryError> {
                self.contention.count(stringify!($name));
                self.contention.pass(stringify!($name), Halt::Before).await;
                let answer = self.inner.$name($($arg),*).await;
                self.contention.pass(stringify!($name), Halt::After).await;
                answer
            })*

            $($own)*
        }
    };
}

forward!(Store {
    fn ping() -> ();
    fn now() -> Timestamp;
    fn migrate(sets: &[MigrationSet]) -> MigrationReport;
    fn pending_migrations(sets: &[MigrationSet]) -> MigrationReport;
    fn register(schemas: &[Arc<Schema>]) -> ();
    fn outdated(mappings: &[(Name, i64)]) -> Vec<String>;
    fn backup(file: &Path, pending_from: i64) -> bool;
    fn select(select: &Select) -> Vec<State>;
    fn query(sql: &str, params: &[Value]) -> Vec<Row>;
    fn states_after(schema: &Schema, after: Option<&str>, until: Option<&str>, limit: u32) -> StatePage;
    fn states_of(schema: &Schema, ids: &[AggregateId]) -> Vec<State>;
} {
    fn kind(&self) -> PrimaryKind {
        self.inner.kind()
    }

    fn location(&self) -> String {
        self.inner.location()
    }

    async fn close(&self) {
        self.inner.close().await;
    }

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
});

forward!(Outbox {
    fn pending(request: &PendingRequest) -> Pending;
    fn mark_applied(events: &[EventRef], healed: &[(Key, Version)]) -> u64;
    fn record_failed(charges: &[FailedAttempt]) -> u64;
    fn touch(schema: &Schema, above: &[(AggregateId, Version)]) -> Vec<(AggregateId, Version)>;
    fn unapplied(schema: &Schema, ids: &[AggregateId]) -> HashSet<AggregateId>;
    fn status() -> OutboxStatus;
    fn status_by_type() -> Vec<(Arc<str>, OutboxStatus)>;
    fn retire(before: Timestamp, limit: u32) -> Retired;
    fn forget(heads: &[(Key, Version)]) -> u64;
} {});

forward!(Workers {
    fn lease(worker: &WorkerReport, ttl: Duration) -> Leased;
    fn release(worker: &str) -> ();
    fn workers() -> Vec<WorkerRecord>;
    fn pauses() -> Vec<Pause>;
    fn pause(scope: &PauseScope, reason: &str) -> bool;
    fn resume(scope: &PauseScope) -> bool;
} {});

forward!(Collections {
    fn collections() -> Vec<CollectionRecord>;
    fn record_collection(record: &CollectionRecord) -> bool;
} {});

forward!(Events {
    fn events(filter: &EventFilter, after: Option<&EventCursor>, limit: u32) -> Vec<EventRecord>;
    fn history(of: &Key, limit: u32) -> Vec<EventRecord>;
    fn event(id: &str) -> Option<(EventRecord, String)>;
    fn applied(after: Option<&EventCursor>, limit: u32) -> Vec<(EventRecord, Option<String>)>;
    fn count_events(filter: &EventFilter) -> u64;
    fn event_groups(limit: u32) -> Vec<EventGroup>;
    fn retry(filter: &EventFilter, limit: u32) -> u64;
    fn discard(filter: &EventFilter, reason: &str, limit: u32) -> u64;
    fn restore(filter: &EventFilter, limit: u32) -> u64;
} {});

forward!(Operations {
    fn forget_operations(before: Timestamp) -> u64;
    fn add_operation(new: &NewOperation, holder: &str, hold: Duration, most: u32) -> bool;
    fn report_operation(id: &str, holder: &str, hold: Duration, report: &OperationReport) -> Option<bool>;
    fn take_operation(kinds: &[&str], holder: &str, hold: Duration) -> Option<OperationRecord>;
    fn cancel_operation(id: &str) -> bool;
    fn operations(before: Option<&str>, limit: u32) -> Vec<OperationRecord>;
    fn operation(id: &str) -> Option<OperationRecord>;
} {});

forward!(Timelines {
    fn timeline() -> Timeline;
    fn recorded() -> Timeline;
    fn raise_floor(at_least: Version, cause: Cause) -> ();
    fn record_database() -> ();
    fn heads(schema: &Schema, ids: &[AggregateId]) -> HashMap<AggregateId, Version>;
    fn prove_timeline(floor: Version) -> ();
} {});

forward!(Walks {
    fn walks() -> Vec<WalkRecord>;
    fn keep_walk(walk: &WalkRecord, before: &str) -> bool;
} {});

forward!(Wake {
    fn notify() -> ();
    fn listen() -> Option<Hints>;
} {});
