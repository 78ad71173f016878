//! The one error type of the store. A variant names what was being done; it never repeats the text of its source.

use std::path::PathBuf;
use std::time::Duration;

/// What a caller should do about an [`Error`], without looking at its variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The store cannot be reached or written now (busy, disk full, read-only, IO): the same call may work later.
    Unavailable,
    /// The query or definition is outside of the subset or malformed: it will never work, whatever the data.
    Refused,
    /// A limit of [`Options`](crate::Options) was reached.
    Limit,
    /// The file is not a store of ours, is newer than this library, or is damaged.
    BadFile,
}

/// Why an operation of the store did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be opened or created.
    #[error("cannot open the document store {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The file exists and is not a document store (not SQLite at all, or another application's database).
    #[error("{} is not a document store: {reason}", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        reason: &'static str,
    },
    /// The file was written by a newer version of this library.
    #[error("{} has the store format {found}, and this version reads up to {supported}", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: i64,
        /// The newest format known here.
        supported: i64,
    },
    /// Another writer or too many readers held the store for longer than the busy timeout.
    #[error("{operation}: the document store is busy")]
    Busy {
        /// What was being done.
        operation: &'static str,
    },
    /// The disk or the size allowed by [`Options::max_file_bytes`](crate::Options::max_file_bytes) is full; nothing of the batch was written.
    #[error("{operation}: no space left for the document store")]
    Full {
        /// What was being done.
        operation: &'static str,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The file or its folder cannot be written.
    #[error("{operation}: the document store or its folder is read-only")]
    ReadOnly {
        /// What was being done.
        operation: &'static str,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The file is damaged.
    #[error("{operation}: the document store is damaged")]
    Corrupt {
        /// What was being done.
        operation: &'static str,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// Another file has the place of the one that is open, or none: what is written would be gone with it.
    #[error(
        "{} was replaced or taken away while it was open, and this program still has the old file: restart it",
        path.display()
    )]
    Replaced {
        /// The place.
        path: PathBuf,
    },
    /// SQLite failed in a way that has no variant of its own.
    #[error("{operation} failed in the document store")]
    Storage {
        /// What was being done.
        operation: &'static str,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A stored document could not be decoded.
    #[error("{operation}: a stored document cannot be decoded")]
    Decode {
        /// What was being done.
        operation: &'static str,
        /// What the decoder says.
        source: bson::error::Error,
    },
    /// A collection name that MongoDB would refuse as well.
    #[error("{name:?} is not a collection name: {reason}")]
    InvalidName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An index definition that cannot be built.
    #[error("index {index:?}: {reason}")]
    InvalidIndex {
        /// The name of the index.
        index: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A unique index cannot be built because stored documents already collide.
    #[error("index {index:?} of {collection:?} cannot be unique: stored documents collide")]
    Duplicates {
        /// The collection.
        collection: String,
        /// The name of the index.
        index: String,
    },
    /// Something of MongoDB's language that the subset leaves out.
    #[error("{operator} is not supported here (at {path:?})")]
    Unsupported {
        /// The operator, stage or construct.
        operator: String,
        /// Where in the query it was found.
        path: String,
    },
    /// A query that MongoDB would refuse as well.
    #[error("{operator} at {path:?}: {reason}")]
    InvalidQuery {
        /// The operator, stage or construct.
        operator: String,
        /// Where in the query it was found.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A search (`$text`) of a collection without a text index. MongoDB refuses it as well.
    #[error("$text needs a text index, and the collection has none")]
    NoTextIndex,
    /// The query is larger than allowed.
    #[error("the query has more than {limit} {what}")]
    QueryTooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
    /// The result has more bytes than allowed.
    #[error("the result has more than {limit_bytes} bytes")]
    ResultTooLarge {
        /// How much is allowed.
        limit_bytes: usize,
    },
    /// The query took longer than allowed and was stopped.
    #[error("the query was stopped after {limit:?}")]
    TimedOut {
        /// How long it may take.
        limit: Duration,
    },
}

impl Error {
    /// What to do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Open { .. }
            | Self::Busy { .. }
            | Self::Full { .. }
            | Self::ReadOnly { .. }
            | Self::Storage { .. } => ErrorKind::Unavailable,
            Self::NotAStore { .. }
            | Self::NewerFormat { .. }
            | Self::Corrupt { .. }
            | Self::Replaced { .. }
            | Self::Decode { .. } => ErrorKind::BadFile,
            Self::InvalidName { .. }
            | Self::InvalidIndex { .. }
            | Self::Duplicates { .. }
            | Self::Unsupported { .. }
            | Self::NoTextIndex
            | Self::InvalidQuery { .. } => ErrorKind::Refused,
            Self::QueryTooLarge { .. } | Self::ResultTooLarge { .. } | Self::TimedOut { .. } => {
                ErrorKind::Limit
            }
        }
    }
}

/// What MongoDB would refuse as well; `path` is where it stands.
pub(crate) fn invalid(operator: &str, path: &str, reason: &str) -> Error {
    Error::InvalidQuery {
        operator: operator.to_owned(),
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}
