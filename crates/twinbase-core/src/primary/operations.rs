//! Operations: what people had done, kept in the primary so that it outlives whoever began it.
//!
//! One that takes long is held by a process, which says so again and again. When that process is gone, another one takes it over and
//! begins it anew: an operation must be safe to do twice. What was done at once is kept as well: the list answers who did what.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::PrimaryError;

crate::named! {
    /// Where an operation is in its life.
    #[derive(Default)]
    pub enum OperationState {
        /// It is running.
        #[default]
        Running = "running",
        /// It did everything.
        Succeeded = "succeeded",
        /// It was cancelled; what it had done stays done.
        Cancelled = "cancelled",
        /// It could not go on; what it had done stays done.
        Failed = "failed",
    }
}

impl OperationState {
    /// Whether it has ended.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Running)
    }
}

/// How long an operation is held without a word from its process.
pub const HOLD: Duration = Duration::from_secs(30);

/// After so long without a word from its process, how fast an operation was says nothing any more.
pub const SILENT: Duration = Duration::from_secs(5);

/// An operation when it is begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOperation {
    /// Its id: a UUID of version 7, so that later ones sort later.
    pub id: String,
    /// What it does, as people and programs read it: `outbox.retry`, `verify`.
    pub kind: String,
    /// Who asked for it; empty when nobody said.
    pub by: String,
    /// What exactly was asked for; the JSON of whoever knows the kind.
    pub request: String,
    /// Running, or how it has ended already.
    pub state: OperationState,
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationReport {
    /// Where it is in its life.
    pub state: OperationState,
    /// How far it is and what it found; the JSON of whoever knows the kind.
    pub progress: String,
}

/// An operation as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRecord {
    /// What was asked for; `state` is the latest.
    pub operation: NewOperation,
    /// How far it was when its holder last said so; empty before.
    pub progress: String,
    /// Whether somebody wants it to end.
    pub is_cancelling: bool,
    /// Whether a process holds it; one that runs and is not held waits for another process.
    pub is_held: bool,
    /// Whether the process that holds it has said nothing for longer than [`SILENT`]; it has said it will for [`HOLD`], each time.
    pub is_silent: bool,
    /// When it began, by the primary's clock.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// Kinds whose work a worker does, and which can rest for days: the limit of those that run is not for them.
pub const FOLLOWED: [&str; 2] = ["rebuild", "rollback"];

/// Operations as they are kept in the primary.
#[async_trait]
pub trait Operations: Send + Sync {
    /// Keeps a new one. A running one is held by `holder` for `hold`. Returns `false`, and keeps nothing, when it is running and `most` run
    /// already (two at once may both get the last place). Those of [`FOLLOWED`] kinds are neither counted nor refused.
    async fn add_operation(
        &self,
        new: &NewOperation,
        holder: &str,
        hold: Duration,
        most: u32,
    ) -> Result<bool, PrimaryError>;

    /// Says how far one is, and holds it for `hold` from now. Returns whether somebody wants it to end; `None` when it is not held any more,
    /// because it has ended or another holder took it over.
    async fn report_operation(
        &self,
        id: &str,
        holder: &str,
        hold: Duration,
        report: &OperationReport,
    ) -> Result<Option<bool>, PrimaryError>;

    /// Takes over one that runs, is of one of these kinds, and is held by nobody any more.
    async fn take_operation(
        &self,
        kinds: &[&str],
        holder: &str,
        hold: Duration,
    ) -> Result<Option<OperationRecord>, PrimaryError>;

    /// Asks whoever holds it to end it. Returns whether it is running.
    async fn cancel_operation(&self, id: &str) -> Result<bool, PrimaryError>;

    /// The newest ones first, at most `limit`, those before this id.
    async fn operations(
        &self,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<OperationRecord>, PrimaryError>;

    /// The one with this id.
    async fn operation(&self, id: &str) -> Result<Option<OperationRecord>, PrimaryError>;

    /// Removes those that ended before this time. Returns how many.
    async fn forget_operations(&self, before: Timestamp) -> Result<u64, PrimaryError>;
}
