//! The typed write API: what an application calls instead of SQL.
//!
//! [`Client`] wraps a primary. Every change of an aggregate goes through
//! [`Writes`], which a [`Client`] (one statement that commits by itself) and a
//! [`Tx`] (several in one transaction) both implement, so there is no call that
//! changes an aggregate's table without its event.

mod forget;
mod guard;
mod inside;
mod joined;
mod notifier;
mod retry;
mod trace;
mod tx;
mod writes;
mod written;

use std::sync::{Arc, atomic::AtomicBool};

use jiff::Timestamp;
use twinbase_core::{
    Clock, Primary, PrimaryError, Registry, Row, State, SystemClock, Token, Value,
    primary::Written,
    write::{Select, Write},
};

pub use joined::{Join, Joined, JoinedSqlite};
use notifier::Notifier;
pub use retry::RetryPolicy;
pub use trace::{current_trace, with_trace};
pub use tx::Tx;
pub use writes::{Call, Writes};

/// Called after each commit that wrote events, to wake a worker in this process.
pub type OnCommit = Arc<dyn Fn() + Send + Sync>;

/// A primary with retries and a wake-up after each commit. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    primary: Arc<dyn Primary>,
    registry: Registry,
    on_commit: OnCommit,
    notifier: Option<Notifier>,
    policy: RetryPolicy,
    clock: Arc<dyn Clock>,
}

impl Client {
    /// Wraps a primary. Only aggregates of `registry` can be changed.
    pub fn new(
        primary: Arc<dyn Primary>,
        registry: Registry,
        policy: RetryPolicy,
        on_commit: OnCommit,
    ) -> Self {
        Self {
            primary,
            registry,
            on_commit,
            notifier: None,
            policy,
            clock: Arc::new(SystemClock),
        }
    }

    /// The clock of what changes record as their time; the machine's without this.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Also notifies workers of other processes of commits, by [`twinbase_core::primary::Wake`],
    /// except while `covers_all` says that the worker of this process holds every partition.
    #[must_use]
    pub fn notifying(self, covers_all: Arc<AtomicBool>) -> Self {
        Self {
            notifier: Notifier::new(self.primary.kind(), self.primary.clone(), covers_all),
            ..self
        }
    }

    /// Joins a transaction that the caller began with its own driver, on a connection to this primary. After its
    /// commit [`Client::committed`] wakes the worker.
    pub fn join<J: Join>(&self, transaction: J) -> J::Writes {
        transaction.join(self)
    }

    /// Wakes workers for what a transaction of the caller's has committed; without it polling finds it.
    pub fn committed(&self) {
        (self.on_commit)();
        if let Some(notifier) = &self.notifier {
            notifier.committed();
        }
    }

    /// The primary itself.
    pub fn primary(&self) -> &Arc<dyn Primary> {
        &self.primary
    }

    /// Runs `run` in a transaction and commits it; returns what `run` returned
    /// and the token of all that was written.
    ///
    /// `run` is called again, in a new transaction, when a concurrent one got in
    /// the way (SQLSTATE 40001 and 40P01, `SQLITE_BUSY`), so it must not do
    /// anything else that cannot be repeated. When it returns an error nothing is
    /// committed. When a statement failed, the transaction is not committed
    /// even if `run` passes over the error.
    ///
    /// It takes the transaction by value because the future of a closure that
    /// borrows it cannot be shown to be `Send` in today's Rust.
    pub async fn write<T, E, F, Fut>(&self, run: F) -> Result<(T, Token), E>
    where
        F: Fn(Tx) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, E>> + Send,
        E: From<PrimaryError>,
    {
        inside::refuse(&self.primary, "begin a transaction")?;
        let mut attempts = self.policy.attempts();
        loop {
            let tx = Tx::new(
                self.primary.begin().await?,
                self.registry.clone(),
                self.clock.clone(),
            );
            let result = inside::scope(&self.primary, run(tx.clone())).await;
            let contended = match tx.finish(result.is_ok()).await {
                Ok(token) => match result {
                    Ok(value) => {
                        if !token.is_empty() {
                            self.committed();
                        }
                        return Ok((value, token));
                    }
                    Err(error) => return Err(error),
                },
                Err(error @ PrimaryError::Contention { .. }) => error,
                Err(error) => return Err(result.err().unwrap_or_else(|| error.into())),
            };
            if !attempts.wait().await {
                return Err(result.err().unwrap_or_else(|| contended.into()));
            }
        }
    }
}

impl Writes for Client {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn execute(&self, write: Write) -> Result<Written, PrimaryError> {
        guard::check(&self.registry, &write)?;
        inside::refuse(&self.primary, "change rows")?;
        let mut attempts = self.policy.attempts();
        loop {
            match self.primary.write(&write).await {
                Ok(written) => {
                    if !written.states.is_empty() {
                        self.committed();
                    }
                    return Ok(written);
                }
                Err(PrimaryError::Contention { .. }) if attempts.wait().await => {}
                Err(error) => return Err(written::named(error, &write)),
            }
        }
    }

    async fn rows(&self, select: Select) -> Result<Vec<State>, PrimaryError> {
        self.primary.select(&select).await
    }

    async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        self.primary.query(sql, params).await
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("primary", &self.primary.location())
            .finish_non_exhaustive()
    }
}
