//! What must hold whatever happens, checked at the moment at which it could be broken.

use std::{fmt, sync::Arc};

use twinbase_core::{Body, Change};

use super::{
    documents::Physical,
    keys::{KeyNumber, Subject},
    trace::Line,
    world::World,
};

/// What Twinbase promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clause {
    /// In the end everything that was not set aside is in the replica as it is in the primary.
    Complete,
    /// A document's version never decreases, and what is deleted stays deleted; no reader sees anything older than before.
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
    /// No version of an aggregate is given out for two contents.
    OneContent,
    /// What verification finds wrong is wrong, and nothing that is wrong is passed over.
    Proof,
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

impl World {
    /// Keeps the first promise that was broken, with what led to it.
    pub(super) fn broken(&mut self, clause: Clause, detail: String) {
        let last = self.trace.last();
        self.trace.violation.get_or_insert(Violation {
            clause,
            detail,
            last,
        });
    }

    /// Judges a write of the replica before it is done.
    pub(super) fn judge_write(&mut self, at: &Physical, key: KeyNumber, change: &Change) {
        let subject = &self.subjects[key];
        let highest = subject.highest(&at.name);
        let (name, version) = (&subject.key, change.version.get());
        // A tombstone whose time has passed may be made again by an event whose mark was lost.
        let again = version == highest && matches!(change.body, Body::Tombstone(_));
        let is_damaged = subject.copies.get(&at.name).is_some_and(|of| of.is_damaged);
        if version <= highest && !again && !is_damaged {
            let detail = format!("{name} was at version {highest} and was written at {version}");
            self.broken(Clause::NoRegress, detail);
        } else if version > subject.head() || !subject.is_content(version, &change.body) {
            let detail = format!("{name} at version {version} became {:?}", change.body);
            self.broken(Clause::Content, detail);
        } else if let Some(seen) = self.seen_by_readers_to_come(at, key)
            && seen > version
        {
            let detail = format!(
                "{name} was filled in at version {version} while readers have it at {seen}; {}",
                self.places(key)
            );
            self.broken(Clause::NoRegress, detail);
        }
    }

    /// Judges a version that is given out.
    pub(super) fn judge_given(&mut self, key: KeyNumber, version: i64, state: Option<&Arc<str>>) {
        let before = self.given.insert((key, version), state.cloned());
        if before
            .as_ref()
            .is_some_and(|before| before.as_ref() != state)
            && !self.is_heartbeat(key)
        {
            let name = &self.subjects[key].key;
            let detail =
                format!("{name} had version {version} as {before:?} and has it as {state:?}");
            self.broken(Clause::OneContent, detail);
        }
    }

    fn is_heartbeat(&self, key: KeyNumber) -> bool {
        self.subjects[key].is_heartbeat()
    }

    /// Judges a mark of an event at a version.
    pub(super) fn judge_mark(&mut self, key: KeyNumber, version: i64) {
        let Subject { key: name, .. } = &self.subjects[key];
        let highest = self.highest(key);
        if version > highest && !self.was_never_filled(key, version) {
            let detail = format!(
                "the event of {name} at version {version} was marked while the replica was at {highest}; {}",
                self.places(key)
            );
            self.broken(Clause::MarkedIsApplied, detail);
        }
    }

    /// Judges a charge that counts, with it counted.
    pub(super) fn judge_charge(&mut self, key: KeyNumber, error_key: &str) {
        let subject = &self.subjects[key];
        let (name, charged, refused) = (&subject.key, subject.charged, subject.refused);
        if charged > refused {
            let detail = format!(
                "{name} was charged {charged} times ({error_key} now) and refused {refused} times"
            );
            self.broken(Clause::ChargedIsRefused, detail);
        }
    }
}
