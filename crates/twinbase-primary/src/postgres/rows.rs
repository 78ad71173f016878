//! Reads of rows.

use twinbase_core::{
    PrimaryError, Row, State, StatePage, StateRows, Value,
    primary::PrimaryKind,
    write::{Condition, Select},
};

use super::{
    bind::Bound,
    error::translate,
    read,
    session::{Session, references},
    writer::Send,
};
use crate::render::{self, QUERY, SELECT, Sql};

/// Rows with their versions; in a transaction locked first, where that is asked for.
pub(super) async fn select(
    to: &mut impl Send,
    kind: PrimaryKind,
    select: &Select,
    in_transaction: bool,
) -> Result<Vec<State>, PrimaryError> {
    if !(select.for_update && in_transaction) {
        return to.states(SELECT, &render::select(kind, select)?).await;
    }
    let rows = to.answer(SELECT, &render::lock(kind, select)?).await?;
    let id = |row: &tokio_postgres::Row| row.try_get::<_, String>(0).map(Value::Text);
    let ids: Result<Vec<_>, _> = rows.iter().map(id).collect();
    let ids = ids.map_err(|error| translate(SELECT, error))?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let key = select.schema.key().column.clone();
    let locked = Select {
        filter: vec![Condition::is_in(key, ids)],
        after: None,
        ..select.clone()
    };
    to.states(SELECT, &render::select(kind, &locked)?).await
}

impl Session {
    pub(super) async fn select(&mut self, of: &Select) -> Result<Vec<State>, PrimaryError> {
        let (kind, in_transaction) = (self.kind, self.in_transaction);
        select(self, kind, of, in_transaction).await
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
