//! The text of a query that an application writes itself.
//!
//! Only its beginning is checked here. That nothing is changed is the database's to ensure: a
//! read-only transaction on PostgreSQL and CockroachDB, `sqlite3_stmt_readonly` on SQLite.

use twinbase_core::PrimaryError;

use crate::fail;

/// One `select` or `with`, without its final semicolon.
///
/// A semicolon anywhere else is refused, also inside of a string: bind that string as a parameter.
pub(crate) fn query<'a>(operation: &'static str, sql: &'a str) -> Result<&'a str, PrimaryError> {
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
            operation,
            "a query begins with `select` or `with`",
        ));
    }
    if text.contains([';', '\0']) {
        return Err(fail::invalid_statement(
            operation,
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
        for (sql, text) in [
            ("select 1", "select 1"),
            (" SELECT(1) ;\n", "SELECT(1)"),
            (
                "with a as (select 1) select * from a;",
                "with a as (select 1) select * from a",
            ),
        ] {
            assert_eq!(query("query", sql).unwrap(), text);
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
            assert!(query("query", sql).is_err(), "{sql}");
        }
    }
}
