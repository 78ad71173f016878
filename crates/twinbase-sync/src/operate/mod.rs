//! What operators do: list events, retry, discard and restore them, pause and resume workers.
//!
//! # The protocol
//!
//! *Scope.* A verb acts on what a filter names *as of* a moment: the operation's start by the
//! primary's own clock, or earlier when the caller counted earlier. What fails after that moment
//! does not match, so an operation ends although what it retries fails again.
//!
//! *Chunks.* An operation is many statements of at most [`CHUNK`] events, each a commit of its own,
//! paced when a rate is given. The workers of all processes are woken after each.
//!
//! *Failures.* A primary that does not answer is waited for, a minute at most. Then, and when the
//! primary refuses, the operation fails with its error; what was changed stays changed.
//!
//! *Stopping.* A cancelled operation ends after the current chunk. Operations are kept in the primary, and what runs is held by its process,
//! which says so every second. When it has said nothing for half a minute, the worker that leads begins the operation anew: what was changed
//! does not match it any more, and to compare again is safe. The list of what people had done is kept for a year.

mod detail;
mod error;
mod explain;
mod operation;
mod operations;
mod outbox;
mod pause;
mod progress;
mod scope;
mod task;
mod verb;
mod words;
mod work;

pub use detail::{CurrentDocument, EventDetail};
pub use error::OperateError;
pub use explain::{Difference, Explanation, Found, MOST_EVENTS, explain};
pub use operation::{Operation, OperationView};
pub use operations::Operations;
pub use outbox::{Outbox, Page, Preview};
pub use pause::{parse_scope, scope_name};
pub use progress::Progress;
pub use scope::{MAX_IDS, MAX_REASON_CHARS, reason};
pub use task::{Done, Task};
pub(crate) use task::{REBUILD, ROLLBACK};
pub use twinbase_core::primary::OperationState;
pub use verb::Verb;
pub use words::events_in_words;

/// The most events of one statement: enough to be fast, few enough that its locks are short.
pub const CHUNK: u32 = 1_000;
