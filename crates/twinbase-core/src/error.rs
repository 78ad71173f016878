//! What can go wrong on either side, by what to do about it.

use crate::{Disposition, Key, Version};

/// The cause of an error, as the driver gave it.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// An error with its causes in one line.
pub fn error_chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

/// A kind of constraint of the primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// A value that must be unique exists already.
    Unique,
    /// A row that is referred to does not exist, or is still referred to.
    ForeignKey,
    /// A value is missing.
    NotNull,
    /// A check failed.
    Check,
}

/// An error of the primary.
#[derive(Debug, thiserror::Error)]
pub enum PrimaryError {
    /// The database cannot be reached, or did not answer in time.
    #[error("the primary did not answer while trying to {operation}")]
    Unavailable {
        /// What was being done.
        operation: &'static str,
        /// The cause.
        source: Source,
    },
    /// The transaction lost against another (40001, 40P01, `SQLITE_BUSY`) and was rolled back.
    #[error("a concurrent transaction got in the way of trying to {operation}")]
    Contention {
        /// What was being done.
        operation: &'static str,
        /// The cause.
        source: Source,
    },
    /// A constraint does not allow the change.
    #[error("a {constraint:?} constraint{} does not allow to {operation}", name.as_ref().map(|n| format!(" ({n})")).unwrap_or_default())]
    Constraint {
        /// What was being done.
        operation: &'static str,
        /// Its kind.
        constraint: Constraint,
        /// Its name; on SQLite `table.column, table.column` where the schema declares none ([`crate::Unique`]).
        name: Option<String>,
    },
    /// A value cannot be stored: NUL in text, a number out of range, a wrong type.
    #[error("a value is not accepted while trying to {operation}: {reason}")]
    InvalidValue {
        /// What was being done.
        operation: &'static str,
        /// Why, without the value.
        reason: String,
    },
    /// The aggregate is at another version than expected.
    #[error("{key} is at version {found}, not at {expected}")]
    VersionConflict {
        /// The aggregate.
        key: Key,
        /// What the change was conditional on.
        expected: Version,
        /// What it is at.
        found: Version,
    },
    /// The statement itself is not acceptable: unknown column, not a `select`, wrong SQL.
    #[error("the statement is not accepted while trying to {operation}: {reason}")]
    InvalidStatement {
        /// What was being done.
        operation: &'static str,
        /// Why.
        reason: String,
    },
    /// The database's schema is newer than this program and not compatible with it.
    #[error(
        "the database has migration {migration}, which this version does not know and cannot work with"
    )]
    SchemaTooNew {
        /// The first such migration.
        migration: String,
    },
    /// Configuration, permission or disk: a person has to act.
    #[error("the primary refused to {operation}: {reason}")]
    Refused {
        /// What was being done.
        operation: &'static str,
        /// Why, and what to do about it.
        reason: String,
    },
}

impl PrimaryError {
    /// What to do about it.
    pub const fn disposition(&self) -> Disposition {
        match self {
            Self::Unavailable { .. } => Disposition::RetryLater,
            Self::Contention { .. } => Disposition::Retry,
            Self::Constraint { .. } | Self::InvalidValue { .. } | Self::VersionConflict { .. } => {
                Disposition::Poison
            }
            Self::InvalidStatement { .. } => Disposition::Bug,
            Self::SchemaTooNew { .. } | Self::Refused { .. } => Disposition::Operator,
        }
    }

    /// The name of the constraint that does not allow the change.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Constraint { name, .. } => name.as_deref(),
            _ => None,
        }
    }

    /// One sentence for a person: what to do.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => {
                "Check that the SQL database runs and that DATABASE_URL names its host, port and credentials."
            }
            Self::Contention { .. } => "Try again.",
            Self::Constraint { .. } | Self::InvalidValue { .. } => "Change the input.",
            Self::VersionConflict { .. } => "Read the newest version and apply the change to it.",
            Self::InvalidStatement { .. } => {
                "Change the statement; this is an error in the program."
            }
            Self::SchemaTooNew { .. } => "Run a newer version of this program.",
            Self::Refused { .. } => {
                "Do what the error says, of configuration, permissions, disk or files; the log of the worker has it."
            }
        }
    }
}

/// An error of the replica.
#[derive(Debug, thiserror::Error)]
pub enum ReplicaError {
    /// The database cannot be reached, is stepping down, or did not answer in time.
    #[error("the replica did not answer while trying to {operation}")]
    Unavailable {
        /// What was being done.
        operation: &'static str,
        /// The cause.
        source: Source,
    },
    /// The query is outside of what the replica accepts.
    #[error("the query is not accepted: {reason}")]
    InvalidQuery {
        /// Why, naming the operator at fault.
        reason: String,
    },
    /// The query searches texts where that cannot be done: the collection has no text index (or not yet), the server has
    /// no text search, or it has none of this kind. A plain filter may serve instead.
    #[error("there is no such search of texts here: {reason}")]
    NoTextSearch {
        /// What is missing.
        reason: String,
    },
    /// The query's answer is larger than the limit, or took longer.
    #[error("the query went over a limit: {reason}")]
    LimitExceeded {
        /// Which limit.
        reason: String,
    },
    /// Configuration, permission or disk: a person has to act.
    #[error("the replica refused to {operation}: {reason}")]
    Refused {
        /// What was being done.
        operation: &'static str,
        /// Why, and what to do about it.
        reason: String,
    },
    /// What the replica holds or answered is not what it should be.
    #[error("the replica answered something unexpected while trying to {operation}: {reason}")]
    Unexpected {
        /// What was being done.
        operation: &'static str,
        /// What.
        reason: String,
    },
}

impl ReplicaError {
    /// What to do about it.
    pub const fn disposition(&self) -> Disposition {
        match self {
            Self::Unavailable { .. } => Disposition::RetryLater,
            Self::InvalidQuery { .. } | Self::NoTextSearch { .. } | Self::LimitExceeded { .. } => {
                Disposition::Poison
            }
            Self::Refused { .. } => Disposition::Operator,
            Self::Unexpected { .. } => Disposition::Bug,
        }
    }

    /// One sentence for a person: what to do.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => {
                "Check that the document database runs and that MONGODB_URL names its host, port and credentials; writes are kept meanwhile."
            }
            Self::InvalidQuery { .. } => "Change the query.",
            Self::NoTextSearch { .. } => {
                "Declare a text index for the collection, or use a plain filter where the server has no text search."
            }
            Self::LimitExceeded { .. } => "Ask for less: a narrower filter, a limit, a projection.",
            Self::Refused { .. } => {
                "Do what the error says, of configuration, permissions, disk or files; the log of the worker has it."
            }
            Self::Unexpected { .. } => {
                "Look for another program that writes to the same collections; a verification tells what differs."
            }
        }
    }
}
