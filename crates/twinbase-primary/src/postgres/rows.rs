//! Reads of rows.

use twinbase_core::{PrimaryError, Row, State, StatePage, StateRows, Value, write::Select};

use super::{
    bind::Bound,
    error::translate,
    read,
    session::{Session, references},
};
use crate::render::{self, QUERY, SELECT, Sql};

impl Session {
    pub(super) async fn select(&mut self, select: &Select) -> Result<Vec<State>, PrimaryError> {
        let sql = render::select(self.kind, select, self.in_transaction)?;
        Ok(self.page(SELECT, &sql, StateRows::all()).await?.states)
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
    ) -> Result<StatePage, PrimaryError> {
        let bound: Vec<Bound<'_>> = sql.params.iter().map(Bound).collect();
        let take = |row: tokio_postgres::Row| read::state(&row, &mut rows);
        self.stream(operation, &sql.text, &references(&bound), take)
            .await?;
        Ok(rows.page())
    }
}
