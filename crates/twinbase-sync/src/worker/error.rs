//! Why a worker or a verification could not do something.

use twinbase_core::{Disposition, PrimaryError, ReplicaError};

use super::InvalidOption;

/// A side that did not answer or refused, or a worker that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The primary.
    #[error(transparent)]
    Primary(#[from] PrimaryError),
    /// The replica.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The worker's options.
    #[error(transparent)]
    Options(#[from] InvalidOption),
}

impl EngineError {
    /// What to do about it.
    pub const fn disposition(&self) -> Disposition {
        match self {
            Self::Primary(error) => error.disposition(),
            Self::Replica(error) => error.disposition(),
            Self::Options(_) => Disposition::Operator,
        }
    }

    /// One sentence for a person: what to do.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Primary(error) => error.remedy(),
            Self::Replica(error) => error.remedy(),
            Self::Options(_) => "Set the option to a value within its limits.",
        }
    }

    pub(crate) const fn side(&self) -> &'static str {
        match self {
            Self::Primary(_) => "primary",
            Self::Replica(_) => "replica",
            Self::Options(_) => "worker",
        }
    }
}
