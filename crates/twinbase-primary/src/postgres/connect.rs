//! Opening a connection: TLS, what the session is set to, and which database answered.

use std::{
    future::poll_fn,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};

use deadpool_postgres::{
    Connect, Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime,
};
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio_postgres::{
    AsyncMessage, Client, Config, Error, NoTls, SimpleQueryMessage, Socket,
    config::SslMode as WireMode, error::SqlState, tls::MakeTlsConnect,
};
use tokio_postgres_rustls::MakeRustlsConnect;
use twinbase_core::{PrimaryError, primary::PrimaryKind};

use super::{
    Options,
    distrust::Distrust,
    url::{SslMode, Target},
};
use crate::fail;
use crate::render::quoted;

/// Which database answered the first connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Found(Arc<OnceLock<PrimaryKind>>);

impl Found {
    /// The kind; PostgreSQL until a connection has been made.
    pub(super) fn kind(&self) -> PrimaryKind {
        self.0.get().copied().unwrap_or(PrimaryKind::Postgres)
    }
}

/// How long the server keeps a transaction open in which nothing happens.
const IDLE_IN_TRANSACTION: Duration = Duration::from_mins(1);

#[derive(Clone)]
pub(super) struct Opener {
    mode: SslMode,
    tls: MakeRustlsConnect,
    setup: String,
    says_cockroach: bool,
    found: Found,
}

impl Opener {
    /// Prepares everything that can be wrong without asking the server.
    pub(super) fn new(
        target: &Target,
        options: &Options,
        found: Found,
    ) -> Result<Self, PrimaryError> {
        Ok(Self {
            mode: target.tls.mode,
            tls: super::tls::connector(&target.tls)?,
            setup: setup(target, options),
            says_cockroach: target.says_cockroach,
            found,
        })
    }

    /// Opens and sets up one connection whose messages somebody `hears`; it works as long as they do.
    pub(super) async fn open<F>(
        &self,
        config: &Config,
        hear: impl FnOnce(Messages) -> F + Send,
    ) -> Result<(Client, JoinHandle<()>), Error>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (client, messages) = self.connect_wire(config).await?;
        let task = tokio::spawn(hear(messages));
        self.set_up(&client).await?;
        Ok((client, task))
    }

    async fn set_up(&self, client: &Client) -> Result<(), Error> {
        let answer = client.simple_query(&self.setup).await?;
        let version = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        let cockroach =
            self.says_cockroach || version.is_some_and(|version| version.contains("CockroachDB"));
        let kind = if cockroach {
            if version.is_some_and(|version| !has_triggers(version)) {
                tracing::warn!(
                    version,
                    "CockroachDB before 25.2 cannot make triggers in a migration; run a newer one"
                );
            }
            // A change raises a head in the statement that inserts the event, whose trigger would raise
            // one too if the event were a foreign writer's: refused (0A000) without this setting.
            client
                .batch_execute("set enable_multiple_modifications_of_table = on")
                .await?;
            PrimaryKind::Cockroach
        } else {
            // CockroachDB has no weaker level than serializable unless its operator allows it.
            client
                .batch_execute("set default_transaction_isolation = 'read committed'")
                .await?;
            PrimaryKind::Postgres
        };
        self.found.0.get_or_init(|| kind);
        Ok(())
    }

    async fn connect_wire(&self, config: &Config) -> Result<(Client, Messages), Error> {
        let mut config = config.clone();
        match self.mode {
            SslMode::Disable => wire(config.ssl_mode(WireMode::Disable), NoTls).await,
            SslMode::Allow => {
                let plain = wire(config.ssl_mode(WireMode::Disable), NoTls).await;
                match plain {
                    Err(error)
                        if error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) =>
                    {
                        wire(config.ssl_mode(WireMode::Require), self.tls.clone()).await
                    }
                    other => other,
                }
            }
            SslMode::Prefer => wire(config.ssl_mode(WireMode::Prefer), self.tls.clone()).await,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
                wire(config.ssl_mode(WireMode::Require), self.tls.clone()).await
            }
        }
    }
}

impl Connect for Opener {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        let config = config.clone();
        Box::pin(async move { self.open(&config, drive).await })
    }
}

/// The messages of a connection, which works as long as somebody polls for them.
pub(super) type Messages =
    Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<AsyncMessage, Error>>> + Send>;

async fn wire<T>(config: &Config, tls: T) -> Result<(Client, Messages), Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, mut connection) = config.connect(tls).await?;
    Ok((client, Box::new(move |cx| connection.poll_message(cx))))
}

/// Drives a connection of whose messages nobody wants to hear.
pub(super) async fn drive(mut messages: Messages) {
    while let Some(message) = poll_fn(|cx| messages(cx)).await {
        if let Err(error) = message {
            tracing::debug!(%error, "a connection to the primary ended");
            return;
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

/// One round trip for all of it; its only row tells which database this is.
fn setup(target: &Target, options: &Options) -> String {
    let path = target
        .search_path
        .as_ref()
        .map_or_else(String::new, |path| {
            format!("set search_path = {}; ", quoted(path))
        });
    // Names are rendered as literals in which a backslash is a backslash.
    format!(
        "set timezone = 'UTC'; set standard_conforming_strings = on; \
         set statement_timeout = {}; set lock_timeout = {}; \
         set idle_in_transaction_session_timeout = {}; {path}select version()",
        options.statement_timeout.as_millis(),
        options.lock_timeout.as_millis(),
        IDLE_IN_TRANSACTION.as_millis(),
    )
}

/// The pool; nothing is connected yet.
pub(super) fn pool(
    target: &Target,
    options: &Options,
    found: Found,
    distrust: Distrust,
) -> Result<Pool, PrimaryError> {
    let opener = Opener::new(target, options, found)?;
    let manager = Manager::from_connect(
        target.config.clone(),
        opener,
        ManagerConfig {
            // A connection that broke is known to be closed; asking each time would double the round trips.
            recycling_method: RecyclingMethod::Fast,
        },
    );
    Pool::builder(manager)
        .max_size(options.max_connections.max(1))
        .runtime(Runtime::Tokio1)
        .pre_recycle(Hook::sync_fn(move |_, metrics| {
            if distrust.covers(metrics.created) {
                return Err(HookError::message("it is to another server"));
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
