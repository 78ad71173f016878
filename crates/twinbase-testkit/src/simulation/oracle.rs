//! What must hold whatever happens, checked at the moment at which it could be broken.

use std::{fmt, time::Duration};

use twinbase_core::{Body, Change};

use super::{database::EventRow, keys::Subject, trace::Line};

/// What Twinbase promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clause {
    /// In the end everything that was not set aside is in the replica as it is in the primary.
    Complete,
    /// A document's version never decreases, and what is deleted stays deleted.
    NoRegress,
    /// A document has exactly the content of its version.
    Content,
    /// An event that is marked has its version, or a newer one, in the replica.
    MarkedIsApplied,
    /// A failed attempt of an event is recorded when its document was refused, never for a fault of a server.
    ChargedIsRefused,
    /// An event that is not applied in the end has failed, with its last error.
    VisiblyFailed,
    /// A side that is away or refuses is asked a bounded number of times.
    NobodyHammers,
    /// The events of healthy aggregates are applied in time, whatever others do.
    NobodyStarves,
    /// A worker holds no more events than its batches may have.
    BoundedMemory,
    /// A dead worker's partitions are soon held by one that lives.
    TakenOver,
}

/// A promise that was broken.
#[derive(Debug, Clone)]
pub struct Violation {
    /// Which.
    pub clause: Clause,
    /// How.
    pub detail: String,
    /// The last calls before.
    pub last: Vec<Line>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.last {
            writeln!(f, "{line}")?;
        }
        write!(f, "broken: {:?}: {}", self.clause, self.detail)
    }
}

/// What the oracle remembers of one aggregate beyond what the sides do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Memory {
    /// The highest version that was ever in the replica.
    pub(super) highest: i64,
    /// How often a change of it was refused.
    pub(super) refused: u64,
    /// How often an event of it was charged.
    pub(super) charged: u64,
}

/// What a broken promise is reported as until the trace is added.
pub(super) type Broken = (Clause, String);

/// Judges a write of the replica before it is done.
pub(super) fn judge_write(
    subject: &Subject,
    memory: Memory,
    change: &Change,
) -> Result<(), Broken> {
    let version = change.version.get();
    let name = subject.key();
    // A tombstone whose time has passed may be made again by an event whose mark was lost.
    let again = version == memory.highest && matches!(change.body, Body::Tombstone(_));
    if version < memory.highest || version == memory.highest && !again {
        let highest = memory.highest;
        let detail = format!("{name} was at version {highest} and was written at {version}");
        return Err((Clause::NoRegress, detail));
    }
    let fits = match &change.body {
        Body::Document(document) => {
            !subject.is_deleted_at(version) && subject.is_content(version, document)
        }
        Body::Tombstone(_) => subject.is_deleted_at(version),
    };
    if fits && version <= subject.head() {
        return Ok(());
    }
    let detail = format!("{name} at version {version} became {:?}", change.body);
    Err((Clause::Content, detail))
}

/// Judges a mark of an event at a version.
pub(super) fn judge_mark(subject: &Subject, memory: Memory, version: i64) -> Result<(), Broken> {
    if version <= memory.highest {
        return Ok(());
    }
    let detail = format!(
        "the event of {} at version {version} was marked while the replica was at {}",
        subject.key(),
        memory.highest
    );
    Err((Clause::MarkedIsApplied, detail))
}

/// Judges a charge that counts, with it counted.
pub(super) fn judge_charge(subject: &Subject, memory: Memory, key: &str) -> Result<(), Broken> {
    if memory.charged <= memory.refused {
        return Ok(());
    }
    let detail = format!(
        "{} was charged {} times ({key} now) and refused {} times",
        subject.key(),
        memory.charged,
        memory.refused
    );
    Err((Clause::ChargedIsRefused, detail))
}

/// Judges how long the event of a healthy aggregate has waited.
pub(super) fn judge_wait(
    subject: &Subject,
    seq: i64,
    row: &EventRow,
    waited: Duration,
    bound: Duration,
) -> Result<(), Broken> {
    if waited <= bound {
        return Ok(());
    }
    let detail = format!(
        "event {seq} of {} at version {} of {} waits since {waited:?}, charged {} times, due {:?}",
        subject.key(),
        row.version,
        subject.head(),
        row.retry_count,
        row.next_attempt
    );
    Err((Clause::NobodyStarves, detail))
}
