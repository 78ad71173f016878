//! An open transaction as an application holds it.

use std::sync::Arc;

use tokio::sync::Mutex;
use twinbase_core::{
    Key, PrimaryError, Registry, Row, State, Token, Value,
    primary::{Transaction, Written},
    write::{Select, Target, Write},
};

use super::{Writes, guard};
use crate::fail;

/// A handle on an open transaction, given to the closure of [`super::Client::write`].
///
/// Its calls run one after the other, also when they are awaited together. Once
/// the closure has returned, calls on a handle that was kept fail.
#[derive(Clone)]
pub struct Tx {
    open: Arc<Mutex<Option<Open>>>,
    registry: Registry,
}

struct Open {
    transaction: Box<dyn Transaction>,
    token: Token,
    /// The first failure: whatever the closure makes of it, the transaction cannot commit.
    failure: Option<Failure>,
}

enum Failure {
    /// Worth another run.
    Contention(PrimaryError),
    Final,
}

impl Tx {
    pub(super) fn new(transaction: Box<dyn Transaction>, registry: Registry) -> Self {
        Self {
            registry,
            open: Arc::new(Mutex::new(Some(Open {
                transaction,
                token: Token::default(),
                failure: None,
            }))),
        }
    }

    /// Commits, or rolls back when asked to or when a statement failed. Answers
    /// contention as an error whichever way the closure ended.
    pub(super) async fn finish(self, commit: bool) -> Result<Token, PrimaryError> {
        let Some(open) = self.open.lock().await.take() else {
            return Err(ended());
        };
        match open.failure {
            None if commit => {
                open.transaction.commit().await?;
                Ok(open.token)
            }
            Some(Failure::Contention(error)) => {
                roll_back(open.transaction).await;
                Err(error)
            }
            None => {
                roll_back(open.transaction).await;
                Ok(Token::default())
            }
            Some(Failure::Final) => {
                roll_back(open.transaction).await;
                Err(fail::invalid_statement(
                    "commit",
                    "a statement of the transaction failed, so it was rolled back",
                ))
            }
        }
    }

    async fn run<T>(
        &self,
        call: impl AsyncFnOnce(&mut Open) -> Result<T, PrimaryError>,
    ) -> Result<T, PrimaryError> {
        let mut guard = self.open.lock().await;
        let open = guard.as_mut().ok_or_else(ended)?;
        let result = call(open).await;
        if let Err(error) = &result
            && open.failure.is_none()
        {
            open.failure = Some(match error {
                PrimaryError::Contention { operation, source } => {
                    Failure::Contention(fail::contention(operation, source.to_string()))
                }
                _ => Failure::Final,
            });
        }
        result
    }
}

impl Writes for Tx {
    async fn execute(&self, write: Write) -> Result<Written, PrimaryError> {
        guard::check(&self.registry, &write)?;
        self.run(async |open| {
            let written = open.transaction.write(&write).await?;
            if let Target::Aggregate(schema) = write.target {
                for state in &written.states {
                    let key = Key::new(schema.aggregate_type, state.id.clone());
                    open.token.insert(key, state.version);
                }
            }
            Ok(written)
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

async fn roll_back(transaction: Box<dyn Transaction>) {
    if let Err(error) = transaction.rollback().await {
        // The database rolls back by itself when the connection is gone.
        tracing::debug!(%error, "rolling back failed");
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
