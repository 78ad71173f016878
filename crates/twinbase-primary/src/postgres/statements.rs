//! Rendered statements in a transaction that is somebody else's.

use tokio_postgres::{Row as Answer, Transaction};
use twinbase_core::{
    PrimaryError, Row, State, StateRows,
    primary::{PrimaryKind, Written},
    write::{Select, Write},
};

use super::{
    bind::Bound,
    error::translate,
    read, rows,
    session::references,
    writer::{self, Send},
};
use crate::render::Sql;

/// Sends statements in the transaction.
pub(crate) struct Statements<'a> {
    transaction: &'a Transaction<'a>,
    kind: PrimaryKind,
}

impl<'a> Statements<'a> {
    pub(crate) const fn new(transaction: &'a Transaction<'a>, kind: PrimaryKind) -> Self {
        Self { transaction, kind }
    }

    pub(crate) async fn write(mut self, write: &Write) -> Result<Written, PrimaryError> {
        let kind = self.kind;
        writer::write(&mut self, kind, write).await
    }

    /// Rows of an aggregate with their versions.
    pub(crate) async fn select(mut self, select: &Select) -> Result<Vec<State>, PrimaryError> {
        let kind = self.kind;
        rows::select(&mut self, kind, select, true).await
    }

    /// The rows of a query of any columns.
    pub(crate) async fn rows(
        &self,
        operation: &'static str,
        sql: &Sql,
    ) -> Result<Vec<Row>, PrimaryError> {
        let answer = self.answer(operation, sql).await?;
        read::rows(&answer).map_err(|error| translate(operation, error))
    }

    async fn answer(
        &self,
        operation: &'static str,
        sql: &Sql,
    ) -> Result<Vec<Answer>, PrimaryError> {
        let bound: Vec<Bound<'_>> = sql.params.iter().map(Bound).collect();
        let answer = self.transaction.query(&sql.text, &references(&bound)).await;
        answer.map_err(|error| translate(operation, error))
    }
}

impl Send for Statements<'_> {
    async fn states(
        &mut self,
        operation: &'static str,
        sql: &Sql,
    ) -> Result<Vec<State>, PrimaryError> {
        let mut rows = StateRows::all();
        for row in self.answer(operation, sql).await? {
            let taken = read::state(&row, &mut rows);
            if taken
                .map_err(|error| translate(operation, error))?
                .is_break()
            {
                break;
            }
        }
        Ok(rows.page().states)
    }

    async fn answer(
        &mut self,
        operation: &'static str,
        sql: &Sql,
    ) -> Result<Vec<Answer>, PrimaryError> {
        Self::answer(self, operation, sql).await
    }

    async fn changed(&mut self, operation: &'static str, sql: &Sql) -> Result<u64, PrimaryError> {
        let bound: Vec<Bound<'_>> = sql.params.iter().map(Bound).collect();
        let changed = self
            .transaction
            .execute(&sql.text, &references(&bound))
            .await;
        changed.map_err(|error| translate(operation, error))
    }
}
