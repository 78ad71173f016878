//! PostgreSQL and CockroachDB as a primary.
//!
//! Owns connections, the mapping of values and errors, and the fixed statements.
//! What depends on a table's shape is rendered elsewhere. Where the dialects differ:
//!
//! | difference | where |
//! |---|---|
//! | migrations (types, the hash of a partition, numbering) | sections of `migrations/*.sql` |
//! | keeping other processes out of a migration: advisory lock or a lock row | `lock` |
//! | isolation level, version and two changes of a table in one statement | `connect` |
//! | limits in a LATERAL subquery | section of `sql/pending.sql` |
//! | marking need not wait for the disk | section of `sql/mark_applied.sql` |
//! | notifications: CockroachDB has none | `wake` |
//! | removing old events: by row-level TTL, 7 days after they were done | migration 1, `sql/cockroach/deleted.sql` |
//!
//! CockroachDB 25.2 or newer (its triggers are a preview) is written for by its documentation and source;
//! nothing has been run on the product. `for update` is best effort there, so what a lock protects is
//! checked again by the statement that changes it.

mod bind;
mod connect;
mod distrust;
mod error;
mod joined;
mod known;
mod lifecycle;
mod lock;
mod numeric;
mod options;
mod outbox;
mod pending;
mod places;
mod read;
mod rows;
mod session;
mod sql;
mod tls;
mod transaction;
mod url;
mod wake;
pub mod wire;

use std::fmt;

use deadpool_postgres::{Pool, PoolError, TimeoutType, Timeouts};
use twinbase_core::{PrimaryError, Row, primary::PrimaryKind};

use connect::Opener;
use distrust::Distrust;
pub(crate) use error::by_code;
use known::Known;
pub use options::Options;
use session::Session;
#[doc(hidden)]
pub use sql::{OUTBOX_SETTINGS, statements};
use url::Target;

use crate::fail;
use crate::{queue::Run, render::Sql};

/// PostgreSQL 13 or newer, or CockroachDB, through a pool of connections.
///
/// Every call ends in bounded time: [`Options`] says in which.
pub struct Postgres {
    pool: Pool,
    /// The outbox's own connections: however many the application holds, the worker has its own, and
    /// their settings suit its statements.
    outbox: Pool,
    opener: Opener,
    location: String,
    options: Options,
    kind: PrimaryKind,
    distrust: Distrust,
    experience: pending::Experience,
    places: places::Places,
}

impl Postgres {
    /// Connects to the database at a URL as libpq knows it, or with the scheme `cockroach`.
    ///
    /// | `sslmode` | encrypted | certificate verified |
    /// |---|---|---|
    /// | `disable` | no | |
    /// | `allow` | if the server insists | no |
    /// | `prefer` | if the server can | no |
    /// | `require` | yes | no; with `sslrootcert` as `verify-ca` |
    /// | `verify-ca` | yes | its chain |
    /// | `verify-full` | yes | its chain and the host's name |
    ///
    /// Without `sslmode` it is `verify-full`, and `prefer` for a server on this
    /// machine (`localhost`, a loopback address, a socket). `sslrootcert` is a
    /// PEM file, or `system` for the system's certificates (with `verify-full` only); without it the
    /// public authorities that browsers trust count. `sslcert` and `sslkey`
    /// present a certificate to the server. `schema` sets the search path, `max_connections`
    /// (or `connection_limit`) the size of each of the two pools: the application's and the worker's.
    ///
    /// Fails as unavailable when nobody answers, as refused when the URL, the
    /// credentials or the server's version have to change.
    pub async fn connect(url: &str, options: Options) -> Result<Self, PrimaryError> {
        let target = Target::parse(url, &options)?;
        let (opener, kind) = Opener::find(&target, &options).await?;
        let (known, distrust) = (Known::default(), Distrust::default());
        let size = target.max_connections.unwrap_or(options.max_connections);
        Ok(Self {
            pool: connect::pool(
                opener.clone(),
                size,
                (known.clone(), kind),
                distrust.clone(),
            )?,
            outbox: connect::pool(
                opener.of_outbox(kind),
                size,
                (known, kind),
                distrust.clone(),
            )?,
            opener,
            location: target.location,
            options,
            kind,
            distrust,
            experience: pending::Experience::default(),
            places: places::Places::default(),
        })
    }

    /// A connection of the application's pool, or of the outbox's, waited for in bounded time.
    async fn session(&self, pool: &Pool, operation: &'static str) -> Result<Session, PrimaryError> {
        let timeouts = Timeouts {
            wait: Some(self.options.wait_timeout),
            create: Some(self.opener.limit),
            recycle: Some(self.options.connect_timeout),
        };
        match pool.timeout_get(&timeouts).await {
            Ok(object) => Ok(Session {
                object: Some(object),
                kind: self.kind,
                timeout: self.options.client_timeout(),
                distrust: self.distrust.clone(),
                busy: false,
                in_transaction: false,
            }),
            Err(PoolError::Backend(source)) => Err(error::translate(operation, source)),
            Err(PoolError::Timeout(kind)) => Err(fail::unavailable(
                operation,
                match kind {
                    TimeoutType::Wait => "all connections of the pool are busy",
                    TimeoutType::Create => "the server did not accept a connection in time",
                    TimeoutType::Recycle => "a connection did not answer in time",
                },
            )),
            Err(source) => Err(fail::unavailable(operation, source)),
        }
    }
}

impl Run for Postgres {
    fn dialect(&self) -> PrimaryKind {
        self.kind
    }

    async fn read(&self, operation: &'static str, sql: Sql) -> Result<Vec<Row>, PrimaryError> {
        let mut session = self.session(&self.pool, operation).await?;
        let answer = session.rendered(operation, &sql).await?;
        Ok(read::readable(&answer))
    }

    async fn outbox(&self, operation: &'static str, sql: Sql) -> Result<Vec<Row>, PrimaryError> {
        let mut session = self.session(&self.outbox, operation).await?;
        let answer = session.rendered(operation, &sql).await?;
        Ok(read::readable(&answer))
    }

    async fn identity(&self) -> Result<Option<String>, PrimaryError> {
        let mut identity = Sql::new(self.kind);
        identity.push(sql::of(self.kind, &sql::IDENTITY, &sql::COCKROACH_IDENTITY));
        let rows = self.outbox("ask which database this is", identity).await?;
        Ok(rows.first().and_then(|row| row.get("identity").ok()))
    }

    async fn change(&self, operation: &'static str, sql: Sql) -> Result<u64, PrimaryError> {
        let mut session = self.session(&self.outbox, operation).await?;
        session.changed(operation, &sql).await
    }

    async fn change_returning(
        &self,
        operation: &'static str,
        sql: Sql,
    ) -> Result<Vec<Row>, PrimaryError> {
        self.outbox(operation, sql).await
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres")
            .field("location", &self.location)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
