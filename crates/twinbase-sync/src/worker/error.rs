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
    /// The replica is another primary's: its heartbeat has another number.
    #[error("the replica belongs to another primary")]
    OtherReplica,
    /// The replica has no heartbeat, although one of this primary was applied.
    #[error("the replica has nothing of this primary")]
    UnknownReplica,
    /// Rows of Twinbase's own are gone from the primary: what it has says nothing.
    #[error("the primary was emptied: rows of Twinbase's own are gone, and it takes no changes")]
    Emptied,
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
            Self::OtherReplica | Self::UnknownReplica | Self::Emptied | Self::Options(_) => {
                Disposition::Operator
            }
        }
    }

    /// One sentence for a person: what to do.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Primary(error) => error.remedy(),
            Self::Replica(error) => error.remedy(),
            Self::OtherReplica => {
                "Correct the replica's URL. When the primary was emptied and migrated anew, put its dump back whole instead, then run `recover`. When the replica shall belong to this primary from now on, remove what is in it first: drop the MongoDB database, or move the file away."
            }
            Self::UnknownReplica => {
                "Check the database's name in the replica's URL. When the replica was emptied or replaced, start a worker, which makes what it needs, then `repair`."
            }
            Self::Emptied => {
                "Put the dump back whole, rows of all tables, then run `recover`. Nothing has to be restarted."
            }
            Self::Options(_) => "Set the option to a value within its limits.",
        }
    }

    pub(crate) const fn side(&self) -> &'static str {
        match self {
            Self::Primary(_) | Self::Emptied => "primary",
            Self::Replica(_) | Self::OtherReplica | Self::UnknownReplica => "replica",
            Self::Options(_) => "worker",
        }
    }
}
