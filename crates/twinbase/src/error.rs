//! Why an application's databases cannot be opened.

use crate::TableMismatch;
use twinbase_core::{PrimaryError, ReplicaError, schema::InvalidSchema};
use twinbase_sync::worker::{EngineError, InvalidOption};

/// Why opening failed, by what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A URL is missing or names no database that can be used.
    #[error("the {side}'s URL {reason}")]
    Url {
        /// Which side: `primary` or `replica`.
        side: &'static str,
        /// What is wrong with it, without the URL: it may hold a password.
        reason: &'static str,
    },
    /// An aggregate's schema cannot work.
    #[error(transparent)]
    Schema(#[from] InvalidSchema),
    /// Tables are not what the schemas say.
    #[error(transparent)]
    Tables(#[from] TableMismatch),
    /// The options of the worker.
    #[error(transparent)]
    Worker(#[from] InvalidOption),
    /// The replica is not this primary's.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The primary could not be opened.
    #[error("the primary could not be opened")]
    Primary(#[from] PrimaryError),
    /// The replica could not be opened.
    #[error("the replica could not be opened")]
    Replica(#[from] ReplicaError),
}

/// Why what was deleted could not be taken out of the databases' files.
#[derive(Debug, thiserror::Error)]
pub enum ScrubError {
    /// The primary could not do it.
    #[error("the primary could not erase what was deleted")]
    Primary(#[from] PrimaryError),
    /// The replica could not do it.
    #[error("the replica could not erase what was deleted")]
    Replica(#[from] ReplicaError),
}

impl OpenError {
    pub(crate) const fn url(side: &'static str, reason: &'static str) -> Self {
        Self::Url { side, reason }
    }

    /// One sentence for a person: what to do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Url { side, .. } if *side == "primary" => {
                "Give postgres://user:password@host/database, cockroach://.. or sqlite:file."
            }
            Self::Url { .. } => "Give mongodb://host/database or embedded:file.",
            Self::Schema(_) => "Change the schema; this is an error in the program.",
            Self::Tables(_) => TableMismatch::REMEDY,
            Self::Engine(error) => error.remedy(),
            Self::Worker(_) => "Set the option to a value within its limits.",
            Self::Primary(error) => error.remedy(),
            Self::Replica(error) => error.remedy(),
        }
    }
}
