//! What goes wrong inside of a SQL function. SQLite carries only text across, so a fault is written into the text and read back.

use std::time::Duration;

use crate::Error;

/// Separates the parts of a fault in the text; no operator has it in its name.
const SEPARATOR: char = '\u{1f}';

/// How the text of a value that grew too large or too deep begins; the limit follows.
const LARGE: &str = "\u{1f}large\u{1e}";
const SIZE: &str = "\u{1f}size\u{1e}";

/// What a query can turn out to have too much of while it runs.
const LIMITS: [&str; 3] = [LEVELS, STEPS, PATTERNS];
pub(crate) const LEVELS: &str = "levels in a value";
pub(crate) const PATTERNS: &str = "bytes in compiled regular expressions";
pub(crate) const STEPS: &str = "steps in the expressions of one document";

/// The text of a function that the clock stopped.
const STOPPED: &str = "\u{1f}stopped";

/// How the text of a damaged document begins.
const DAMAGED: &str = "a stored document cannot be decoded";

/// A failure inside of a SQL function.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The data turned out to need something that is not supported, or the query is wrong.
    #[error("{}", wire(.0))]
    Refused(#[from] Error),
    /// The time of the query is over.
    #[error("{STOPPED}")]
    Stopped,
    /// A stored document is damaged.
    #[error("{DAMAGED}: {0}")]
    Damaged(#[from] bson::error::Error),
}

impl From<Fault> for rusqlite::Error {
    fn from(fault: Fault) -> Self {
        Self::UserFunctionError(Box::new(fault))
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) => error,
            // The reader knows how long the query was allowed to take.
            Fault::Stopped => Self::TimedOut {
                limit: Duration::ZERO,
            },
            Fault::Damaged(source) => Self::Decode {
                operation: "running a query",
                source,
            },
        }
    }
}

fn wire(error: &Error) -> String {
    match error {
        Error::Unsupported { operator, path } => format!("{SEPARATOR}{operator}{SEPARATOR}{path}"),
        Error::InvalidQuery {
            operator,
            path,
            reason,
        } => format!("{SEPARATOR}{operator}{SEPARATOR}{path}{SEPARATOR}{reason}"),
        Error::ResultTooLarge { limit_bytes } => format!("{LARGE}{limit_bytes}"),
        Error::QueryTooLarge { what, limit } => format!("{SIZE}{what}{SEPARATOR}{limit}"),
        other => other.to_string(),
    }
}

/// Reads a refusal back from the text of an SQLite error.
pub(crate) fn refusal(text: &str) -> Option<Error> {
    if let Some(limit) = text.strip_prefix(LARGE) {
        let limit_bytes = limit.parse().ok()?;
        return Some(Error::ResultTooLarge { limit_bytes });
    }
    if let Some((what, limit)) = text
        .strip_prefix(SIZE)
        .and_then(|rest| rest.split_once(SEPARATOR))
    {
        return Some(Error::QueryTooLarge {
            what: LIMITS.into_iter().find(|own| *own == what)?,
            limit: limit.parse().ok()?,
        });
    }
    let (operator, path) = text.strip_prefix(SEPARATOR)?.split_once(SEPARATOR)?;
    let operator = operator.to_owned();
    Some(match path.split_once(SEPARATOR) {
        None => Error::Unsupported {
            operator,
            path: path.to_owned(),
        },
        Some((path, reason)) => Error::InvalidQuery {
            operator,
            path: path.to_owned(),
            reason: reason.to_owned(),
        },
    })
}

/// Whether the text of an SQLite error is that of a function that the clock stopped.
pub(crate) fn is_stop(text: &str) -> bool {
    text == STOPPED
}

/// Whether the text of an SQLite error tells of a damaged document.
pub(crate) fn is_damage(text: &str) -> bool {
    text.starts_with(DAMAGED)
}
