//! Why a command or a query of the domain did not succeed.

use twinbase::{ScrubError, core::RowError, prelude::*};

use super::{Rule, WrongAnswer};

/// What keeps a command or a query from being done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or it is another user's.
    #[error("there is no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// It would break a rule as things are.
    #[error(transparent)]
    Rule(#[from] Rule),
    /// Answers to a form are not what its questions ask for.
    #[error("answers do not fit their questions")]
    WrongAnswers(Vec<WrongAnswer>),
    /// The same, with what is in the way.
    #[error("{rule} {about}")]
    Against {
        /// Which rule.
        rule: Rule,
        /// A sentence about what is in the way, for whoever it belongs to.
        about: String,
    },
    /// Too much is going on; later it will do.
    #[error("too many requests are waiting to {operation}")]
    Busy {
        /// What could not be begun.
        operation: &'static str,
    },
    /// The primary did not do it.
    #[error("the primary did not do it")]
    Primary(#[source] PrimaryError),
    /// What was deleted is still in the databases' files.
    #[error("what was deleted could not be taken out of the databases' files")]
    Scrub(#[from] ScrubError),
    /// The replica did not answer, and the primary was not to be asked or has no answer.
    #[error("the replica did not answer")]
    Read(#[from] ReadError),
}

impl From<PrimaryError> for Error {
    fn from(error: PrimaryError) -> Self {
        match error.constraint().and_then(Rule::of_constraint) {
            Some(rule) => Self::Rule(rule),
            None => Self::Primary(error),
        }
    }
}

/// A query's answer is not as its reader expects: an error in the program, or rows that another one wrote.
impl From<RowError> for Error {
    fn from(error: RowError) -> Self {
        Self::Primary(PrimaryError::InvalidStatement {
            operation: "read a row",
            reason: error.to_string(),
        })
    }
}
