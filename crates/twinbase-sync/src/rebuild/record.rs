//! The steps from one record to the next, pure, and how one is written.

use jiff::Timestamp;
use twinbase_core::{
    PrimaryError, Registry, Version,
    primary::{CollectionRecord, Kept, Phase, Rebuild, Speeds, physical},
};

use super::RebuildOptions;
use crate::Sides;

/// Why a rebuild has ended that somebody has cancelled.
pub(crate) const CANCELLED: &str = "cancelled";

/// Why a collection is kept still whose rollback somebody has cancelled.
pub(crate) const ROLLBACK_CANCELLED: &str = "the rollback was cancelled";

/// The same where the worker that was to compare knows another mapping.
pub(crate) const NOT_OURS: &str = "the worker that leads has another mapping than the kept collection: stop its program, start the earlier one, \
                                   then roll back again";

/// A rebuild that was asked for.
pub(super) fn request(
    record: &mut CollectionRecord,
    options: &RebuildOptions,
    operation: String,
    now: Timestamp,
) {
    let before = record.rebuild.as_ref();
    // What the serving collection lacks of the time before it was filled, it lacks still.
    let dual_since = before.and_then(|before| before.dual_since);
    record.rebuild = Some(Rebuild {
        generation: record.generation,
        mapping: None,
        phase: Phase::Requested,
        since: now,
        requested_at: now,
        dual_since,
        is_paused: false,
        paused_at: None,
        kept: None,
        after: None,
        until: None,
        filled: 0,
        total: None,
        rows_per_second: 0,
        compared: 0,
        compared_per_second: 0,
        measured: before.map(measured).unwrap_or_default(),
        place: None,
        undocumented: None,
        mended: 0,
        rate: options.rate,
        keep_seconds: options.keep.as_secs(),
        waits_for: None,
        error: None,
        operation: Some(operation),
    });
}

/// How fast rebuilds of the collection go: this one where it was measured and not held back, else earlier ones.
pub(super) fn measured(rebuild: &Rebuild) -> Speeds {
    let newest = |own: u32, earlier| match own {
        1.. if rebuild.rate.is_none() => own,
        _ => earlier,
    };
    Speeds {
        filled: newest(rebuild.rows_per_second, rebuild.measured.filled),
        compared: newest(rebuild.compared_per_second, rebuild.measured.compared),
    }
}

/// Whether a database was put back since changes go to both collections: they may have what was lost. The floor is above the clock then.
pub(crate) fn is_before(rebuild: &Rebuild, floor: Version) -> bool {
    let dual_since = rebuild.dual_since.map(Timestamp::as_microsecond);
    dual_since.is_some_and(|since| floor.get() > since)
}

/// Enters a phase.
pub(crate) fn enter(rebuild: &mut Rebuild, phase: Phase, now: Timestamp) {
    rebuild.phase = phase;
    rebuild.since = now;
    rebuild.waits_for = None;
    rebuild.place = None;
    // Something else becomes of it now.
    rebuild.kept = None;
    if matches!(
        rebuild.error.as_deref(),
        Some(ROLLBACK_CANCELLED | NOT_OURS)
    ) {
        rebuild.error = None;
    }
}

/// Has a rollback compare the kept collection before readers move.
pub(super) fn compare_kept(rebuild: &mut Rebuild, now: Timestamp) {
    let kept = Kept {
        since: rebuild.since,
        dual_since: rebuild.dual_since,
    };
    enter(rebuild, Phase::Verifying, now);
    rebuild.kept = Some(kept);
    rebuild.dual_since = Some(now);
    rebuild.until = None;
    rebuild.is_paused = false;
}

/// Ends a rebuild before its switch, because somebody wants it to. A collection that was kept is kept on.
pub(crate) fn cancel(rebuild: &mut Rebuild, now: Timestamp) {
    if let Some(kept) = rebuild.kept {
        // Changes went to both all the time, in one order.
        enter(rebuild, Phase::Kept, kept.since);
        rebuild.dual_since = kept.dual_since;
        rebuild.is_paused = false;
        rebuild.error = Some(ROLLBACK_CANCELLED.to_owned());
        // That was counted of the kept one.
        rebuild.undocumented = None;
        return;
    }
    let next = match rebuild.phase {
        Phase::Requested => Phase::Ended,
        _ => Phase::Dropping,
    };
    enter(rebuild, next, now);
    rebuild.is_paused = false;
    rebuild.error = Some(CANCELLED.to_owned());
}

/// Takes the next generation, which nothing ever used, for the collection that is filled.
///
/// A primary that was put back has forgotten which were used. The floor of versions is above the clock of when that was noticed, so what it
/// says in seconds is above them.
pub(crate) fn name_new(record: &mut CollectionRecord, registry: &Registry, floor: Version) {
    // 2020: the column has 31 bits.
    const EPOCH_SECONDS: i64 = 1_577_836_800;
    let by_floor = floor.get() / 1_000_000 - EPOCH_SECONDS;
    // A head that was not made by counting can have raised the floor beyond any clock.
    let by_floor = i32::try_from(by_floor).ok().filter(|of| *of < i32::MAX / 2);
    let by_floor = by_floor.and_then(|of| u32::try_from(of).ok()).unwrap_or(0);
    let first = by_floor.max(record.last_generation + 1);
    let used = |generation| {
        let name = physical(&record.collection, generation);
        registry.by_collection(&name).is_some()
    };
    let next = (first..=u32::MAX).find(|generation| !used(*generation));
    if let (Some(next), Some(rebuild)) = (next, &mut record.rebuild) {
        record.last_generation = next;
        rebuild.generation = next;
    }
}

/// Has readers move to the other collection.
pub(crate) fn switch(record: &mut CollectionRecord, now: Timestamp) {
    let Some(rebuild) = &mut record.rebuild else {
        return;
    };
    std::mem::swap(&mut record.generation, &mut rebuild.generation);
    std::mem::swap(&mut record.mapping, &mut rebuild.mapping);
    enter(rebuild, Phase::Settling, now);
    rebuild.is_paused = false;
}

/// What became of stopping a rebuild.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// Changes do not go to the collection any more.
    Yes,
    /// Readers use it by now: what it refuses is an event's failure.
    Serving,
}

/// Has changes no longer go to the collection beside the serving one, if it still is that one.
pub(crate) async fn stop(
    sides: &Sides,
    collection: &str,
    generation: u32,
    reason: &str,
) -> Result<Stopped, PrimaryError> {
    loop {
        let mut record = read(sides, collection).await?;
        if record.generation == generation {
            return Ok(Stopped::Serving);
        }
        match &mut record.rebuild {
            Some(of) if of.generation == generation && of.phase < Phase::Dropping => {
                of.error = Some(if of.phase.is_before_switch() {
                    reason.to_owned()
                } else {
                    format!("readers have moved, and the way back is given up: {reason}")
                });
                enter(of, Phase::Dropping, sides.clock.now());
            }
            _ => return Ok(Stopped::Yes),
        }
        if sides.primary.record_collection(&record).await? {
            tracing::warn!(collection, reason, "a rebuild was stopped");
            return Ok(Stopped::Yes);
        }
    }
}

/// The record of a collection as it is.
pub(crate) async fn read(
    sides: &Sides,
    collection: &str,
) -> Result<CollectionRecord, PrimaryError> {
    let records = sides.primary.collections().await?;
    let mut records = records.into_iter();
    let found = records.find(|record| record.collection == collection);
    Ok(found.unwrap_or_else(|| CollectionRecord::unrecorded(collection)))
}
