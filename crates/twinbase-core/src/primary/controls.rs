//! Switches that a person sets and every worker obeys, kept across restarts.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::PrimaryError;

/// What is paused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PauseScope {
    /// Every worker.
    Everything,
    /// The changes of one collection.
    Collection(String),
}

/// A pause that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// What is paused.
    pub scope: PauseScope,
    /// Since when.
    pub since: Timestamp,
    /// Why, in the words of whoever paused it.
    pub reason: String,
}

/// Pauses.
#[async_trait]
pub trait Controls: Send + Sync {
    /// What is paused.
    async fn pauses(&self) -> Result<Vec<Pause>, PrimaryError>;

    /// Pauses; one that is in force keeps its time and takes the new reason. Answers whether it is new.
    async fn pause(&self, scope: &PauseScope, reason: &str) -> Result<bool, PrimaryError>;

    /// Ends a pause. Answers whether there was one.
    async fn resume(&self, scope: &PauseScope) -> Result<bool, PrimaryError>;
}
