//! From SQLite's errors to ours.

use rusqlite::ErrorCode;

use crate::Error;
use crate::fault::{is_damage, is_stop, refusal};

/// Names the operation that an SQLite error interrupted.
pub(crate) fn failure(operation: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    move |source| {
        if let rusqlite::Error::SqliteFailure(_, Some(text)) = &source {
            if let Some(refusal) = refusal(text) {
                return refusal;
            }
            if is_damage(text) {
                return Error::Corrupt { operation, source };
            }
        }
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Busy { operation },
            Some(ErrorCode::DiskFull) => Error::Full { operation, source },
            Some(ErrorCode::ReadOnly) => Error::ReadOnly { operation, source },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Error::Corrupt { operation, source }
            }
            _ => Error::Storage { operation, source },
        }
    }
}

/// Whether a statement was stopped by the clock: between two steps, or in a function.
pub(super) fn is_interrupt(error: &Error) -> bool {
    let source = match error {
        Error::Storage { source, .. } => source,
        Error::TimedOut { .. } => return true,
        _ => return false,
    };
    match source {
        rusqlite::Error::SqliteFailure(_, Some(text)) if is_stop(text) => true,
        source => source.sqlite_error_code() == Some(ErrorCode::OperationInterrupted),
    }
}
