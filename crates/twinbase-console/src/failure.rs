//! From errors of operators' verbs to problems.

use axum::http::StatusCode;
use twinbase::{operate::OperateError, prelude::*, sync::worker::EngineError};
use twinbase_web::{Code, Kind, Problem};

/// The operation has ended already.
pub(crate) const OPERATION_ENDED: Kind = Kind::new(
    StatusCode::CONFLICT,
    "operation-ended",
    "The operation has ended already",
);

/// The problem of a side that does not answer.
pub(crate) fn no_answer(error: EngineError) -> Problem {
    match error {
        EngineError::Primary(error) => error.into(),
        EngineError::Replica(error) => ReadError::from(error).into(),
        error @ (EngineError::OtherReplica | EngineError::UnknownReplica) => Problem::new(
            Code::ReplicaUnavailable,
            format!("{error}. {}", error.remedy()),
        ),
        error @ EngineError::Emptied => {
            Problem::new(Code::PrimaryRefuses, format!("{error}. {}", error.remedy()))
        }
        EngineError::Options(error) => Problem::new(Code::Internal, error.to_string()),
    }
}

/// The problem of a verb that was not done.
pub(crate) fn not_done(error: OperateError) -> Problem {
    match error {
        OperateError::Primary(error) => error.into(),
        OperateError::TooMany { running } => Problem::new(
            Code::Busy,
            format!("{running} operations are running; wait for one, or cancel one."),
        ),
        OperateError::Invalid { what, reason } => {
            let top = matches!(what, "ids" | "reason" | "scope" | "collections");
            let within = if top { "" } else { "/filter" };
            Problem::field(format!("{within}/{what}"), reason)
        }
    }
}

/// Whoever asks is no operator.
pub(crate) const OPERATORS_ONLY: Kind = Kind::new(
    StatusCode::FORBIDDEN,
    "operators-only",
    "Only operators may do this",
);

/// The state of the rebuild does not allow it.
pub(crate) const NOT_NOW: Kind = Kind::new(
    StatusCode::CONFLICT,
    "rebuild-not-possible",
    "The rebuild is in another state",
);
