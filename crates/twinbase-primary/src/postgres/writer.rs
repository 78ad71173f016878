//! Changes: one rendered statement, sent in or outside of a transaction.

use std::marker;

use tokio_postgres::Row;
use twinbase_core::{
    PrimaryError, State, StateRows,
    primary::{PrimaryKind, Written},
    write::{Target, Write},
};

use super::{error::translate, session::Session};
use crate::{
    fail::invalid_statement,
    render::{self, Expected, Sql},
};

/// What CockroachDB takes in one message (its setting `sql.conn.max_read_buffer_message_size`); it ends
/// the connection of whoever sends more.
const COCKROACH_BYTES: usize = 16 << 20;

/// Where rendered statements are sent.
pub(super) trait Send: marker::Send {
    /// Rows with their versions.
    fn states(
        &mut self,
        operation: &'static str,
        sql: &Sql,
    ) -> impl Future<Output = Result<Vec<State>, PrimaryError>> + marker::Send;

    /// Rows of any columns.
    fn answer(
        &mut self,
        operation: &'static str,
        sql: &Sql,
    ) -> impl Future<Output = Result<Vec<Row>, PrimaryError>> + marker::Send;

    /// How many rows it changed.
    fn changed(
        &mut self,
        operation: &'static str,
        sql: &Sql,
    ) -> impl Future<Output = Result<u64, PrimaryError>> + marker::Send;
}

/// Makes one change.
pub(super) async fn write(
    to: &mut impl Send,
    kind: PrimaryKind,
    write: &Write,
) -> Result<Written, PrimaryError> {
    if render::is_nothing(write) {
        return Ok(Written::default());
    }
    let operation = render::operation(write);
    let sql = render::write(kind, write)?;
    fits(operation, &sql)?;
    let Target::Aggregate(_) = write.target else {
        return Ok(Written {
            count: to.changed(operation, &sql).await?,
            states: Vec::new(),
        });
    };
    let states = to.states(operation, &sql).await?;
    if states.is_empty()
        && let Some(expected) = Expected::of(kind, write)?
    {
        // Where the version is the expected one, another condition was the reason.
        let found = to.answer(operation, &expected.found).await?;
        let found = found.first().map(|row| row.try_get(0)).transpose();
        expected.check(found.map_err(|error| translate(operation, error))?)?;
    }
    Ok(Written {
        count: states.len() as u64,
        states,
    })
}

impl Session {
    pub(super) async fn write(&mut self, change: &Write) -> Result<Written, PrimaryError> {
        let kind = self.kind;
        write(self, kind, change).await
    }
}

impl Send for Session {
    async fn states(
        &mut self,
        operation: &'static str,
        sql: &Sql,
    ) -> Result<Vec<State>, PrimaryError> {
        Ok(self.page(operation, sql, StateRows::all()).await?.states)
    }

    async fn answer(
        &mut self,
        operation: &'static str,
        sql: &Sql,
    ) -> Result<Vec<Row>, PrimaryError> {
        self.rendered(operation, sql).await
    }

    async fn changed(&mut self, operation: &'static str, sql: &Sql) -> Result<u64, PrimaryError> {
        Self::changed(self, operation, sql).await
    }
}

/// Refuses what the database would not take.
fn fits(operation: &'static str, sql: &Sql) -> Result<(), PrimaryError> {
    if sql.kind != PrimaryKind::Cockroach || sql.bytes() < COCKROACH_BYTES {
        return Ok(());
    }
    Err(invalid_statement(
        operation,
        "its rows have over 16 MiB, which CockroachDB does not take at once: change fewer at a time, in one transaction",
    ))
}

#[cfg(test)]
mod tests {
    use twinbase_core::Value;

    use super::*;

    #[test]
    fn what_cockroachdb_would_not_take_is_refused_with_a_remedy() {
        for (kind, megabytes, fits) in [
            (PrimaryKind::Cockroach, 15, true),
            (PrimaryKind::Cockroach, 17, false),
            (PrimaryKind::Postgres, 17, true),
        ] {
            let mut sql = Sql::new(kind);
            let rows = serde_json::json!([{ "text": "x".repeat(megabytes << 20) }]);
            sql.push("insert ").value(Value::Json(rows));
            assert_eq!(
                super::fits("insert rows", &sql).is_ok(),
                fits,
                "{megabytes}"
            );
        }
    }
}
