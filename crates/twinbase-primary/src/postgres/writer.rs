//! Changes: one rendered statement, sent in or outside of a transaction.

use twinbase_core::{
    PrimaryError, StateRows,
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

impl Session {
    pub(super) async fn write(&mut self, write: &Write) -> Result<Written, PrimaryError> {
        if render::is_nothing(write) {
            return Ok(Written::default());
        }
        let operation = render::operation(write);
        let sql = render::write(self.kind, write)?;
        fits(operation, &sql)?;
        let Target::Aggregate(_) = write.target else {
            return Ok(Written {
                count: self.changed(operation, &sql).await?,
                states: Vec::new(),
            });
        };
        let states = self.page(operation, &sql, StateRows::all()).await?.states;
        if states.is_empty()
            && let Some(expected) = Expected::of(self.kind, write)?
        {
            // Where the version is the expected one, another condition was the reason.
            let found = self.rendered(operation, &expected.found).await?;
            let found = found.first().map(|row| row.try_get(0)).transpose();
            expected.check(found.map_err(|error| translate(operation, error))?)?;
        }
        Ok(Written {
            count: states.len() as u64,
            states,
        })
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
