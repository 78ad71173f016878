//! An open transaction as an application holds it.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Mutex;
use twinbase_core::{
    Clock, PrimaryError, Registry, Row, State, Token, Value,
    primary::{Transaction, Written},
    write::{Select, Write},
};

use super::{Writes, guard, written};
use crate::fail;

/// A handle on an open transaction, given to the closure of [`super::Client::write`].
///
/// Its calls run one after the other, also when they are awaited together. Once
/// the closure has returned, calls on a handle that was kept fail.
#[derive(Clone)]
pub struct Tx {
    open: Arc<Mutex<Option<Open>>>,
    registry: Registry,
    clock: Arc<dyn Clock>,
}

struct Open {
    transaction: Box<dyn Transaction>,
    token: Token,
    /// The first contention: worth another run, whatever the closure makes of it.
    contention: Option<PrimaryError>,
}

impl Tx {
    pub(super) fn new(
        transaction: Box<dyn Transaction>,
        registry: Registry,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            registry,
            clock,
            open: Arc::new(Mutex::new(Some(Open {
                transaction,
                token: Token::default(),
                contention: None,
            }))),
        }
    }

    /// The token of all that was written so far. It is worth something once the transaction has committed.
    pub async fn token(&self) -> Token {
        let open = self.open.lock().await;
        open.as_ref()
            .map_or_else(Token::default, |open| open.token.clone())
    }

    /// Commits, or rolls back when asked to. Answers contention as an error whichever way the closure
    /// ended; that nothing else that failed is committed is the transaction's own to ensure.
    pub(super) async fn finish(self, commit: bool) -> Result<Token, PrimaryError> {
        let open = self.open.lock().await.take().ok_or_else(ended)?;
        if commit && open.contention.is_none() {
            open.transaction.commit().await?;
            return Ok(open.token);
        }
        if let Err(error) = open.transaction.rollback().await {
            // The database rolls back by itself when the connection is gone.
            tracing::debug!(%error, "rolling back failed");
        }
        open.contention.map_or_else(|| Ok(Token::default()), Err)
    }

    async fn run<T>(
        &self,
        call: impl AsyncFnOnce(&mut Open) -> Result<T, PrimaryError>,
    ) -> Result<T, PrimaryError> {
        let mut guard = self.open.lock().await;
        let open = guard.as_mut().ok_or_else(ended)?;
        let result = call(open).await;
        if let Err(PrimaryError::Contention { operation, source }) = &result {
            let contention = || fail::contention(operation, source.to_string());
            open.contention.get_or_insert_with(contention);
        }
        result
    }
}

impl Writes for Tx {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn execute(&self, write: Write) -> Result<Written, PrimaryError> {
        guard::check(&self.registry, &write)?;
        self.run(async |open| {
            let made = open.transaction.write(&write).await;
            written::take(&mut open.token, &write, made)
        })
        .await
    }

    async fn rows(&self, select: Select) -> Result<Vec<State>, PrimaryError> {
        self.run(async |open| open.transaction.select(&select).await)
            .await
    }

    async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        self.run(async |open| open.transaction.query(sql, params).await)
            .await
    }
}

fn ended() -> PrimaryError {
    fail::invalid_statement("use a transaction", "it has ended")
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").finish_non_exhaustive()
    }
}
