//! A rebuild as people see it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use twinbase_core::primary::{CollectionRecord, Phase};

use super::{CANCELLED, ROLLBACK_CANCELLED};

/// How far the last rebuild of a collection is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RebuildStatus {
    /// The collection.
    pub collection: String,
    /// The physical collection that readers use.
    pub serving: String,
    /// The one beside it: filled, kept, or about to be removed.
    pub beside: Option<String>,
    /// How far it is.
    pub phase: Phase,
    /// Whether it rests.
    pub paused: bool,
    /// Since when.
    pub paused_since: Option<Timestamp>,
    /// Rows that were filled.
    pub filled: u64,
    /// Rows that there were when it began.
    pub total: Option<u64>,
    /// Rows a second, measured last.
    pub rows_per_second: u32,
    /// Rows and documents that were compared when it was verified, or are so far.
    pub compared: u64,
    /// About how many there are to be compared.
    pub to_compare: Option<u64>,
    /// How many were compared a second, measured last.
    pub compared_per_second: u32,
    /// How long filling or comparing takes still, at its rate.
    pub eta_seconds: Option<u64>,
    /// Documents that differed when they were compared, and were made anew.
    pub mended: u64,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// How long the old collection is kept after the switch; 0 for no way back.
    pub keep_seconds: u64,
    /// Until when the old collection is kept.
    pub keep_until: Option<Timestamp>,
    /// What it waits for, when the last attempt to go on has failed.
    pub waits_for: Option<String>,
    /// Why it ended without a switch, or why the old collection could not be kept.
    pub error: Option<String>,
    /// The operation that says what becomes of it; `None` when an earlier version was asked for it.
    pub operation: Option<String>,
}

impl RebuildStatus {
    /// `None` when the collection was never rebuilt.
    pub fn of(record: &CollectionRecord) -> Option<Self> {
        let rebuild = record.rebuild.as_ref()?;
        let is_beside = rebuild.generation != record.generation && rebuild.phase != Phase::Ended;
        // Each row has a document.
        let to_compare = rebuild.total.map(|all| 2 * all.max(rebuild.filled));
        let (all, done, rate) = match rebuild.phase {
            Phase::Filling => (rebuild.total, rebuild.filled, rebuild.rows_per_second),
            Phase::Verifying => (to_compare, rebuild.compared, rebuild.compared_per_second),
            _ => (None, 0, 0),
        };
        let left = all.filter(|_| rate > 0).map(|all| all.saturating_sub(done));
        let keep = SignedDuration::try_from(Duration::from_secs(rebuild.keep_seconds));
        let is_kept = rebuild.phase == Phase::Kept;
        let keep_until = keep
            .ok()
            .and_then(|keep| rebuild.since.checked_add(keep).ok());
        Some(Self {
            collection: record.collection.clone(),
            serving: record.physical(record.generation).to_string(),
            beside: is_beside.then(|| record.physical(rebuild.generation).to_string()),
            phase: rebuild.phase,
            paused: rebuild.is_paused,
            paused_since: rebuild.paused_at.filter(|_| rebuild.is_paused),
            filled: rebuild.filled,
            total: rebuild.total,
            rows_per_second: rebuild.rows_per_second,
            compared: rebuild.compared,
            to_compare,
            compared_per_second: rebuild.compared_per_second,
            eta_seconds: left.map(|left| left.div_ceil(rate.into())),
            mended: rebuild.mended,
            requested_at: rebuild.requested_at,
            keep_seconds: rebuild.keep_seconds,
            keep_until: keep_until.filter(|_| is_kept),
            waits_for: rebuild.waits_for.clone(),
            error: rebuild.error.clone(),
            operation: rebuild.operation.clone(),
        })
    }

    /// Whether there is work left that a worker does, or a person's pause in its way.
    pub fn is_under_way(&self) -> bool {
        !matches!(self.phase, Phase::Kept | Phase::Ended)
    }

    /// Whether its last attempt to go on has failed. Before the first one has, and while it is paused, nothing is tried.
    pub const fn is_failing(&self) -> bool {
        self.waits_for.is_some() && !self.paused
    }

    /// What continues or ends it; `None` where it goes on by itself.
    pub const fn remedy(&self) -> Option<&'static str> {
        if self.paused {
            return Some(
                "Continue it with `rebuild COLLECTION --resume`, or end it with `--cancel`.",
            );
        }
        if self.is_failing() {
            return Some(
                "It is tried again by itself. `rebuild --status` shows what it waits for; `rebuild COLLECTION --cancel` ends it.",
            );
        }
        None
    }

    /// Whether somebody has cancelled it, or the way back.
    pub fn is_cancelled(&self) -> bool {
        let error = self.error.as_deref();
        error.is_some_and(|error| [CANCELLED, ROLLBACK_CANCELLED].contains(&error))
    }

    /// Whether readers use the new collection, or never will.
    pub fn is_over(&self) -> bool {
        self.phase > Phase::Verifying
    }
}
