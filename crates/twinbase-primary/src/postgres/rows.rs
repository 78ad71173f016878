//! Changes and reads of rows on a connection of ours.

use twinbase_core::{
    PrimaryError, Row, State, StateRows, Value,
    primary::Written,
    write::{Select, Write},
};

use super::{
    bind::Bound,
    error::translate,
    read,
    session::{Session, references},
};
use crate::{
    driver::{self, Driver, Statement},
    render::{self, QUERY, Sql},
};

impl Driver for Session {
    async fn rows(&mut self, statement: Statement<'_>) -> Result<Vec<Row>, PrimaryError> {
        let Statement {
            operation,
            text,
            params,
            ..
        } = statement;
        let bound: Vec<Bound<'_>> = params.iter().map(Bound).collect();
        let answer = self.query(operation, text, &references(&bound)).await?;
        read::rows(&answer).map_err(|error| translate(operation, error))
    }
}

impl Session {
    pub(super) async fn write(&mut self, change: &Write) -> Result<Written, PrimaryError> {
        let kind = self.kind;
        driver::write(self, kind, change).await
    }

    pub(super) async fn select(&mut self, of: &Select) -> Result<Vec<State>, PrimaryError> {
        let (kind, in_transaction) = (self.kind, self.in_transaction);
        driver::select(self, kind, of, in_transaction).await
    }

    pub(super) async fn select_anything(
        &mut self,
        sql: &str,
        params: &[Value],
    ) -> Result<Vec<Row>, PrimaryError> {
        let sql = render::query(self.kind, sql, params)?;
        let answer = self.read_only(QUERY, &sql).await?;
        read::rows(&answer).map_err(|error| translate(QUERY, error))
    }

    /// Sends a rendered statement that returns `id`, `version` and `payload`, until there are enough rows.
    pub(super) async fn page(
        &mut self,
        operation: &'static str,
        sql: &Sql,
        mut rows: StateRows,
    ) -> Result<StateRows, PrimaryError> {
        let bound: Vec<Bound<'_>> = sql.params.iter().map(Bound).collect();
        let take = |row: tokio_postgres::Row| read::state(&row, &mut rows);
        self.stream(operation, &sql.text, &references(&bound), take)
            .await?;
        Ok(rows)
    }
}
