//! What a read answers, and why it does not.

use std::time::Duration;

use twinbase_core::{Name, PrimaryError, ReplicaError, Schema};

use crate::NotCaughtUp;

/// Which side gave an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The document database.
    Replica,
    /// The SQL database.
    Primary,
}

/// An answer, where it came from and how old it may be.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// Where it came from.
    pub source: Source,
    /// A bound on its age; `None` when none is known. Zero from the primary.
    pub staleness: Option<Duration>,
}

impl<T> Answer<T> {
    /// An answer of the primary, which is never stale.
    pub const fn from_primary(value: T) -> Self {
        Self {
            value,
            source: Source::Primary,
            staleness: Some(Duration::ZERO),
        }
    }

    /// The same answer with another value.
    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> Answer<U> {
        Answer {
            value: map(self.value),
            source: self.source,
            staleness: self.staleness,
        }
    }

    /// Both answers as one: as old as the older, and the primary's when both are.
    pub fn zip<U>(self, other: Answer<U>) -> Answer<(T, U)> {
        Answer {
            value: (self.value, other.value),
            source: match other.source {
                Source::Primary => self.source,
                Source::Replica => Source::Replica,
            },
            staleness: self.staleness.zip(other.staleness).map(|(a, b)| a.max(b)),
        }
    }

    /// The same answer with another value, if there is one.
    pub fn try_map<U, E>(self, map: impl FnOnce(T) -> Result<U, E>) -> Result<Answer<U>, E> {
        Ok(Answer {
            value: map(self.value)?,
            source: self.source,
            staleness: self.staleness,
        })
    }
}

/// Why a read has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The replica is not as fresh as the read demands.
    #[error("the read asks for more than the replica has")]
    NotCaughtUp(#[source] NotCaughtUp),
    /// The replica did not answer, or refused.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The primary was asked instead, and did not answer either.
    #[error(transparent)]
    Primary(#[from] PrimaryError),
    /// A document is not of the aggregate's type.
    #[error("a document of `{collection}` does not fit its type")]
    Mistyped {
        /// The collection.
        collection: Name,
    },
    /// The primary was to answer instead, and what was asked has no form for it: a pipeline, a filter or a
    /// sort in the language of documents.
    #[error("the replica has no answer, and the read has no form for the primary")]
    NoPrimaryForm {
        /// Why the replica has none.
        source: Box<ReadError>,
    },
    /// A page was to begin at a place that is none of its list.
    #[error("the cursor is of another list")]
    InvalidCursor,
}

impl From<NotCaughtUp> for ReadError {
    fn from(error: NotCaughtUp) -> Self {
        match error {
            NotCaughtUp::Replica(error) => Self::Replica(error),
            error => Self::NotCaughtUp(error),
        }
    }
}

impl ReadError {
    /// Whether the primary should be asked instead, where the read has a form for it.
    pub fn wants_primary(&self) -> bool {
        match self {
            Self::NotCaughtUp(_) | Self::Mistyped { .. } => true,
            Self::Replica(error) => match error {
                ReplicaError::Unavailable { .. }
                | ReplicaError::Refused { .. }
                | ReplicaError::Unexpected { .. } => true,
                ReplicaError::InvalidQuery { .. } | ReplicaError::LimitExceeded { .. } => false,
            },
            Self::Primary(_) | Self::NoPrimaryForm { .. } | Self::InvalidCursor => false,
        }
    }

    /// Why the replica has no answer, for who has a form for the primary of their own.
    #[must_use]
    pub fn of_the_replica(self) -> Self {
        match self {
            Self::NoPrimaryForm { source } => *source,
            error => error,
        }
    }

    /// Says that the primary was to answer where it would have.
    pub(super) fn without_primary_form(self) -> Self {
        if self.wants_primary() {
            Self::NoPrimaryForm {
                source: Box::new(self),
            }
        } else {
            self
        }
    }

    pub(super) fn mistyped(schema: &Schema) -> Self {
        Self::Mistyped {
            collection: schema.collection.clone(),
        }
    }
}

/// The replica's answer, or the primary's when the replica has none in time.
///
/// For what has no typed form, such as an aggregation whose answer an SQL statement gives as well.
pub async fn or_primary<T, E: From<ReadError>>(
    replica: impl Future<Output = Result<Answer<T>, ReadError>>,
    primary: impl Future<Output = Result<T, E>>,
) -> Result<Answer<T>, E> {
    match replica.await {
        Ok(answer) => Ok(answer),
        Err(error) if error.wants_primary() => {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the primary answers"
            );
            Ok(Answer::from_primary(primary.await?))
        }
        Err(error) => Err(error.into()),
    }
}
