//! The one thing that a driver has to do: send a statement in a transaction, and return its rows.
//!
//! Everything else about changes and reads is here and in `render`, the same for our own connections, for
//! `tokio-postgres`, and for drivers that Twinbase does not know.

use twinbase_core::{
    PrimaryError, Row, State, StateRows, Value, Version,
    primary::{PrimaryKind, Written},
    write::{Condition, Select, Write},
};

pub use crate::render::{Param, Statement};
use crate::{
    postgres, render,
    render::{Cells, QUERY, Rendered, SELECT, Sql},
    sqlite,
};

/// What sends a statement in an open transaction, for `in_transaction` with a driver that Twinbase does not know (sqlx,
/// diesel, `SeaORM`). The transaction is on a database of the primary's kind, and is the primary's own.
///
/// A driver that blocks implements it without awaiting anything; the calls on what `in_transaction` returns are then
/// ready at once.
///
/// What a driver needs besides: how a parameter is encoded ([`Param::to_sqlite`], [`crate::postgres::wire`]) and what
/// the database's errors mean ([`Statement::error`]).
pub trait Driver: Send {
    /// Sends it and returns all rows of its answer with all their columns.
    ///
    /// What Twinbase itself sends returns texts, whole numbers and nulls; `query` returns what the caller asks for.
    ///
    /// # Errors
    /// By what to do about them. After any the caller has to roll its transaction back.
    fn rows(
        &mut self,
        statement: Statement<'_>,
    ) -> impl Future<Output = Result<Vec<Row>, PrimaryError>> + Send;
}

impl Statement<'_> {
    /// What an error of the database means: a constraint by its name, a concurrent transaction, a wrong value.
    ///
    /// `code` is the SQLSTATE of PostgreSQL and CockroachDB, and on SQLite the extended result code, in digits. Where the
    /// driver has none, nothing has answered: that is [`PrimaryError::Unavailable`].
    pub fn error(&self, code: &str, message: &str, constraint: Option<&str>) -> PrimaryError {
        match self.kind {
            PrimaryKind::Postgres | PrimaryKind::Cockroach => {
                postgres::by_code(self.operation, code, message, constraint)
            }
            PrimaryKind::Sqlite => sqlite::by_code(self.operation, code, message),
        }
    }
}

/// Makes one change.
pub(crate) async fn write(
    driver: &mut impl Driver,
    kind: PrimaryKind,
    write: &Write,
) -> Result<Written, PrimaryError> {
    let mut rendered = Rendered::new(kind, write)?;
    while let Some(statement) = rendered.statement() {
        let rows = driver.rows(statement).await?;
        rendered.answer(rows)?;
    }
    Ok(rendered.written())
}

/// Rows with their versions; in a transaction locked first, where that is asked for. SQLite has one writer, which needs no lock.
pub(crate) async fn select(
    driver: &mut impl Driver,
    kind: PrimaryKind,
    select: &Select,
    in_transaction: bool,
) -> Result<Vec<State>, PrimaryError> {
    if !select.for_update || !in_transaction || kind == PrimaryKind::Sqlite {
        return states(driver, &render::select(kind, select)?).await;
    }
    let lock = render::lock(kind, select)?;
    let locked = driver.rows(lock.statement(SELECT)).await?.into_iter();
    let ids = locked.map(|row| Cells::of(SELECT, row).text().map(Value::Text));
    let ids = ids.collect::<Result<Vec<_>, _>>()?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let key = select.schema.key().column.clone();
    let locked = Select {
        filter: vec![Condition::is_in(key, ids)],
        after: None,
        ..select.clone()
    };
    states(driver, &render::select(kind, &locked)?).await
}

/// The rows of a statement that returns `id`, `version` and `payload`.
async fn states(driver: &mut impl Driver, sql: &Sql) -> Result<Vec<State>, PrimaryError> {
    let mut states = StateRows::all();
    for row in driver.rows(sql.statement(SELECT)).await? {
        let mut cells = Cells::of(SELECT, row);
        let (id, version) = (cells.text()?, Version::new(cells.number()?));
        // It breaks at a limit, and there is none.
        let _ = states.take(&id, version, cells.text_or_null()?.as_deref());
    }
    Ok(states.states())
}

/// The rows of a caller's query.
pub(crate) async fn query(
    driver: &mut impl Driver,
    kind: PrimaryKind,
    sql: &str,
    params: &[Value],
) -> Result<Vec<Row>, PrimaryError> {
    let sql = render::query(kind, sql, params)?;
    driver.rows(sql.statement(QUERY)).await
}
