//! What operators do: look at events, have them tried again, set them aside, bring them back,
//! pause workers and let them go on.
//!
//! # The protocol
//!
//! *Scope.* A verb acts on what a filter names *as of* a moment: the operation's start by the
//! primary's own clock, or earlier when the caller looked earlier. What fails after that moment
//! is not acted on, so an operation ends although what it retries fails again.
//!
//! *Chunks.* An operation is many statements of at most [`plan::CHUNK`] events, each a commit of its own,
//! paced when a rate is asked for. The worker of this process is woken after each; those of others are notified.
//!
//! *Failures.* A primary that does not answer is waited for, a minute at most. Then, and when the
//! primary refuses, the operation has failed with its error; what was changed stays changed.
//!
//! *Stopping.* A cancelled operation ends after the chunk in hand. Operations live in the
//! process that started them and are forgotten when it ends. To start a verb again as of the same
//! moment is safe: what it has changed does not match it any more.

mod detail;
mod error;
mod operation;
mod operations;
mod operator;
mod outbox;
mod pause_scope;
mod plan;
mod progress;
mod run;
mod scope;
mod verb;

pub use detail::{CurrentDocument, EventDetail};
pub use error::OperateError;
pub use operation::{Operation, OperationId};
pub use operations::Operations;
pub use operator::Operator;
pub use outbox::{Outbox, Page, Preview};
pub use pause_scope::{parse_scope, scope_name};
pub use plan::{CHUNK, Rate};
pub use progress::{OperationState, Phase, Progress};
pub use scope::{MAX_IDS, MAX_REASON_CHARS};
pub use verb::Verb;
