//! The errors of a primary, each made in one line.

use std::error::Error;

use twinbase_core::PrimaryError;

pub(crate) fn invalid_statement(
    operation: &'static str,
    reason: impl Into<String>,
) -> PrimaryError {
    PrimaryError::InvalidStatement {
        operation,
        reason: reason.into(),
    }
}

pub(crate) fn invalid_value(operation: &'static str, reason: impl Into<String>) -> PrimaryError {
    PrimaryError::InvalidValue {
        operation,
        reason: reason.into(),
    }
}

pub(crate) fn refused(operation: &'static str, reason: impl Into<String>) -> PrimaryError {
    PrimaryError::Refused {
        operation,
        reason: reason.into(),
    }
}

pub(crate) fn unavailable(
    operation: &'static str,
    source: impl Into<Box<dyn Error + Send + Sync>>,
) -> PrimaryError {
    PrimaryError::Unavailable {
        operation,
        source: source.into(),
    }
}

pub(crate) fn contention(
    operation: &'static str,
    source: impl Into<Box<dyn Error + Send + Sync>>,
) -> PrimaryError {
    PrimaryError::Contention {
        operation,
        source: source.into(),
    }
}
