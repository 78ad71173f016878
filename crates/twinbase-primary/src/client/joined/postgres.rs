//! A transaction of `tokio-postgres`, on PostgreSQL or CockroachDB.

use jiff::Timestamp;
use tokio_postgres::Transaction;
use twinbase_core::{
    PrimaryError, Row, State, Token, Value,
    primary::{PrimaryKind, Written},
    write::{Select, Write},
};

use super::{Common, Join};
use crate::{
    client::{Client, Writes},
    postgres::Statements,
    render,
};

/// Writes in a transaction of the caller's. Its connection keeps its own settings and timeouts.
pub struct JoinedPostgres<'a> {
    transaction: &'a Transaction<'a>,
    kind: PrimaryKind,
    common: Common,
}

impl<'a> Join for &'a Transaction<'_> {
    type Writes = JoinedPostgres<'a>;

    fn join(self, client: &Client) -> JoinedPostgres<'a> {
        JoinedPostgres {
            transaction: self,
            kind: client.primary.kind(),
            common: Common::of(client),
        }
    }
}

impl JoinedPostgres<'_> {
    /// The token of all that was written so far. It is worth something once the transaction has committed.
    pub fn token(&self) -> Token {
        self.common.token()
    }

    fn statements(&self) -> Statements<'_> {
        Statements::new(self.transaction, self.kind)
    }
}

impl Writes for JoinedPostgres<'_> {
    fn now(&self) -> Timestamp {
        self.common.clock.now()
    }

    async fn execute(&self, write: Write) -> Result<Written, PrimaryError> {
        self.common.check(&write)?;
        let written = self.statements().write(&write).await;
        self.common.take(&write, written)
    }

    async fn rows(&self, select: Select) -> Result<Vec<State>, PrimaryError> {
        self.statements().select(&select).await
    }

    async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        let sql = render::query(self.kind, sql, params)?;
        self.statements().rows(render::QUERY, &sql).await
    }
}
