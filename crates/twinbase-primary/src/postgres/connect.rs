//! Opening a connection: TLS, what the session is set to, and which database answers.

use std::{
    future::poll_fn,
    task::{Context, Poll},
    time::Duration,
};

use deadpool_postgres::{
    Connect, Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime,
};
use futures_util::future::BoxFuture;
use tokio::{task::JoinHandle, time::timeout};
use tokio_postgres::{
    AsyncMessage, Client, Config, Error, NoTls, Socket, config::SslMode as WireMode,
    error::SqlState, tls::MakeTlsConnect,
};
use tokio_postgres_rustls::MakeRustlsConnect;
use twinbase_core::{PrimaryError, primary::PrimaryKind};

use super::{
    Options,
    distrust::Distrust,
    error::translate,
    known::Known,
    sql,
    url::{SslMode, Target},
};
use crate::fail;
use crate::render::Sql;

const CONNECT: &str = "connect";

/// The statements need generated columns and `gen_random_uuid()`.
const OLDEST_VERSION: i32 = 130_000;

/// How long the server keeps a transaction open in which nothing happens.
const IDLE_IN_TRANSACTION: Duration = Duration::from_mins(1);

#[derive(Clone)]
pub(super) struct Opener {
    config: Config,
    mode: SslMode,
    tls: MakeRustlsConnect,
    /// What a session begins with.
    setup: String,
    /// How long opening a connection may take.
    pub(super) limit: Duration,
    /// Whether the URL names the schema that our tables are in.
    pub(super) names_schema: bool,
}

impl Opener {
    /// Asks which database answers, and returns how connections to it are opened.
    pub(super) async fn find(
        target: &Target,
        options: &Options,
    ) -> Result<(Self, PrimaryKind), PrimaryError> {
        let mut opener = Self {
            config: target.config.clone(),
            mode: target.tls.mode,
            tls: super::tls::connector(&target.tls)?,
            setup: String::new(),
            limit: options.connect_timeout * 2,
            names_schema: target.search_path.is_some(),
        };
        let kind = async {
            let (client, task) = opener.open(|_| ()).await?;
            let kind = kind(&client, target.says_cockroach).await;
            // A server that limits connections counts it until it is closed.
            drop(client);
            let _closed = task.await;
            kind
        };
        let kind = timeout(opener.limit, kind)
            .await
            .map_err(|_| fail::unavailable(CONNECT, "the server did not answer in time"))?
            .map_err(|error| translate(CONNECT, error))?
            .ok_or_else(|| {
                let reason = "the server is older than PostgreSQL 13; run a newer one";
                fail::refused(CONNECT, reason)
            })?;
        opener.setup = setup(target, options, kind);
        Ok((opener, kind))
    }

    /// As this, for sessions that run the outbox's statements alone.
    pub(super) fn of_outbox(&self, kind: PrimaryKind) -> Self {
        let mut opener = self.clone();
        if kind == PrimaryKind::Postgres {
            opener.setup.push_str("; ");
            opener.setup.push_str(sql::OUTBOX_SETTINGS);
        }
        opener
    }

    /// Opens and sets up one connection; whoever `hears` gets its messages.
    pub(super) async fn open(
        &self,
        hears: impl FnMut(AsyncMessage) + Send + 'static,
    ) -> Result<(Client, JoinHandle<()>), Error> {
        let (client, messages) = self.connect_wire().await?;
        let task = tokio::spawn(drive(messages, hears));
        client.batch_execute(&self.setup).await?;
        Ok((client, task))
    }

    async fn connect_wire(&self) -> Result<(Client, Messages), Error> {
        let mut config = self.config.clone();
        if matches!(self.mode, SslMode::Disable | SslMode::Allow) {
            let plain = wire(config.ssl_mode(WireMode::Disable), NoTls).await;
            let insists = |error: &Error| {
                error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
            };
            if self.mode == SslMode::Disable || !plain.as_ref().is_err_and(insists) {
                return plain;
            }
        }
        let mode = match self.mode {
            SslMode::Prefer => WireMode::Prefer,
            _ => WireMode::Require,
        };
        wire(config.ssl_mode(mode), self.tls.clone()).await
    }
}

/// How a pool opens its connections.
struct Pooled {
    opener: Opener,
    known: Known,
    kind: PrimaryKind,
}

impl Connect for Pooled {
    fn connect(&self, _: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        Box::pin(async {
            let (client, task) = self.opener.open(|_| ()).await?;
            // Here and not in a hook of the pool, for which its time limit does not count.
            self.known.meets(&client, self.kind).await?;
            Ok((client, task))
        })
    }
}

