//! A rebuild as people see it.

use std::{num::NonZeroU32, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use twinbase_core::{
    Registry,
    primary::{CollectionRecord, Phase, Rebuild, Undocumented, WorkerRecord},
};

use super::{CANCELLED, ROLLBACK_CANCELLED, plan::GUESSED, record::measured};

/// How far the last rebuild of a collection is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a finding of its own, and its name is that of the JSON"
)]
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
    /// Whether nobody works on it, although work is left: no worker has a lease.
    pub without_worker: bool,
    /// When the last worker was there; `None` when that is longer ago than an hour, or it was stopped in order.
    pub without_worker_since: Option<Timestamp>,
    /// Rows that were filled.
    pub filled: u64,
    /// Rows that there were when it began.
    pub total: Option<u64>,
    /// Rows a second, measured last; 0 while nobody works on it.
    pub rows_per_second: u32,
    /// Rows and documents that were compared when it was verified, or are so far.
    pub compared: u64,
    /// About how many there are to be compared.
    pub to_compare: Option<u64>,
    /// How many were compared a second, measured last; 0 while nobody works on it.
    pub compared_per_second: u32,
    /// How long filling and comparing take still; `None` while nobody works on it. Comparing that has not begun goes as fast as the last time.
    pub eta_seconds: Option<u64>,
    /// Whether that is guessed: comparing was never measured, or indexes are being built.
    pub eta_guessed: bool,
    /// Documents that differed when they were compared, and were made anew.
    pub mended: u64,
    /// Rows that have no document in the collection to which readers have moved; while it is compared, those that were found by then.
    pub without_document: Option<Undocumented>,
    /// When it was asked for, or the rollback that came after it: what the operation does.
    pub requested_at: Timestamp,
    /// How long the old collection is kept after the switch; 0 for no way back.
    pub keep_seconds: u64,
    /// Whether this program can have readers move to what is kept after the switch: it is kept, and made by this program's mapping.
    pub way_back: bool,
    /// Until when the collection beside is kept.
    pub keep_until: Option<Timestamp>,
    /// What it waits for, when the last attempt to go on has failed.
    pub waits_for: Option<String>,
    /// Why it ended without a switch, or why the old collection could not be kept.
    pub error: Option<String>,
    /// The operation that says what becomes of it; `None` when an earlier version was asked for it.
    pub operation: Option<String>,
}

