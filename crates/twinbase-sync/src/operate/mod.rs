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
//! *Stopping.* A cancelled operation ends after the current chunk. Operations live in the
//! process that started them and are forgotten when it ends. To start a verb again as of the same
//! moment is safe: what it has changed does not match it any more.

mod detail;
mod error;
mod explain;
mod operation;
mod operations;
mod outbox;
mod pause;
mod scope;
mod verb;

pub use detail::{CurrentDocument, EventDetail};
pub use error::OperateError;
pub use explain::{Difference, Explanation, Found, MOST_EVENTS, explain};
pub use operation::{CHUNK, Operation, OperationState, Progress};
pub use operations::Operations;
pub use outbox::{Outbox, Page, Preview};
pub use pause::{parse_scope, scope_name};
pub use scope::{MAX_IDS, MAX_REASON_CHARS};
pub use verb::Verb;
