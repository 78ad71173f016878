//! The handle that an application holds.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use bson::Document;
use jiff::Timestamp;
use twinbase_core::{
    Aggregate, AggregateId, PrimaryError, Registry, Row, State, Token, Value,
    primary::{Cause, FIRST_GENERATION, MigrationReport, MigrationSet, Timeline, Written},
    write::{Select, Write},
};
use twinbase_primary::client::{Client, Join, RetryPolicy, Tx, Writes};
use twinbase_sync::{
    Freshness, Sides,
    changes::Changes,
    operate::{Explanation, Outbox, explain},
    read::Collection,
    rebuild::Rebuilds,
    repair::{Repair, RepairOptions, RepairReport},
    timeline::{self, Owner},
    verify::{Finding, VerifyOptions, VerifyReport, verify_and_prove},
    worker::{Engine, EngineError, Signals, Worker, WorkerOptions, WorkerStatus},
};

use crate::{
    Backup, BackupError, Builder, Health, OpenError, ScrubError, StartError, backup,
    health::{self, Backlogs, Thresholds},
    tables,
    work::Work,
};

/// A primary and a replica that are kept in step. Cheap to clone.
#[derive(Clone)]
pub struct Twinbase {
    client: Client,
    inner: Arc<Inner>,
}

struct Inner {
    sides: Sides,
    freshness: Arc<Freshness>,
    ways: Ways,
    migrations: Vec<MigrationSet>,
    signals: Signals,
    outbox: Outbox,
    work: Work,
    backlogs: Mutex<Backlogs>,
    thresholds: Thresholds,
}

/// How a handle is used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ways {
    /// Whether the aggregates are this program's own; otherwise they are what the application registered.
    pub(crate) has_own: bool,
    /// Whether it is a command's, which looks and goes.
    pub(crate) visits: bool,
}