impl RebuildStatus {
    /// As the record has it; `None` when the collection was never rebuilt. Whether somebody works on it is said by [`RebuildStatus::among`].
    pub fn of(record: &CollectionRecord, registry: &Registry) -> Option<Self> {
        let rebuild = record.rebuild.as_ref()?;
        let is_beside = rebuild.generation != record.generation && rebuild.phase != Phase::Ended;
        // Each row has a document.
        let to_compare = rebuild.total.map(|all| 2 * all.max(rebuild.filled));
        let left = left(rebuild, to_compare);
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
            without_worker: false,
            without_worker_since: None,
            filled: rebuild.filled,
            total: rebuild.total,
            rows_per_second: rebuild.rows_per_second,
            compared: rebuild.compared,
            to_compare,
            compared_per_second: rebuild.compared_per_second,
            eta_seconds: left.map(|(seconds, _)| seconds),
            eta_guessed: left.is_some_and(|(_, is_guessed)| is_guessed),
            mended: rebuild.mended,
            without_document: rebuild.undocumented.clone(),
            requested_at: rebuild.requested_at,
            keep_seconds: rebuild.keep_seconds,
            way_back: has_way_back(record, rebuild, registry),
            keep_until: keep_until.filter(|_| is_kept),
            waits_for: rebuild.waits_for.clone(),
            error: rebuild.error.clone(),
            operation: rebuild.operation.clone(),
        })
    }

    /// The same beside the workers of all processes. Where none is alive, nobody works on it, and what was measured last is no rate any more.
    #[must_use]
    pub fn among(self, workers: &[WorkerRecord]) -> Self {
        if !self.is_under_way() || workers.iter().any(|worker| worker.alive) {
            return self;
        }
        Self {
            without_worker: true,
            without_worker_since: workers.iter().map(|worker| worker.seen_at).max(),
            rows_per_second: 0,
            compared_per_second: 0,
            eta_seconds: None,
            eta_guessed: false,
            ..self
        }
    }

    /// That nobody works on it, and since when, for people.
    pub fn idle(&self) -> Option<String> {
        let since = |at: Timestamp| format!(" since {}", at.strftime("%Y-%m-%d %H:%M:%S UTC"));
        let since = self.without_worker_since.map_or_else(String::new, since);
        let said = format!("no worker runs{since}, so nobody works on it");
        self.without_worker.then_some(said)
    }

    /// Whether there is work left that a worker does, or a person's pause in its way.
    pub fn is_under_way(&self) -> bool {
        !matches!(self.phase, Phase::Kept | Phase::Ended)
    }

    /// About how many rows and documents there are to be filled and compared, as `plan` counts them; `None` before they are counted.
    pub fn to_do(&self) -> Option<u64> {
        Some(self.total? + self.to_compare?)
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
        if self.is_failing() && matches!(self.phase, Phase::Dropping) {
            return Some(
                "It is tried again by itself: give the replica's user the right to drop collections, where that is what it says.",
            );
        }
        if self.is_failing() {
            return Some(
                "It is tried again by itself. `rebuild --status` shows what it waits for; `rebuild COLLECTION --cancel` ends it.",
            );
        }
        None
    }

    /// Whether the other collection is, or will be, kept in vain for this program: another mapping than its own made it.
    pub fn is_without_way_back(&self) -> bool {
        self.phase <= Phase::Kept && self.keep_seconds > 0 && !self.way_back
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

/// How many seconds are left, and whether that is guessed; `None` before anything was measured.
fn left(rebuild: &Rebuild, to_compare: Option<u64>) -> Option<(u64, bool)> {
    let (filling, is_built) = match rebuild.phase {
        Phase::Filling if rebuild.rows_per_second > 0 => {
            let rows = rebuild.total?.saturating_sub(rebuild.filled);
            (rows.div_ceil(rebuild.rows_per_second.into()), true)
        }
        Phase::Indexing => (0, false),
        Phase::Verifying => (0, true),
        _ => return None,
    };
    let begun = match rebuild.phase {
        Phase::Verifying => rebuild.compared_per_second,
        _ => 0,
    };
    let compared = if rebuild.phase == Phase::Verifying {
        rebuild.compared
    } else {
        0
    };
    let limited = rebuild.rate.map_or(u32::MAX, NonZeroU32::get);
    let (speed, is_measured) = match (begun, measured(rebuild).compared) {
        (0, 0) => (GUESSED.compared.min(limited), false),
        (0, before) => (before.min(limited), true),
        (now, _) => (now, true),
    };
    let comparing = to_compare?.saturating_sub(compared).div_ceil(speed.into());
    Some((filling + comparing, !(is_measured && is_built)))
}

/// The collection that is beside after the switch must be of this program's mapping.
fn has_way_back(record: &CollectionRecord, rebuild: &Rebuild, registry: &Registry) -> bool {
    let kept = match rebuild.phase {
        phase if phase.is_before_switch() => record.mapping,
        Phase::Settling | Phase::Kept => rebuild.mapping,
        _ => None,
    };
    let ours = registry.by_collection(&record.collection);
    let ours = ours.map(|schema| schema.mapping_hash());
    rebuild.keep_seconds > 0 && kept.is_some() && kept == ours
}

#[cfg(test)]
mod tests {
    use super::{
        super::{RebuildOptions, record},
        *,
    };

    /// A rebuild after one that had this speed of comparing, at most so fast.
    fn rebuild(before: u32, rate: u32) -> Rebuild {
        let mut record = CollectionRecord::unrecorded("todos");
        for rate in [0, rate] {
            let options = RebuildOptions {
                rate: NonZeroU32::new(rate),
                ..RebuildOptions::default()
            };
            record::request(&mut record, &options, String::new(), Timestamp::UNIX_EPOCH);
            if let Some(rebuild) = &mut record.rebuild {
                rebuild.compared_per_second = before;
            }
        }
        let mut rebuild = record.rebuild.expect("it was asked for");
        rebuild.compared_per_second = 0;
        (rebuild.total, rebuild.filled) = (Some(1_000), 400);
        rebuild
    }

    #[test]
    fn what_is_left_is_filling_and_comparing() {
        for (phase, filling, comparing, before, rate, expected) in [
            (Phase::Requested, 0, 0, 0, 0, None),
            (Phase::Filling, 0, 0, 0, 0, None),
            (Phase::Filling, 100, 0, 0, 0, Some((6 + 1, true))),
            (Phase::Filling, 100, 0, 50, 0, Some((6 + 40, false))),
            // It is limited for comparing too.
            (Phase::Filling, 100, 0, 50, 10, Some((6 + 200, false))),
            (Phase::Indexing, 100, 0, 50, 0, Some((40, true))),
            (Phase::Verifying, 100, 0, 50, 0, Some((30, false))),
            (Phase::Verifying, 100, 100, 50, 0, Some((15, false))),
            (Phase::Kept, 100, 100, 50, 0, None),
        ] {
            let mut now = rebuild(before, rate);
            (now.phase, now.rows_per_second) = (phase, filling);
            now.compared_per_second = comparing;
            now.compared = if phase == Phase::Verifying { 500 } else { 0 };
            assert_eq!(left(&now, Some(2_000)), expected, "{phase:?} {filling}");
        }
    }
}
