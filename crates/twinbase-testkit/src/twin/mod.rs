//! A system that one test has for itself: databases, a worker, a clock that can be moved, and faults on demand.

mod aggregate;
mod clock;
mod databases;
mod extremes;
mod settle;

use std::{
    fmt,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use twinbase::{
    Builder, Twinbase,
    core::NewRow,
    sync::worker::{Worker, WorkerOptions},
};

pub use clock::TestClock;
pub use databases::Databases;

use self::settle::{SOON, Settle};
use crate::{
    faults::{ContendedPrimary, Contention, Fault, Faults, FaultyReplica},
    wait,
};

/// A [`Twinbase`] on databases of its own, migrated, with a worker.
///
/// At its end, by [`TestTwin::finish`] or when it is dropped, everything that is pending is applied and every row is
/// compared with its document; what differs fails the test. [`TestTwin::unverified`] is for a test that leaves them so.
///
/// ```
/// # use twinbase::prelude::*;
/// # #[derive(Debug, Clone, PartialEq, Aggregate, serde::Serialize, serde::Deserialize)]
/// # #[aggregate(name = "note", table = "notes")]
/// # struct Note { #[key] id: AggregateId, text: String }
/// # const NOTES: Migration = Migration { number: 1, name: "notes", sql: |_| "create table notes (id text primary key, text text not null)" };
/// use twinbase_testkit::TestTwin;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), PrimaryError> {
/// let app = Twinbase::builder()
///     .aggregate::<Note>()
///     .migrations(MigrationSet { name: "app", migrations: vec![NOTES] });
/// let twin = TestTwin::open(app).await;
/// let note = twin.insert(&Note { id: twin.new_id(), text: "hello".into() }).await?;
/// twin.drain().await;
/// let found = twin.collection::<Note>().get(&note.id).await;
/// assert!(found.is_ok_and(|found| found.value == Some(note)));
/// # Ok(())
/// # }
/// ```
pub struct TestTwin {
    twin: Twinbase,
    clock: TestClock,
    faults: Faults,
    contention: Contention,
    worker: Mutex<Option<Worker>>,
    databases: Databases,
    is_verified: bool,
}

impl TestTwin {
    /// An application on embedded databases.
    ///
    /// # Panics
    /// When it cannot be opened or migrated.
    pub async fn open(app: Builder) -> Self {
        Self::open_on(Databases::embedded(), app).await
    }

    /// An application on these databases. Its clock and its databases are the test's; a worker that it does not start
    /// itself is started, with short pauses after failures and without heartbeats.
    ///
    /// # Panics
    /// When it cannot be opened or migrated.
    pub async fn open_on(databases: Databases, app: Builder) -> Self {
        // Boxed: it is large, and would make every test's future so.
        let opened = Box::pin(Self::try_open(databases, app)).await;
        opened.unwrap_or_else(|error| panic!("the system of a test cannot be opened: {error:#}"))
    }

    async fn try_open(databases: Databases, app: Builder) -> anyhow::Result<Self> {
        let real = Twinbase::builder()
            .primary(&databases.primary)
            .replica(&databases.replica)
            .open()
            .await?;
        let sides = real.sides();
        let (primary, contention) = ContendedPrimary::new(sides.primary.clone());
        let (replica, faults) = FaultyReplica::new(sides.replica.clone());
        let clock = TestClock::default();
        let twin = app
            .open_primary(primary)
            .open_replica(replica)
            .clock(Arc::new(clock.clone()))
            .open()
            .await?;
        twin.migrate().await?;
        let worker = match twin.worker_status() {
            Some(_) => None,
            None => Some(twin.start_worker(options())?),
        };
        Ok(Self {
            twin,
            clock,
            faults,
            contention,
            worker: Mutex::new(worker),
            databases,
            is_verified: true,
        })
    }

    /// The handle that an application holds, for what takes one by value.
    pub fn handle(&self) -> Twinbase {
        self.twin.clone()
    }

    /// The clock of the application.
    pub const fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// What goes wrong with the replica: away, slow, answers that are lost, documents that are refused.
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Transactions that lose against others.
    pub const fn contention(&self) -> &Contention {
        &self.contention
    }

    /// Where the databases are.
    pub const fn databases(&self) -> &Databases {
        &self.databases
    }

    /// Stops the worker, so that what is written stays pending; [`Self::drain`] still applies it.
    pub async fn stop_worker(&self) {
        let worker = self.worker().take();
        if let Some(worker) = worker {
            worker.stop().await;
        }
    }

    fn worker(&self) -> std::sync::MutexGuard<'_, Option<Worker>> {
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the worker has applied everything that was written; without a worker applies it here.
    ///
    /// # Panics
    /// After a minute, with what is still pending and why.
    pub async fn drain(&self) {
        self.drained_within(SOON).await;
    }

    /// The same for at most so long.
    ///
    /// # Panics
    /// When it takes longer, with what is still pending and why.
    pub async fn drained_within(&self, limit: Duration) {
        let has_worker = self.worker().is_some();
        wait::until("everything to be applied", limit, async || {
            if has_worker {
                settle::nothing_pending(&self.twin).await
            } else {
                settle::apply(&self.twin, options()).await
            }
        })
        .await;
    }

    /// Checks an aggregate with rows as an application would insert them: schema, table, struct and document agree, private
    /// fields leak nowhere, and every kind of value survives the way from the primary through an event and the
    /// replica into the struct, extremes included. The rows are deleted again.
    ///
    /// # Panics
    /// When something is wrong, with all of it.
    pub async fn check_aggregate<N: NewRow>(&self, samples: &[N]) {
        Box::pin(aggregate::check(self, samples)).await;
    }

    /// The end of the test: see [`TestTwin`]. The same as dropping it, on the runtime of the test.
    ///
    /// # Panics
    /// When something was not applied, or a document is not what its row says.
    pub async fn finish(mut self) {
        self.is_verified = false;
        // What is held would hold up the end.
        self.faults.set(Fault::None);
        self.stop_worker().await;
        self.twin.close().await;
        if let Err(findings) = Box::pin(self.settle().run()).await {
            panic!("{findings}");
        }
    }

    /// The end of a test that leaves both sides different: nothing is compared.
    pub fn unverified(mut self) {
        self.is_verified = false;
    }

    fn settle(&self) -> Settle {
        Settle {
            schemas: self.twin.registry().iter().cloned().collect(),
            primary: self.databases.primary.clone(),
            replica: self.databases.replica.clone(),
            clock: Arc::new(self.clock.clone()),
        }
    }
}

impl Drop for TestTwin {
    fn drop(&mut self) {
        if !self.is_verified || thread::panicking() {
            return;
        }
        // The worker is not waited for: it goes on or not, and harms nothing.
        self.faults.set(Fault::None);
        drop(self.worker().take());
        if let Err(findings) = self.settle().run_blocking() {
            panic!("{findings}");
        }
    }
}

impl Deref for TestTwin {
    type Target = Twinbase;

    fn deref(&self) -> &Twinbase {
        &self.twin
    }
}

impl fmt::Debug for TestTwin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestTwin")
            .field("twin", &self.twin)
            .finish_non_exhaustive()
    }
}

/// How a worker of a test works: short pauses after failures, and every event is the test's own.
pub fn options() -> WorkerOptions {
    WorkerOptions {
        backoff_base: Duration::from_millis(1),
        backoff_cap: Duration::from_millis(20),
        retry_base: Duration::from_millis(1),
        retry_cap: Duration::from_millis(5),
        heartbeat: None,
        ..WorkerOptions::default()
    }
}
