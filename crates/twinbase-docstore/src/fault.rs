//! What goes wrong inside of a SQL function. SQLite carries only text across, so a fault is written into the text and read back.

use crate::Error;

/// Separates the parts of a fault in the text; no operator has it in its name.
const SEPARATOR: char = '\u{1f}';

/// How the text of a damaged document begins.
const DAMAGED: &str = "a stored document cannot be decoded";

/// A failure inside of a SQL function.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The data turned out to need something that is not supported, or the query is wrong.
    #[error("{}", wire(.0))]
    Refused(#[from] Error),
    /// A stored document is damaged.
    #[error("{DAMAGED}: {0}")]
    Damaged(#[from] bson::error::Error),
}

impl From<Fault> for rusqlite::Error {
    fn from(fault: Fault) -> Self {
        Self::UserFunctionError(Box::new(fault))
    }
}

fn wire(error: &Error) -> String {
    match error {
        Error::Unsupported { operator, path } => format!("{SEPARATOR}{operator}{SEPARATOR}{path}"),
        other => other.to_string(),
    }
}

/// Reads a refusal back from the text of an SQLite error.
pub(crate) fn refusal(text: &str) -> Option<Error> {
    let (operator, path) = text.strip_prefix(SEPARATOR)?.split_once(SEPARATOR)?;
    Some(Error::Unsupported {
        operator: operator.to_owned(),
        path: path.to_owned(),
    })
}

/// Whether the text of an SQLite error tells of a damaged document.
pub(crate) fn is_damage(text: &str) -> bool {
    text.starts_with(DAMAGED)
}