impl Twinbase {
    /// Says what to open.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(
        sides: Sides,
        ways: Ways,
        migrations: Vec<MigrationSet>,
        retries: RetryPolicy,
        thresholds: Thresholds,
        work: Work,
    ) -> Self {
        let signals = Signals::default();
        let wake = signals.wake.clone();
        Self {
            client: Client::new(
                sides.primary.clone(),
                sides.registry.clone(),
                retries,
                Arc::new(move || wake.notify()),
            )
            .with_clock(sides.clock.clone())
            .notifying(signals.covers_all.clone()),
            inner: Arc::new(Inner {
                freshness: Freshness::new(sides.clone(), signals.progress.subscribe()),
                outbox: Outbox::new(sides.clone(), signals.clone()),
                sides,
                ways,
                migrations,
                signals,
                work,
                backlogs: Mutex::default(),
                thresholds,
            }),
        }
    }

    /// The events: lists, one event with its document, groups by cause, and the verbs
    /// retry, discard and restore, which run as operations; and pauses.
    ///
    /// ```no_run
    /// # use twinbase::{prelude::*, operate::*};
    /// # async fn example(twin: &Twinbase) -> Result<(), OperateError> {
    /// let rejected = EventFilter {
    ///     error_key: Some("rejected-121".into()),
    ///     ..EventFilter::default()
    /// };
    /// let preview = twin.outbox().preview(&Verb::Retry, &rejected).await?;
    /// println!("{} events are tried again", preview.count);
    /// let operation = twin.outbox().start(Verb::Retry, &rejected, None).await?;
    /// let end = operation.wait().await;
    /// println!("{}: {} of them", end.state.name(), end.done);
    /// # Ok(())
    /// # }
    /// ```
    pub fn outbox(&self) -> &Outbox {
        &self.inner.outbox
    }

    /// Both sides, for operations on them.
    pub fn sides(&self) -> &Sides {
        &self.inner.sides
    }

    /// The aggregates of the application.
    pub fn registry(&self) -> &Registry {
        &self.inner.sides.registry
    }

    /// A new id, sorted by time.
    pub fn new_id(&self) -> AggregateId {
        self.inner.sides.clock.new_id()
    }

    /// Applies the migrations that are missing, and prepares collections and
    /// indexes. One process at a time does it; safe to repeat.
    pub async fn migrate(&self) -> Result<MigrationReport, OpenError> {
        let sides = self.sides();
        let schemas: Vec<_> = sides.registry.iter().cloned().collect();
        let report = sides.primary.migrate(&self.inner.migrations).await?;
        self.check_tables().await?;
        // What was read from the primary may be old by now: only the application says what is current.
        if self.inner.ways.has_own {
            sides.primary.register(&schemas).await?;
        }
        let records = sides.primary.collections().await?;
        for schema in schemas {
            let record = records.iter().find(|of| of.collection == schema.collection);
            let generation = record.map_or(FIRST_GENERATION, |record| record.generation);
            let schema = schema.as_ref().clone().in_generation(generation);
            sides.replica.prepare(&schema).await?;
        }
        self.meet_timeline().await?;
        Ok(report)
    }

    /// Compares the tables of all aggregates with their schemas: missing tables and columns, other types, columns
    /// that may be null where the schema says that they may not. [`Twinbase::migrate`] does it; a program
    /// that leaves migrating to another can call it to have the reason before it starts a worker, which refuses then.
    pub async fn check_tables(&self) -> Result<(), OpenError> {
        let sides = self.sides();
        let found = tables::check(&*sides.primary, &sides.registry).await?;
        let inner = &self.inner;
        inner.work.compared(found.clone(), sides, &inner.signals);
        Ok(found?)
    }

    /// The same when it opens: what is wrong is told to who starts a worker, because a migration may mend it before.
    pub(crate) async fn compare_tables(&self) {
        self.check_tables().await.ok();
    }

    /// Compares the timeline when it opens. A side that does not answer, or a missing migration, is found again by
    /// whoever uses it, and the worker that leads compares later.
    pub(crate) async fn meet_timeline(&self) -> Result<(), OpenError> {
        let is_other = if self.inner.ways.visits {
            matches!(Owner::of(self.sides()).await, Ok(Owner::Other))
        } else {
            let checked = self.check_timeline().await;
            matches!(checked, Err(EngineError::OtherReplica))
        };
        if is_other {
            return Err(EngineError::OtherReplica.into());
        }
        Ok(())
    }

    /// Whether the tables were as the schemas say when they were compared last, as they are when it opens. A program that
    /// needs the reason calls [`Twinbase::check_tables`] where they were not.
    pub fn tables_fit(&self) -> bool {
        self.inner.work.may_start()
    }

    /// Takes what was deleted out of the files of embedded databases, where it could be read although no query finds it: out
    /// of write-ahead logs and indexes of words. Free pages are overwritten at once. For when somebody's data must be gone;
    /// what it costs grows with the indexes.
    ///
    /// Returns whether that is done: a long read may be in the way. A server's files, and backups, are not touched.
    pub async fn scrub(&self) -> Result<bool, ScrubError> {
        let sides = self.sides();
        let replica = sides.replica.scrub().await?;
        Ok(sides.primary.scrub().await? && replica)
    }

    /// The migrations that are missing.
    pub async fn pending_migrations(&self) -> Result<MigrationReport, PrimaryError> {
        let primary = &self.sides().primary;
        primary.pending_migrations(&self.inner.migrations).await
    }

    /// Runs `run` in a transaction, again when another got in the way; see [`Client::write`].
    pub async fn write<T, E, F, Fut>(&self, run: F) -> Result<(T, Token), E>
    where
        F: Fn(Tx) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, E>> + Send,
        E: From<PrimaryError>,
    {
        self.client.write(run).await
    }

    /// Writes in a transaction that the caller began with `tokio-postgres`, `rusqlite`, or another driver that is made a
    /// [`Driver`](twinbase_primary::driver::Driver), on a connection of its own to the primary: rows, versions and events commit with whatever else it does, or not at all. After an
    /// error it must be rolled back; after the commit call [`Twinbase::committed`].
    pub fn in_transaction<J: Join>(&self, transaction: J) -> J::Writes {
        self.client.join(transaction)
    }

    /// Wakes the worker for what a transaction of the caller's has committed; without it polling finds it.
    pub fn committed(&self) {
        self.client.committed();
    }

    /// The documents of an aggregate.
    pub fn collection<A: Aggregate>(&self) -> Collection<A> {
        Collection::new(self.inner.freshness.clone())
    }

    /// The documents of an aggregate that has no Rust type here; `None` when none of that collection is registered.
    pub fn documents(&self, collection: &str) -> Option<Collection<Document>> {
        let schema = self.registry().by_collection(collection)?;
        let freshness = self.inner.freshness.clone();
        Some(Collection::untyped(freshness, schema.clone()))
    }

    /// What is applied from now on, by the worker of whichever process: hints that a read has something new.
    pub async fn changes(&self) -> Result<Changes, PrimaryError> {
        let progress = self.inner.signals.progress.subscribe();
        Changes::from_now(self.sides().primary.clone(), progress).await
    }

    /// How fresh the replica is.
    pub fn freshness(&self) -> &Arc<Freshness> {
        &self.inner.freshness
    }

    /// Starts a worker in this process, which the caller holds; [`Builder::with_worker`] has the handle hold one.
    /// Commits of this process wake it at once. It is refused while the tables are not as the schemas say.
    pub fn start_worker(&self, options: WorkerOptions) -> Result<Worker, StartError> {
        let inner = &self.inner;
        inner.work.start(&inner.sides, options, &inner.signals)
    }

    /// Applies everything that is pending, in this call; returns how many events
    /// that were. For programs without a running worker, and for tests.
    pub async fn drain(&self, options: WorkerOptions) -> Result<u64, EngineError> {
        let mut engine = Engine::new(self.sides().clone(), options, self.inner.signals.clone())?;
        let mut events = 0;
        loop {
            match engine.run_once().await? {
                0 => return Ok(events),
                count => events += count as u64,
            }
        }
    }

    /// Compares every row with its document; see [`twinbase_sync::verify`].
    pub async fn verify(
        &self,
        progress: impl FnMut(&str, u64) + Send,
    ) -> Result<VerifyReport, EngineError> {
        self.verify_scope(&VerifyOptions::default(), progress).await
    }

    /// Compares a part of both sides, or all of it at a rate. All of it without a finding ends the alarm of a database that was put back.
    pub async fn verify_scope(
        &self,
        options: &VerifyOptions,
        progress: impl FnMut(&str, u64) + Send,
    ) -> Result<VerifyReport, EngineError> {
        self.verify_each(options, progress, |_, _| {}).await
    }

    /// The same, and `each` gets every finding with its collection while it compares, where the report names the first of them: some
    /// twice, when a collection has to be compared from its start again.
    pub async fn verify_each(
        &self,
        options: &VerifyOptions,
        progress: impl FnMut(&str, u64) + Send,
        each: impl FnMut(&str, &Finding) + Send,
    ) -> Result<VerifyReport, EngineError> {
        verify_and_prove(self.sides(), options, progress, each).await
    }

    /// Compares as [`Twinbase::verify_scope`] does, and has workers make anew what is wrong; see [`twinbase_sync::repair`].
    /// A worker has to run, in this process or another.
    pub async fn repair(
        &self,
        options: &RepairOptions,
        progress: impl FnMut(&str, u64) + Send,
    ) -> Result<RepairReport, EngineError> {
        let repair = Repair {
            sides: self.sides(),
            freshness: &self.inner.freshness,
            signals: &self.inner.signals,
        };
        repair.run(options, progress).await
    }

    /// Rebuilds: a collection is made anew from the primary while everybody goes on, and readers move to it; see
    /// [`twinbase_sync::rebuild`]. A worker has to run, in this process or another.
    ///
    /// ```no_run
    /// # use twinbase::{prelude::*, sync::rebuild::*};
    /// # async fn example(twin: &Twinbase) -> Result<(), RebuildError> {
    /// twin.rebuilds().start("todos", &RebuildOptions::default()).await?;
    /// let end = twin.rebuilds().follow("todos", |seen| println!("{} rows", seen.filled)).await?;
    /// println!("readers use {}", end.serving);
    /// # Ok(())
    /// # }
    /// ```
    pub fn rebuilds(&self) -> Rebuilds {
        Rebuilds::new(self.outbox().clone())
    }

    /// Everything about one document, and why it is as it is; see [`Explanation`]. `None` when no aggregate is registered for the collection.
    pub async fn explain(
        &self,
        collection: &str,
        id: &AggregateId,
    ) -> Result<Option<Explanation>, EngineError> {
        let Some(schema) = self.registry().by_collection(collection) else {
            return Ok(None);
        };
        explain(self.sides(), schema, id).await.map(Some)
    }

    /// Sees whether a database was put back to an earlier state, and recovers if so; see [`twinbase_sync::timeline`]. It is done by
    /// itself when the handle is opened, unless it only [visits](crate::Builder::visits), and by the worker that leads.
    ///
    /// # Errors
    /// [`EngineError::OtherReplica`] when the replica is another primary's, and, for who visits, [`EngineError::UnknownReplica`] when it has
    /// nothing of this one: nothing is changed then.
    pub async fn check_timeline(&self) -> Result<Timeline, EngineError> {
        match Owner::of(self.sides()).await? {
            Owner::Other => return Err(EngineError::OtherReplica),
            Owner::Nobody if self.inner.ways.visits => return Err(EngineError::UnknownReplica),
            Owner::Nobody | Owner::This => {}
        }
        let timeline = timeline::check(self.sides()).await?;
        self.freshness().note_floor(timeline.floor);
        Ok(timeline)
    }

    /// Declares that a database was put back, for the cases that nothing can detect: every version from now on is above
    /// every one before, tokens of before are answered by the primary, and there is an alarm until a whole [`Twinbase::verify`] finds
    /// no difference. Safe at any time.
    pub async fn recover(&self) -> Result<Timeline, EngineError> {
        let timeline = timeline::recover(self.sides(), Cause::Operator).await?;
        self.freshness().note_floor(timeline.floor);
        Ok(timeline)
    }

    /// Copies both embedded databases into a new folder while everybody goes on; see [`backup`](crate::backup). A backup is
    /// made whole even when the caller goes away.
    ///
    /// # Errors
    /// [`BackupError::Server`] when a database is a server: its remedy says what to run instead.
    pub async fn backup(&self, folder: &Path) -> Result<Backup, BackupError> {
        let (sides, folder) = (self.sides().clone(), folder.to_owned());
        let made = tokio::spawn(async move { backup::backup(&sides, &folder).await });
        made.await.unwrap_or_else(|error| {
            Err(PrimaryError::Unavailable {
                operation: "make a backup",
                source: error.into(),
            }
            .into())
        })
    }

    /// The worker that was started last in this process; `None` when none was.
    pub fn worker_status(&self) -> Option<WorkerStatus> {
        self.inner.work.last()
    }

    /// Asks both sides how they are.
    pub async fn health(&self) -> Health {
        let inner = &*self.inner;
        let (writes, worker) = (&inner.signals.writes, self.worker_status());
        let backlogs = &inner.backlogs;
        health::check(&inner.sides, writes, backlogs, worker, inner.thresholds).await
    }

    /// Writes something that changes nothing. A primary that answers may still refuse writes, as a standby
    /// does, or one whose disk is full; [`Self::health`] reports so afterwards. The migrations must be applied.
    pub async fn probe_writes(&self) -> Result<(), PrimaryError> {
        let probed = health::probe::probe(&*self.sides().primary).await;
        self.inner.signals.writes.note(&probed);
        probed
    }

    /// Lets the worker of [`Builder::with_worker`] finish and gives the connections of both sides back. Stop workers that
    /// you started yourself first.
    pub async fn close(&self) {
        self.inner.work.stop().await;
        let sides = self.sides();
        tokio::join!(sides.primary.close(), sides.replica.close());
    }
}

impl Writes for Twinbase {
    fn now(&self) -> Timestamp {
        self.client.now()
    }

    async fn execute(&self, write: Write) -> Result<Written, PrimaryError> {
        let written = self.client.execute(write).await;
        self.inner.signals.writes.note(&written);
        if let Err(error) = &written {
            self.conflicted(error).await;
        }
        written
    }

    /// Who expects a later version than there is has read a document of a future that is lost.
    async fn conflicted(&self, error: &PrimaryError) {
        match error {
            PrimaryError::VersionConflict {
                key,
                expected,
                found,
            } if expected > found => timeline::expected(self.sides(), key).await,
            _ => {}
        }
    }

    async fn rows(&self, select: Select) -> Result<Vec<State>, PrimaryError> {
        self.client.rows(select).await
    }

    async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        self.client.query(sql, params).await
    }
}

impl std::fmt::Debug for Twinbase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Twinbase")
            .field("sides", self.sides())
            .finish_non_exhaustive()
    }
}
