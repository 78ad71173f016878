//! From errors of the domain and of both databases to problems. Exhaustive: a new kind of error must choose.

use twinbase::{prelude::*, sync::NotCaughtUp};

use super::{Code, Problem};
use crate::domain::Error;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound { what } => {
                Self::new(Code::NotFound, format!("There is no such {what}."))
            }
            Error::UsernameTaken => Self::new(
                Code::UsernameTaken,
                "Another user has this username, perhaps with other capital letters.",
            ),
            Error::EmailTaken => {
                Self::new(Code::EmailTaken, "Another user has this e-mail address.")
            }
            Error::PreconditionFailed => Self::new(
                Code::PreconditionFailed,
                "It has another version than If-Match names: read it again and apply the change to that.",
            ),
            Error::Busy { operation } => Self::new(
                Code::Busy,
                format!("Too many requests wait to {operation}."),
            ),
            Error::Primary(error) => Self::of_primary(&error),
            Error::Read(error) => Self::of_read(&error),
        }
    }
}

/// For closures of [`Twinbase::write`]; what is a matter of the domain is taken for one.
impl From<PrimaryError> for Problem {
    fn from(error: PrimaryError) -> Self {
        Error::from(error).into()
    }
}

impl Problem {
    fn of_primary(error: &PrimaryError) -> Self {
        let code = match error {
            PrimaryError::Unavailable { .. } => Code::PrimaryUnavailable,
            PrimaryError::Contention { .. } => Code::Contention,
            PrimaryError::InvalidValue { .. } => Code::InvalidFields,
            PrimaryError::VersionConflict { .. } => Code::PreconditionFailed,
            PrimaryError::Constraint { .. }
            | PrimaryError::InvalidStatement { .. }
            | PrimaryError::SchemaTooNew { .. }
            | PrimaryError::Refused { .. } => Code::Internal,
        };
        log(error, code);
        let detail = match code {
            Code::PrimaryUnavailable => "The database did not answer. Nothing is lost; try again.",
            Code::InvalidFields => "A value cannot be stored.",
            code => code.title(),
        };
        Self::new(code, detail)
    }

    fn of_read(error: &ReadError) -> Self {
        let code = match error {
            ReadError::NotCaughtUp(NotCaughtUp::Primary(_)) => Code::PrimaryUnavailable,
            ReadError::NotCaughtUp(NotCaughtUp::Replica(_)) => Code::ReplicaUnavailable,
            ReadError::NotCaughtUp(
                NotCaughtUp::Waited { .. }
                | NotCaughtUp::TooOld { .. }
                | NotCaughtUp::UnknownType
                | NotCaughtUp::UnknownVersion
                | NotCaughtUp::Folded,
            ) => Code::NotCaughtUp,
            ReadError::Replica(error) => match error {
                ReplicaError::Unavailable { .. } | ReplicaError::LimitExceeded { .. } => {
                    Code::ReplicaUnavailable
                }
                ReplicaError::InvalidQuery { .. }
                | ReplicaError::Refused { .. }
                | ReplicaError::Unexpected { .. } => Code::Internal,
            },
            ReadError::Mistyped { .. } => Code::Internal,
        };
        log(error, code);
        let detail = match code {
            Code::NotCaughtUp => "The replica does not have the write of the Sync-Token yet.",
            code => code.title(),
        };
        Self::new(code, detail)
    }
}

/// Once, here, with its causes: whoever sees the problem sees none.
fn log(error: &(dyn std::error::Error + 'static), code: Code) {
    if code.status().is_server_error() {
        tracing::error!(error, code = code.name(), "a request failed");
    } else {
        tracing::debug!(error, code = code.name(), "a request was refused");
    }
}
