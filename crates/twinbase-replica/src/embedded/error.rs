//! The store's errors, sorted by what to do about them.

use tokio::task::JoinError;
use twinbase_core::{ReplicaError, error::error_chain};
use twinbase_docstore::{Error, ErrorKind};

/// Everything in it can be made again of the primary.
const DAMAGED: &str = "Stop the program, move the file away together with those that end with -wal and -shm, start it, and run `repair`";

pub(super) fn of(operation: &'static str, error: Error) -> ReplicaError {
    // Most variants of [`ReplicaError`] have no source, so the causes go into the text.
    let reason = error_chain(&error);
    match error {
        // Waiting does not make room or give rights, and what is wrong with names and indexes comes from a schema: each
        // is for a person to mend.
        Error::Full { .. }
        | Error::ReadOnly { .. }
        | Error::Open { .. }
        | Error::InvalidName { .. }
        | Error::InvalidIndex { .. }
        | Error::Duplicates { .. } => ReplicaError::Refused { operation, reason },
        Error::Decode { .. } => ReplicaError::Unexpected { operation, reason },
        Error::NoTextIndex => ReplicaError::NoTextSearch { reason },
        other => match other.kind() {
            ErrorKind::Unavailable => ReplicaError::Unavailable {
                operation,
                source: Box::new(other),
            },
            ErrorKind::Refused => ReplicaError::InvalidQuery { reason },
            ErrorKind::Limit => ReplicaError::LimitExceeded { reason },
            ErrorKind::BadFile if matches!(other, Error::Corrupt { .. }) => ReplicaError::Refused {
                operation,
                reason: format!("{reason}. {DAMAGED}"),
            },
            ErrorKind::BadFile => ReplicaError::Refused { operation, reason },
        },
    }
}

/// The error for a thread that ended without an answer.
pub(super) fn broken(operation: &'static str, error: &JoinError) -> ReplicaError {
    ReplicaError::Unexpected {
        operation,
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use twinbase_core::Disposition;
    use twinbase_docstore::Error;

    use super::of;

    #[test]
    fn every_kind_of_trouble_has_its_disposition() {
        let unsupported = Error::Unsupported {
            operator: "$near".to_owned(),
            path: String::new(),
        };
        let slow = Error::TimedOut {
            limit: Duration::from_secs(1),
        };
        let busy = Error::Busy { operation: "apply" };
        let foreign = Error::NotAStore {
            path: "x".into(),
            reason: "it is a text file",
        };
        for (error, disposition) in [
            (unsupported, Disposition::Poison),
            (slow, Disposition::Poison),
            (busy, Disposition::RetryLater),
            (foreign, Disposition::Operator),
        ] {
            assert_eq!(of("test", error).disposition(), disposition);
        }
    }
}
