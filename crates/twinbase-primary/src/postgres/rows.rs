//! Reads of rows.

use twinbase_core::{PrimaryError, Row, State, StatePage, Value, write::Select};

use super::{error::translate, read, session::Session};
use crate::render::{self, QUERY, SELECT, Sql};

impl Session {
    pub(super) async fn select(&mut self, select: &Select) -> Result<Vec<State>, PrimaryError> {
        let sql = render::select(self.kind, select, self.in_transaction)?;
        Ok(self.page(&sql, u32::MAX).await?.states)
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

    /// Sends a rendered statement with this limit.
    pub(super) async fn page(&mut self, sql: &Sql, limit: u32) -> Result<StatePage, PrimaryError> {
        let answer = self.rendered(SELECT, sql).await?;
        read::page(&answer, limit).map_err(|error| translate(SELECT, error))
    }
}
