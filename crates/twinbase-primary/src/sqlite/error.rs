//! What SQLite's errors mean to a caller; the only place that reads its codes.

use crate::fail;
use rusqlite::{Error, ErrorCode, ffi};
use twinbase_core::{PrimaryError, error::Constraint};

/// What a caller is told who was trying to `operation`.
pub(super) fn translate(operation: &'static str, error: &Error) -> PrimaryError {
    match error {
        Error::SqliteFailure(code, _) => of_code(operation, *code, &error.to_string()),
        Error::SqlInputError {
            error: code, msg, ..
        } => of_code(operation, *code, msg),
        Error::ToSqlConversionFailure(reason) => fail::invalid_value(operation, reason.to_string()),
        other => fail::invalid_statement(operation, other.to_string()),
    }
}

/// What work on a connection returns: whoever runs it names the operation of an SQLite error.
pub(super) trait During {
    type Value;

    fn during(self, operation: &'static str) -> Result<Self::Value, PrimaryError>;
}

impl<T> During for Result<T, PrimaryError> {
    type Value = T;

    fn during(self, _: &'static str) -> Result<T, PrimaryError> {
        self
    }
}

impl<T> During for Result<T, Error> {
    type Value = T;

    fn during(self, operation: &'static str) -> Result<T, PrimaryError> {
        self.map_err(|error| translate(operation, &error))
    }
}

/// What an extended result code in digits means, from whatever driver it came.
pub(crate) fn by_code(operation: &'static str, code: &str, message: &str) -> PrimaryError {
    let code = code
        .parse()
        .map_or(ffi::SQLITE_ERROR, std::convert::identity);
    of_code(operation, ffi::Error::new(code), message)
}

fn of_code(operation: &'static str, code: ffi::Error, message: &str) -> PrimaryError {
    let refused = |reason: &str| fail::refused(operation, reason.to_owned());
    let invalid_value = || fail::invalid_value(operation, message.to_owned());
    match code.code {
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::SchemaChanged => fail::contention(operation, message.to_owned()),
        ErrorCode::ConstraintViolation => constraint(operation, code.extended_code, message),
        ErrorCode::TypeMismatch | ErrorCode::TooBig => invalid_value(),
        ErrorCode::DiskFull => {
            refused("the disk is full; free some space where the database file lies")
        }
        ErrorCode::ReadOnly => refused(
            "the database file is read-only; give this user the right to write the file and its folder",
        ),
        ErrorCode::PermissionDenied => {
            refused("permission denied; give this user the right to read and write the file")
        }
        ErrorCode::CannotOpen => refused(
            "the database file cannot be opened; check that its folder exists and that this user may write there",
        ),
        ErrorCode::NotADatabase => {
            refused("the file is not an SQLite database; name another file or move this one away")
        }
        ErrorCode::DatabaseCorrupt => {
            refused("the database file is damaged; restore it from a backup")
        }
        ErrorCode::SystemIoFailure => refused(&format!(
            "{message}; check the disk that the database file is on, and the log of the system"
        )),
        ErrorCode::OperationInterrupted
        | ErrorCode::OperationAborted
        | ErrorCode::OutOfMemory
        | ErrorCode::NoLargeFileSupport => fail::unavailable(operation, message.to_owned()),
        _ if message == "integer overflow" => invalid_value(),
        _ => fail::invalid_statement(operation, message.to_owned()),
    }
}

fn constraint(operation: &'static str, extended_code: i32, message: &str) -> PrimaryError {
    let constraint = match extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => Constraint::Unique,
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Constraint::ForeignKey,
        ffi::SQLITE_CONSTRAINT_NOTNULL => Constraint::NotNull,
        // A column of a `strict` table got a value of another type.
        ffi::SQLITE_CONSTRAINT_DATATYPE => {
            return fail::invalid_value(operation, message.to_owned());
        }
        _ => Constraint::Check,
    };
    // "UNIQUE constraint failed: users.email", or "..: index 'users_email_key'" where it is of an expression.
    let name = message.split_once("constraint failed: ").map(|(_, name)| {
        let index = name.strip_prefix("index '");
        index
            .and_then(|name| name.strip_suffix('\''))
            .unwrap_or(name)
    });
    if constraint == Constraint::NotNull && fail::is_emptied(message) {
        return fail::refused(operation, fail::EMPTIED);
    }
    PrimaryError::Constraint {
        operation,
        constraint,
        name: name.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rusqlite::{Connection, OpenFlags};

    use super::*;

    fn error_of(connection: &Connection, sql: &str) -> PrimaryError {
        let result = connection.execute_batch(sql).during("test");
        result.expect_err(sql)
    }

    fn check_refused(connection: &Connection, sql: &str, remedy: &str) {
        match error_of(connection, sql) {
            PrimaryError::Refused { reason, .. } => assert!(reason.contains(remedy), "{reason}"),
            other => panic!("{other:?}"),
        }
    }

    /// A file with a table and some pages.
    fn file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("create table a (b); insert into a values (zeroblob(100000))")
            .unwrap();
        (folder, path)
    }

    #[test]
    fn a_file_that_cannot_be_written_is_refused_with_a_remedy() {
        let (_folder, path) = file();
        let full = Connection::open(&path).unwrap();
        full.execute_batch("pragma max_page_count = 3").unwrap();
        check_refused(
            &full,
            "insert into a values (zeroblob(100000))",
            "free some space",
        );
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let read_only = Connection::open_with_flags(&path, flags).unwrap();
        check_refused(&read_only, "delete from a", "right to write");
        drop((full, read_only));
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[100..40_000].fill(0xab);
        std::fs::write(&path, bytes).unwrap();
        let damaged = Connection::open(&path).unwrap();
        check_refused(&damaged, "delete from a", "backup");
    }

    #[test]
    fn two_connections_in_each_others_way_are_contention() {
        let (_folder, path) = file();
        let (a, b) = (
            Connection::open(&path).unwrap(),
            Connection::open(&path).unwrap(),
        );
        b.busy_timeout(std::time::Duration::ZERO).unwrap();
        a.execute_batch("begin exclusive").unwrap();
        let error = error_of(&b, "create table c (d)");
        assert!(
            matches!(error, PrimaryError::Contention { .. }),
            "{error:?}"
        );
    }

    #[test]
    fn values_that_do_not_fit_are_the_inputs_fault() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "create table a (b integer) strict; create table c (d integer primary key)",
            )
            .unwrap();
        for sql in [
            "insert into a values ('text')",
            "insert into c values ('text')",
            "select sum(n) from (select 9223372036854775807 as n union all select 1)",
        ] {
            let error = error_of(&connection, sql);
            assert!(
                matches!(error, PrimaryError::InvalidValue { .. }),
                "{sql}: {error:?}"
            );
        }
    }
}
