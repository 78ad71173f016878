//! From errors of both databases to problems. Exhaustive: a new kind of error must choose.

use twinbase::{core::error::Constraint, prelude::*, sync::NotCaughtUp};

use super::{Code, Problem};
use crate::cursor;

impl From<PrimaryError> for Problem {
    fn from(error: PrimaryError) -> Self {
        let (code, detail) = match &error {
            PrimaryError::Unavailable { .. } => (
                Code::PrimaryUnavailable,
                "The database did not answer. Try again.",
            ),
            PrimaryError::Contention { .. } => (
                Code::Contention,
                "Concurrent changes conflicted. Nothing was changed; try again.",
            ),
            PrimaryError::InvalidValue { .. } => (Code::InvalidFields, "A value cannot be stored."),
            PrimaryError::VersionConflict { .. } => (
                Code::PreconditionFailed,
                "It is not at the version that the change expects. Read it again and apply the change to that.",
            ),
            PrimaryError::Constraint { constraint, .. } => of_constraint(*constraint),
            PrimaryError::Refused { .. } | PrimaryError::SchemaTooNew { .. } => (
                Code::PrimaryRefuses,
                "The database refuses this for now. Whoever runs this finds the reason in the log and in its health report.",
            ),
            PrimaryError::InvalidStatement { .. } => (
                Code::Internal,
                "The program made a mistake; it is in the log under this request's id.",
            ),
        };
        log(&error, code);
        Self::new(code, detail)
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        let error = match error.of_the_replica() {
            ReadError::Primary(error) => return error.into(),
            ReadError::InvalidCursor => {
                return Self::invalid_parameter("cursor", cursor::EXPECTED);
            }
            error => error,
        };
        let code = of_read(&error);
        log(&error, code);
        let detail = match code {
            Code::NotCaughtUp => {
                "The replica does not have the write of the Sync-Token yet. Try again, or wait longer with Prefer: wait=5."
            }
            code => code.kind().title,
        };
        Self::new(code, detail)
    }
}

const fn of_read(error: &ReadError) -> Code {
    match error {
        ReadError::NotCaughtUp(NotCaughtUp::Primary(_)) => Code::PrimaryUnavailable,
        ReadError::NotCaughtUp(
            NotCaughtUp::Waited { .. }
            | NotCaughtUp::TooOld { .. }
            | NotCaughtUp::Unproven
            | NotCaughtUp::UnknownType
            | NotCaughtUp::UnknownVersion
            | NotCaughtUp::OtherTimeline
            | NotCaughtUp::Moved
            | NotCaughtUp::Folded,
        ) => Code::NotCaughtUp,
        ReadError::NotCaughtUp(NotCaughtUp::Replica(_))
        | ReadError::Replica(
            ReplicaError::Unavailable { .. } | ReplicaError::LimitExceeded { .. },
        ) => Code::ReplicaUnavailable,
        ReadError::Replica(
            ReplicaError::InvalidQuery { .. }
            | ReplicaError::NoTextSearch { .. }
            | ReplicaError::Refused { .. }
            | ReplicaError::Unexpected { .. },
        )
        | ReadError::Mistyped { .. }
        | ReadError::Primary(_)
        | ReadError::NoPrimaryForm { .. }
        | ReadError::InvalidCursor => Code::Internal,
    }
}

/// What a constraint says is for the client to mend: it knows which of its values are meant.
const fn of_constraint(constraint: Constraint) -> (Code, &'static str) {
    match constraint {
        Constraint::Unique => (
            Code::AlreadyExists,
            "Something with one of these values exists already.",
        ),
        Constraint::ForeignKey => (
            Code::ReferenceConflict,
            "It refers to something that does not exist any more, or something still refers to it.",
        ),
        Constraint::NotNull | Constraint::Check => {
            (Code::InvalidFields, "A value is missing or out of range.")
        }
    }
}

/// Once, here, with its causes: whoever sees the problem sees none.
fn log(error: &(dyn std::error::Error + 'static), code: Code) {
    let kind = code.kind();
    if kind.status.is_server_error() {
        tracing::error!(error, code = kind.name, "a request failed");
    } else {
        tracing::debug!(error, code = kind.name, "a request was refused");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_is_a_conflict_or_a_bad_value_and_never_our_mistake() {
        let of = |constraint| {
            let error = PrimaryError::Constraint {
                operation: "insert rows",
                constraint,
                name: Some("of_a_table".to_owned()),
            };
            Problem::from(error).kind()
        };
        for (constraint, code) in [
            (Constraint::Unique, Code::AlreadyExists),
            (Constraint::ForeignKey, Code::ReferenceConflict),
            (Constraint::Check, Code::InvalidFields),
            (Constraint::NotNull, Code::InvalidFields),
        ] {
            assert_eq!(of(constraint), code.kind());
            assert!(code.kind().status.is_client_error());
        }
    }
}
