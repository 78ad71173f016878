//! An open transaction.
//!
//! The server reports success for the `commit` of a failed transaction and rolls back. So a
//! failure, or a call that was cancelled, is remembered here and `commit` reports it.

use async_trait::async_trait;
use twinbase_core::{
    PrimaryError, Row, State, Value,
    primary::{Transaction, Written},
    write::{Select, Write},
};

use super::session::Session;
use crate::fail;

/// A transaction on a connection of its own.
pub(super) struct Open {
    session: Session,
    /// Whether the server still waits for its end.
    pending: bool,
    failed: Option<Failure>,
}

/// Why the transaction cannot be committed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// Run again, it may succeed.
    Contention,
    /// It would fail again.
    Other,
}

impl Open {
    /// Begins. Waited for by itself: sent together with the first statement, a
    /// `begin` that fails would leave that statement to commit alone.
    pub(super) async fn begin(mut session: Session) -> Result<Self, PrimaryError> {
        session.batch("begin a transaction", "begin").await?;
        session.in_transaction = true;
        Ok(Self {
            session,
            pending: true,
            failed: None,
        })
    }

    /// Makes a call, and remembers when it failed.
    async fn run<T>(
        &mut self,
        call: impl AsyncFnOnce(&mut Session) -> Result<T, PrimaryError>,
    ) -> Result<T, PrimaryError> {
        // It counts as failed until it is over: nobody learns how one that is cancelled ends.
        let before = self.failed.replace(Failure::Other);
        let outcome = call(&mut self.session).await;
        self.failed = match &outcome {
            Ok(_) => before,
            Err(PrimaryError::Contention { .. }) => Some(Failure::Contention),
            Err(_) => before.or(Some(Failure::Other)),
        };
        outcome
    }
}

#[async_trait]
impl Transaction for Open {
    async fn write(&mut self, write: &Write) -> Result<Written, PrimaryError> {
        self.run(async |session| session.write(write).await).await
    }

    async fn select(&mut self, select: &Select) -> Result<Vec<State>, PrimaryError> {
        self.run(async |session| session.select(select).await).await
    }

    async fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        self.run(async |session| session.select_anything(sql, params).await)
            .await
    }

    async fn commit(mut self: Box<Self>) -> Result<(), PrimaryError> {
        const OPERATION: &str = "commit a transaction";
        let Some(failure) = self.failed else {
            self.pending = false;
            return self.session.batch(OPERATION, "commit").await;
        };
        self.rollback().await?;
        let reason = "a call in the transaction failed or was cancelled, so it was rolled back";
        Err(match failure {
            Failure::Contention => fail::contention(OPERATION, reason),
            Failure::Other => fail::invalid_statement(OPERATION, reason.to_owned()),
        })
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), PrimaryError> {
        self.pending = false;
        self.session
            .batch("roll a transaction back", "rollback")
            .await
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if self.pending {
            self.session.roll_back_in_background();
        }
    }
}
