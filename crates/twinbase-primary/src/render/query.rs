//! The text of a query that an application writes itself.
//!
//! Only its beginning is checked here. That nothing is changed is the database's to ensure: a
//! read-only transaction on PostgreSQL and CockroachDB, `sqlite3_stmt_readonly` on SQLite.

use twinbase_core::{PrimaryError, Value, primary::PrimaryKind};

use super::{
    check,
    sql::{Param, Sql},
};
use crate::fail;

pub(crate) const QUERY: &str = "run a query";

/// One `select` or `with`, without its final semicolon, and its parameters.
pub(crate) fn query(kind: PrimaryKind, sql: &str, params: &[Value]) -> Result<Sql, PrimaryError> {
    let mut query = Sql::new(kind);
    query.push(text(sql)?);
    check::values(QUERY, params)?;
    query.params = params.iter().cloned().map(Param::One).collect();
    Ok(query)
}

/// A semicolon before its end is refused, also inside of a string: bind that string as a parameter.
fn text(sql: &str) -> Result<&str, PrimaryError> {
    let text = sql.trim();
    let text = text.strip_suffix(';').unwrap_or(text).trim_end();
    let word = text
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    if !["select", "with"]
        .iter()
        .any(|reading| word.eq_ignore_ascii_case(reading))
    {
        return Err(fail::invalid_statement(
            QUERY,
            "a query begins with `select` or `with`",
        ));
    }
    if text.contains([';', '\0']) {
        return Err(fail::invalid_statement(
            QUERY,
            "a query is one statement: no semicolon, except at its end, and no NUL",
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_that_begins_as_a_read_is_taken() {
        for (sql, expected) in [
            ("select 1", "select 1"),
            (" SELECT(1) ;\n", "SELECT(1)"),
            (
                "with a as (select 1) select * from a;",
                "with a as (select 1) select * from a",
            ),
        ] {
            assert_eq!(text(sql).unwrap(), expected);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for sql in [
            "",
            ";",
            "delete from a",
            "selection",
            "without",
            "explain analyze delete from a",
            "-- select\ndrop table a",
            "select 1; drop table a",
            "select 1;;",
            "select 'a;b'",
            "select 'a\0b'",
        ] {
            assert!(text(sql).is_err(), "{sql}");
        }
    }
}