/// Which database a connection leads to; `None` when it is too old.
async fn kind(client: &Client, says_cockroach: bool) -> Result<Option<PrimaryKind>, Error> {
    let answer = client.query_one("select version()", &[]).await?;
    let version: &str = answer.try_get(0)?;
    if says_cockroach || version.contains("CockroachDB") {
        if !has_triggers(version) {
            tracing::warn!(
                version,
                "CockroachDB before 25.2 cannot make triggers in a migration; run a newer one"
            );
        }
        return Ok(Some(PrimaryKind::Cockroach));
    }
    let answer = client.query_one(&**sql::SERVER_VERSION, &[]).await?;
    let is_known = answer.try_get::<_, i32>(0)? >= OLDEST_VERSION;
    Ok(is_known.then_some(PrimaryKind::Postgres))
}

/// The messages of a connection, which works as long as somebody polls for them.
type Messages =
    Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<AsyncMessage, Error>>> + Send>;

async fn wire<T>(config: &Config, tls: T) -> Result<(Client, Messages), Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, mut connection) = config.connect(tls).await?;
    Ok((client, Box::new(move |cx| connection.poll_message(cx))))
}

/// Drives a connection until it ends.
async fn drive(mut messages: Messages, mut hears: impl FnMut(AsyncMessage)) {
    while let Some(message) = poll_fn(|cx| messages(cx)).await {
        match message {
            Ok(message) => hears(message),
            Err(error) => {
                tracing::debug!(%error, "a connection to the primary ended");
                return;
            }
        }
    }
}

/// Whether a `CockroachDB` makes triggers in a batch of statements, and commits before each schema change: 25.2
/// and newer. Its version is `CockroachDB CCL v25.2.1 (..)`.
fn has_triggers(version: &str) -> bool {
    let numbers = version.split_once(" v").map_or("", |(_, rest)| rest);
    let mut parts = numbers
        .split(|c: char| !c.is_ascii_digit())
        .map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (25, 2)
}

/// What a session begins with; one round trip for all of it.
fn setup(target: &Target, options: &Options, kind: PrimaryKind) -> String {
    let mut path = Sql::new(kind);
    if let Some(schema) = &target.search_path {
        path.push("set search_path = ").name(schema).push("; ");
    }
    let path = path.text;
    let of_kind = match kind {
        // A change raises a head in the statement that inserts the event, whose trigger would raise
        // one too if the event were a foreign writer's: refused (0A000) without this setting.
        PrimaryKind::Cockroach => "set enable_multiple_modifications_of_table = on",
        // CockroachDB has no weaker level than serializable unless its operator allows it.
        PrimaryKind::Postgres | PrimaryKind::Sqlite => {
            "set default_transaction_isolation = 'read committed'"
        }
    };
    // Names are rendered as literals in which a backslash is a backslash. A row that a policy hides would be
    // taken for a deleted one: without row security a read that a policy would filter is an error.
    format!(
        "set timezone = 'UTC'; set standard_conforming_strings = on; set row_security = off; \
         set statement_timeout = {}; set lock_timeout = {}; \
         set idle_in_transaction_session_timeout = {}; {path}{of_kind}",
        options.statement_timeout.as_millis(),
        options.lock_timeout.as_millis(),
        IDLE_IN_TRANSACTION.as_millis(),
    )
}

/// The pool; nothing is connected yet.
pub(super) fn pool(
    opener: Opener,
    max_connections: usize,
    (known, kind): (Known, PrimaryKind),
    distrust: Distrust,
) -> Result<Pool, PrimaryError> {
    let config = opener.config.clone();
    let manager = Manager::from_connect(
        config,
        Pooled {
            opener,
            known: known.clone(),
            kind,
        },
        ManagerConfig {
            // A connection that broke is known to be closed; asking each time would double the round trips.
            recycling_method: RecyclingMethod::Fast,
        },
    );
    Pool::builder(manager)
        .max_size(max_connections.max(1))
        .runtime(Runtime::Tokio1)
        .pre_recycle(Hook::sync_fn(move |_, metrics| {
            if distrust.covers(metrics.created) {
                return Err(HookError::message("it is to another server"));
            }
            if !known.is_whole() {
                return Err(HookError::message("it was to a part of a database"));
            }
            Ok(())
        }))
        .build()
        .map_err(|error| fail::refused("set up the pool", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_cockroach_is_read() {
        for (version, expected) in [
            (
                "CockroachDB CCL v25.2.1 (x86_64-pc-linux-gnu, built ..)",
                true,
            ),
            ("CockroachDB CCL v26.1.0-alpha", true),
            ("CockroachDB CCL v25.1.9 (..)", false),
            ("CockroachDB OSS v24.3.0", false),
            ("CockroachDB", false),
        ] {
            assert_eq!(has_triggers(version), expected, "{version}");
        }
    }
}
