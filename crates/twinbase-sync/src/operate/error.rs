//! Why an operator's request is not done.

use twinbase_core::PrimaryError;

/// What keeps a verb from being done or begun.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// The filter, the reason or the scope cannot be meant.
    #[error("{what} {reason}")]
    Invalid {
        /// What is wrong: `status`, `ids`, `reason`, ...
        what: &'static str,
        /// What is wrong with it; a sentence without its subject.
        reason: String,
    },
    /// Too many operations run already.
    #[error("{running} operations are running, and no more may")]
    TooMany {
        /// How many run.
        running: u32,
    },
    /// The primary did not do it.
    #[error("the primary did not do it")]
    Primary(#[from] PrimaryError),
}

impl OperateError {
    pub(super) fn invalid(what: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid {
            what,
            reason: reason.into(),
        }
    }

    /// One sentence for a person: what to do.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "Change the filter, the reason or the scope.",
            Self::TooMany { .. } => "Wait until one has ended, or cancel one.",
            Self::Primary(error) => error.remedy(),
        }
    }
}
