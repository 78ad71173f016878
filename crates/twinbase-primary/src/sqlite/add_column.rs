//! `alter table .. add column if not exists ..`, which PostgreSQL has and SQLite has not:
//! migrations must be safe to run twice.
//!
//! Only for statements that are one line of their own, so that nothing has to be parsed.

use rusqlite::{Connection, Result};

const TABLE: &str = "alter table ";
const COLUMN: &str = " add column if not exists ";

/// The SQL as SQLite takes it, on this database as it is now.
pub(super) fn resolve(connection: &Connection, sql: &str) -> Result<String> {
    let mut resolved = String::with_capacity(sql.len());
    for line in sql.split_inclusive('\n') {
        match parts(line) {
            None => resolved.push_str(line),
            Some((table, column, rest)) => {
                if !exists(connection, table, column)? {
                    let line = format!("{TABLE}{table} add column {column} {rest}");
                    resolved.push_str(&line);
                }
            }
        }
    }
    Ok(resolved)
}

/// Table, column, and what follows it.
fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let (table, column) = line.strip_prefix(TABLE)?.split_once(COLUMN)?;
    let (column, rest) = column.split_once(' ')?;
    Some((table, column, rest))
}

fn exists(connection: &Connection, table: &str, column: &str) -> Result<bool> {
    // Generated columns are in `table_xinfo` alone.
    connection.query_row(
        "select exists (select 1 from pragma_table_xinfo(?1) where name = ?2)",
        [table.trim_matches('"'), column.trim_matches('"')],
        |row| row.get(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_added_once_and_everything_else_is_left_as_it_is() {
        let connection = Connection::open_in_memory().unwrap();
        let sql = "create table if not exists \"A\" (b text);\n\
                   -- alter table \"A\" add column if not exists never text;\n\
                   alter table \"A\" add column if not exists c text not null default 'x; y';\n\
                   alter table \"A\" add column if not exists \"d\" text;";
        for _ in 0..2 {
            let resolved = resolve(&connection, sql).unwrap();
            connection.execute_batch(&resolved).unwrap();
        }
        let columns: String = connection
            .query_row(
                "select group_concat(name || coalesce(dflt_value, '')) from pragma_table_info('A')",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(columns, "b,c'x; y',d");
    }
}
