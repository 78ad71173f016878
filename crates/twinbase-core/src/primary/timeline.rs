//! The timeline of a primary: which database it is, and above what its versions begin.
//!
//! A database that was put back to an earlier state gives out versions that it has given out before, for other
//! contents. No version does that again once the **floor** is above all of them: every version is
//! `max(version, floor) + 1`. So the floor is also what tells a token of before from one of after: its versions are not above it.

use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{AggregateId, PrimaryError, Schema, Version};

crate::named! {
    /// Why versions could no longer be trusted.
    pub enum Cause {
        /// A document is newer than its row: the primary was put back to an earlier state.
        PrimaryWentBack = "primary-went-back",
        /// A document is older than its applied event: the replica was put back, or replaced.
        ReplicaWentBack = "replica-went-back",
        /// The primary is another database than before: moved, restored, upgraded, or promoted after a failover.
        OtherDatabase = "other-database",
        /// A person said so.
        Operator = "operator",
        /// Rows that every primary has are gone: the timeline's, the heartbeat's or the leases'. It is never recorded: it lasts as long as
        /// they are gone.
        PrimaryEmptied = "primary-emptied",
    }
}

/// What is known of the primary's timeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Every version that was given out since is above this; [`Version::NONE`] as long as nothing was ever put back.
    pub floor: Version,
    /// Which database wrote the floor; `None` before the first time.
    pub recorded: Option<String>,
    /// Which database this is, as far as it lets itself be told apart: on PostgreSQL its system identifier, its timeline, and the
    /// numbers of the database and of one table; on SQLite the number of the file.
    pub database: Option<String>,
    /// The last time that the floor was raised, as long as no comparison of both sides has shown since that they agree.
    pub unproven: Option<Raised>,
}

impl Timeline {
    /// Whether rows that every primary has are gone.
    pub fn is_emptied(&self) -> bool {
        let raised = self.unproven.as_ref();
        raised.is_some_and(|raised| raised.cause == Cause::PrimaryEmptied)
    }
}

/// A raised floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// When, by the primary's clock.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
}

/// The timeline as it is kept in the primary.
#[async_trait]
pub trait Timelines: Send + Sync {
    /// What is recorded, and which database this is.
    async fn timeline(&self) -> Result<Timeline, PrimaryError>;

    /// What is recorded alone, for who asks often: it does not say which database this is. Where the primary was emptied, `unproven` is that.
    async fn recorded(&self) -> Result<Timeline, PrimaryError>;

    /// The heads of these aggregates, without their rows: one that cannot be read is in nobody's way. Nothing of one without a head.
    async fn heads(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<HashMap<AggregateId, Version>, PrimaryError>;

    /// Raises the floor to `at_least`, unless it is there, and records this database and the cause. Changes that are in flight are waited for, and
    /// those that begin later wait: whoever gets a version afterwards gets one above the floor. What an emptied primary lacks is made again.
    async fn raise_floor(&self, at_least: Version, cause: Cause) -> Result<(), PrimaryError>;

    /// Records which database this is, for the first time or more exactly than before.
    async fn record_database(&self) -> Result<(), PrimaryError>;

    /// Records that both sides agree, by a comparison that began when `floor` was the floor.
    async fn prove_timeline(&self, floor: Version) -> Result<(), PrimaryError>;
}
