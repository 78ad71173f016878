//! What an application says of itself before its databases are opened.

use std::sync::Arc;

use twinbase_core::{
    Aggregate, Clock, Primary, Registry, Replica, Schema, SystemClock, primary::MigrationSet,
};
use twinbase_primary::client::RetryPolicy;
use twinbase_sync::{Sides, worker::WorkerOptions};

use crate::{
    OpenError, Twinbase, connect, health::Thresholds, registered, twinbase::Ways, work::Work,
};

/// Collects URLs, aggregates and migrations; made by [`Twinbase::builder`].
#[derive(Default)]
pub struct Builder {
    primary: Option<Side<dyn Primary>>,
    replica: Option<Side<dyn Replica>>,
    schemas: Vec<Arc<Schema>>,
    migrations: Vec<MigrationSet>,
    retries: RetryPolicy,
    thresholds: Thresholds,
    clock: Option<Arc<dyn Clock>>,
    worker: Option<WorkerOptions>,
    takes_registered: bool,
    visits: bool,
}

const MISSING: &str = "is not given";

/// How a side is given: by URL, or opened already.
enum Side<T: ?Sized> {
    Url(String),
    Open(Arc<T>),
}

impl Builder {
    /// The SQL database: `postgres://..`, `cockroach://..` or `sqlite:file`.
    #[must_use]
    pub fn primary(mut self, url: &str) -> Self {
        self.primary = Some(Side::Url(url.to_owned()));
        self
    }

    /// The document database: `mongodb://..` or `embedded:file`.
    #[must_use]
    pub fn replica(mut self, url: &str) -> Self {
        self.replica = Some(Side::Url(url.to_owned()));
        self
    }

    /// An SQL database that is open already, with options of its own.
    #[must_use]
    pub fn open_primary(mut self, primary: Arc<dyn Primary>) -> Self {
        self.primary = Some(Side::Open(primary));
        self
    }

    /// A document database that is open already, with options of its own.
    #[must_use]
    pub fn open_replica(mut self, replica: Arc<dyn Replica>) -> Self {
        self.replica = Some(Side::Open(replica));
        self
    }

    /// An aggregate of the application.
    #[must_use]
    pub fn aggregate<A: Aggregate>(mut self) -> Self {
        self.schemas.push(A::schema().clone());
        self
    }

    /// An aggregate without a Rust type of its own, by its schema; read by [`Twinbase::documents`].
    #[must_use]
    pub fn schema(mut self, schema: impl Into<Arc<Schema>>) -> Self {
        self.schemas.push(schema.into());
        self
    }

    /// The aggregates of whatever application the primary is of, as it registered them with its last [`Twinbase::migrate`]: for tools
    /// that serve any application. All of them or, when one was registered by another version of Twinbase, none.
    #[must_use]
    pub const fn registered(mut self) -> Self {
        self.takes_registered = true;
        self
    }

    /// Opens for a command that looks and goes: nothing is raised because of what opening finds, and a replica that has nothing of this
    /// primary is a wrong URL rather than one that was emptied. Before both sides are compared, [`Twinbase::check_timeline`] says so.
    #[must_use]
    pub const fn visits(mut self) -> Self {
        self.visits = true;
        self
    }

    /// Migrations of the application's own tables, run after Twinbase's.
    #[must_use]
    pub fn migrations(mut self, set: MigrationSet) -> Self {
        self.migrations.push(set);
        self
    }

    /// How often a transaction that lost against another is run again.
    #[must_use]
    pub const fn retries(mut self, policy: RetryPolicy) -> Self {
        self.retries = policy;
        self
    }

    /// From which numbers on health is bad, wherever it is judged.
    #[must_use]
    pub const fn thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// The clock; the machine's when none is given.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Has a worker in this process, as a service of one program wants it. It runs as soon as [`Self::open`],
    /// [`Twinbase::migrate`] or [`Twinbase::check_tables`] finds the tables as the schemas say, until
    /// [`Twinbase::close`], which lets it finish, or until the last handle is dropped.
    #[must_use]
    pub fn with_worker(mut self, options: WorkerOptions) -> Self {
        self.worker = Some(options);
        self
    }

    /// Opens both databases and compares the tables with the schemas. Nothing is created or migrated: see
    /// [`Twinbase::migrate`]. Tables that differ are no error here, because a migration may be missing; until
    /// they are as the schemas say, no worker starts.
    pub async fn open(self) -> Result<Twinbase, OpenError> {
        let mut registry = Registry::new(self.schemas.iter().cloned())?;
        let primary = match self.primary {
            Some(Side::Open(primary)) => primary,
            Some(Side::Url(url)) => connect::primary(&url).await?,
            None => return Err(OpenError::url("primary", MISSING)),
        };
        if self.takes_registered {
            let registered = registered::schemas(&*primary).await?;
            registry = Registry::new(self.schemas.into_iter().chain(registered))?;
        }
        let replica = match self.replica {
            Some(Side::Open(replica)) => replica,
            Some(Side::Url(url)) => connect::replica(&url).await?,
            None => return Err(OpenError::url("replica", MISSING)),
        };
        let sides = Sides {
            primary,
            replica,
            registry,
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock)),
        };
        let twin = Twinbase::new(
            sides,
            Ways {
                has_own: !self.takes_registered,
                visits: self.visits,
            },
            self.migrations,
            self.retries,
            self.thresholds,
            Work::new(self.worker)?,
        );
        twin.compare_tables().await;
        // A program without aggregates sees no versions of theirs.
        if twin.tables_fit() && twin.registry().iter().next().is_some() {
            twin.meet_timeline().await?;
        }
        Ok(twin)
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // URLs may hold passwords.
        f.debug_struct("Builder")
            .field("aggregates", &self.schemas.len())
            .finish_non_exhaustive()
    }
}
