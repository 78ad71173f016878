//! From the server's answers (SQLSTATE) and the driver's errors to what can be done about them.
//!
//! Texts of the server that may hold values of a row (`DETAIL`, the messages of
//! class 22) stay behind: an error must not carry a secret.

use tokio_postgres::{
    Error,
    error::{DbError, SqlState},
};
use twinbase_core::{PrimaryError, error::Constraint};

use super::{bind::Unbindable, read::Unreadable};
use crate::fail;

pub(super) fn translate(operation: &'static str, error: Error) -> PrimaryError {
    if let Some(answer) = error.as_db_error() {
        return from_server(operation, answer);
    }
    let source = std::error::Error::source(&error);
    if let Some(source) = source.and_then(|source| source.downcast_ref::<Unbindable>()) {
        return fail::invalid_value(operation, source.to_string());
    }
    if let Some(source) = source.and_then(|source| source.downcast_ref::<Unreadable>()) {
        return fail::invalid_statement(operation, source.to_string());
    }
    // The driver keeps the kind of an error to itself, but for its text.
    let text = error.to_string();
    let with_cause = || match source {
        Some(source) => format!("{text}: {source}"),
        None => text.clone(),
    };
    match text.as_str() {
        "error performing TLS handshake" if !is_transport(source) => fail::refused(
            operation,
            format!(
                "{}; correct the server's certificate, `sslrootcert`, or choose an `sslmode` in DATABASE_URL",
                with_cause()
            ),
        ),
        "authentication error" | "invalid configuration" | "invalid connection string" => {
            fail::refused(operation, format!("{}; correct DATABASE_URL", with_cause()))
        }
        text if text.starts_with("expected ") => {
            fail::invalid_statement(operation, text.to_owned())
        }
        _ => fail::unavailable(operation, error),
    }
}

/// As [`translate`] for an error that somebody else keeps.
pub(super) fn translate_borrowed(operation: &'static str, error: &Error) -> PrimaryError {
    match error.as_db_error() {
        Some(answer) => from_server(operation, answer),
        None => fail::unavailable(operation, error.to_string()),
    }
}

/// Whether a handshake failed because the network did.
fn is_transport(source: Option<&(dyn std::error::Error + 'static)>) -> bool {
    source
        .and_then(|source| source.downcast_ref::<std::io::Error>())
        .is_some_and(|error| {
            !error
                .get_ref()
                .is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
        })
}

fn from_server(operation: &'static str, answer: &DbError) -> PrimaryError {
    let name = answer.constraint().or(answer.column());
    by_code(operation, answer.code().code(), answer.message(), name)
}

/// What a SQLSTATE means; `name` is that of a constraint, or of a column that may not be null.
pub(crate) fn by_code(
    operation: &'static str,
    code: &str,
    message: &str,
    name: Option<&str>,
) -> PrimaryError {
    let code = &SqlState::from_code(code);
    let source = || format!("{message} (SQLSTATE {})", code.code());
    let constraint = |constraint| PrimaryError::Constraint {
        operation,
        constraint,
        name: name.map(str::to_owned),
    };
    let refused = |remedy: &str| fail::refused(operation, format!("{message}; {remedy}"));
    let statement = |reason: String| fail::invalid_statement(operation, reason);
    match (code.code().get(..2).unwrap_or_default(), code) {
        ("40", _) | (_, &SqlState::LOCK_NOT_AVAILABLE) => fail::contention(operation, source()),
        (_, &SqlState::UNIQUE_VIOLATION | &SqlState::EXCLUSION_VIOLATION) => {
            constraint(Constraint::Unique)
        }
        (_, &SqlState::FOREIGN_KEY_VIOLATION | &SqlState::RESTRICT_VIOLATION) => {
            constraint(Constraint::ForeignKey)
        }
        (_, &SqlState::NOT_NULL_VIOLATION) if fail::is_emptied(message) => {
            fail::refused(operation, fail::EMPTIED)
        }
        (_, &SqlState::NOT_NULL_VIOLATION) => constraint(Constraint::NotNull),
        // A trigger of the application that raises an exception is a check of its own.
        ("23", _) | (_, &SqlState::RAISE_EXCEPTION) => constraint(Constraint::Check),
        ("22", _) => fail::invalid_value(operation, value_reason(code).to_owned()),
        ("54", _) => fail::invalid_value(
            operation,
            "a value is too large for an index or a statement",
        ),
        (_, &SqlState::READ_ONLY_SQL_TRANSACTION) => refused(
            "the database accepts no changes: it is a standby, or `default_transaction_read_only` is on. \
             Make it writable, or let DATABASE_URL name the primary",
        ),
        (_, &SqlState::INSUFFICIENT_PRIVILEGE) if message.contains("row-level security") => {
            refused(
                "the user of DATABASE_URL has to see every row: `alter role .. bypassrls`, or make it the owner of the table \
             without `force row level security`",
            )
        }
        (_, &SqlState::INSUFFICIENT_PRIVILEGE) => refused(fail::GRANT),
        (_, &SqlState::UNDEFINED_TABLE) => statement(format!("{message}; run the migrations")),
        ("42" | "0A" | "25", _) => statement(message.to_owned()),
        ("28", _) => refused("correct the user and password in DATABASE_URL"),
        ("3F", _) => refused(
            "let DATABASE_URL (`schema=..`) or the user's search_path name a schema that is there",
        ),
        ("3D", _) => refused("create the database, or correct its name in DATABASE_URL"),
        (_, &SqlState::DISK_FULL) => refused("free disk space on the server"),
        ("XX", _) => refused("check the server's log"),
        // 08, 53, 57, 58, and what is not known:
        // the statement may be in order and the server is not.
        _ => fail::unavailable(operation, source()),
    }
}

/// The server's own text would repeat the value.
fn value_reason(code: &SqlState) -> &'static str {
    match *code {
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE => "a number is out of range",
        SqlState::STRING_DATA_RIGHT_TRUNCATION => "a text is too long for its column",
        SqlState::UNTRANSLATABLE_CHARACTER | SqlState::CHARACTER_NOT_IN_REPERTOIRE => {
            "a text has a character that cannot be stored"
        }
        SqlState::INVALID_TEXT_REPRESENTATION => "a text is not a value of its column's type",
        SqlState::DIVISION_BY_ZERO => "a division by zero",
        SqlState::INVALID_DATETIME_FORMAT | SqlState::DATETIME_FIELD_OVERFLOW => {
            "a time is not valid or out of range"
        }
        _ => "a value is not valid for its column",
    }
}
