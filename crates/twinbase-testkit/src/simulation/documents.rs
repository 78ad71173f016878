//! The replica's documents, and the guarded write.

use std::sync::Arc;

use bson::{Document, doc};
use twinbase_core::{
    AggregateId, Body, Change, Name, Outcome, ReplicaError, Schema,
    replica::{Applied, Stored},
};

use super::{
    faults::{Fault, Sabotage},
    keys::{KeyNumber, Poison},
    world::World,
};

/// The largest document.
const LARGEST_BYTES: usize = 16 << 20;

/// A physical collection, and the type of its documents.
#[derive(Debug, Clone)]
pub(super) struct Physical {
    pub(super) of_type: Name,
    pub(super) name: Arc<str>,
}

impl Physical {
    pub(super) fn of(schema: &Schema) -> Self {
        Self {
            of_type: schema.aggregate_type.clone(),
            name: schema.physical().into(),
        }
    }
}

/// A write that has no outcomes.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The server refuses it whole.
    Whole(ReplicaError),
    /// The client's program has an error.
    Panic,
}

impl World {
    /// A whole bulk write.
    pub(super) fn apply(
        &mut self,
        at: &Physical,
        changes: &[Change],
        fault: Fault,
        target: usize,
    ) -> Result<Vec<Outcome>, Refusal> {
        let numbers: Vec<_> = changes
            .iter()
            .map(|change| self.number(&at.of_type, &change.id))
            .collect();
        let panics = |key: &&KeyNumber| self.subjects[**key].poison == Some(Poison::Panics);
        if let Some(key) = numbers.iter().find(panics) {
            // Whoever panics with others is found out before a failed attempt is recorded.
            self.subjects[*key].refused += u64::from(changes.len() == 1);
            return Err(Refusal::Panic);
        }
        if let Some(error) = self.refusal("apply", &at.of_type) {
            return Err(Refusal::Whole(error));
        }
        if fault == Fault::Refuse {
            return Err(Refusal::Whole(refused(target)));
        }
        self.made.insert(at.name.clone());
        let target = target % changes.len().max(1);
        let outcomes = changes.iter().zip(numbers).enumerate();
        Ok(outcomes
            .map(|(nth, (change, key))| {
                let is_drawn =
                    fault == Fault::RejectAll || fault == Fault::RejectOne && nth == target;
                let subject = &mut self.subjects[key];
                if is_drawn || subject.poison == Some(Poison::Named) {
                    subject.refused += 1;
                    return rejected(target);
                }
                self.write(at, key, change)
            })
            .collect())
    }

    fn write(&mut self, at: &Physical, key: KeyNumber, change: &Change) -> Outcome {
        if !is_storable(&change.body) {
            return rejected(0);
        }
        let kept = self.subjects[key].kept(&at.name);
        let is_newer = kept.is_none_or(|kept| kept.version < change.version);
        if !is_newer && self.sabotage != Some(Sabotage::NoGuard) {
            return Outcome::Superseded;
        }
        if self.sabotage == Some(Sabotage::AnswersEarly) && change.version.get() % 7 == 0 {
            return Outcome::Applied;
        }
        if self.loses_changes(at, key, change) {
            return Outcome::Applied;
        }
        let mut change = change.clone();
        if self.sabotage == Some(Sabotage::Garbles)
            && let Body::Document(document) = &mut change.body
        {
            document.insert("text", "something else");
        }
        let is_carried = self.is_carried(at, key, &change);
        if !is_carried {
            self.judge_write(at, key, &change);
        }
        let copy = self.subjects[key].copy(&at.name);
        // What is older than what somebody took away is still to be mended.
        let is_mended = change.version.get() >= copy.highest;
        copy.highest = copy.highest.max(change.version.get());
        copy.kept = Some(change);
        if is_carried {
            copy.is_damaged = true;
        } else if is_mended {
            self.subjects[key].mend(&at.name);
        }
        Outcome::Applied
    }

    /// What there is of these ids.
    pub(super) fn kept(&self, at: &Physical, ids: &[AggregateId]) -> impl Iterator<Item = &Change> {
        let keys = self.of_ids(&at.of_type, ids);
        keys.filter_map(|key| self.subjects[key].kept(&at.name))
    }

    /// What there is after an id.
    pub(super) fn kept_after(
        &self,
        at: &Physical,
        after: Option<&str>,
    ) -> impl Iterator<Item = &Change> {
        let keys = self.after(&at.of_type, after);
        keys.filter_map(|key| self.subjects[key].kept(&at.name))
    }

    /// All documents in the order of their ids, or the one with an id; nothing for another filter.
    pub(super) fn found(&self, at: &Physical, filter: &Document) -> Option<Vec<Document>> {
        let wanted = filter.get_str("_id").ok();
        if filter.len() != usize::from(wanted.is_some()) {
            return None;
        }
        let kept = self.kept_after(at, None);
        let kept = kept.filter(|kept| wanted.is_none_or(|id| kept.id.as_str() == id));
        Some(kept.filter_map(|kept| stored(kept).document).collect())
    }
}

/// A document or tombstone without its content.
pub(super) fn version(kept: &Change) -> Applied {
    Applied {
        id: kept.id.clone(),
        version: kept.version,
        deleted: matches!(kept.body, Body::Tombstone(_)),
    }
}

/// A document with its id, or a tombstone.
pub(super) fn stored(kept: &Change) -> Stored {
    let document = match &kept.body {
        Body::Document(fields) => {
            let mut document = doc! { "_id": kept.id.as_str() };
            document.extend(fields.clone());
            Some(document)
        }
        Body::Tombstone(_) => None,
    };
    Stored {
        id: kept.id.clone(),
        version: kept.version,
        document,
    }
}

/// Whether its fields have names and lengths that a document can have.
fn is_storable(body: &Body) -> bool {
    let Body::Document(document) = body else {
        return true;
    };
    document.iter().all(|(name, value)| {
        let length = value.as_str().map_or(0, str::len);
        !name.contains('\0') && length < LARGEST_BYTES
    })
}

/// A refusal of one document, for a reason that lies in it: too large, not valid, not unique, nested too deep.
pub(super) fn rejected(draw: usize) -> Outcome {
    let codes = [10_334, 121, 11_000, 15];
    Outcome::Rejected {
        code: codes.get(draw % codes.len()).copied(),
        reason: "a fault of the simulation".into(),
    }
}

/// A refusal of a whole write, for a reason of the server: known to pass, known to need a person, or not known.
fn refused(draw: usize) -> ReplicaError {
    let operation = "apply";
    match draw % 3 {
        0 => ReplicaError::Unavailable {
            operation,
            source: "a fault of the simulation".into(),
        },
        1 => ReplicaError::Refused {
            operation,
            reason: "a fault of the simulation".into(),
        },
        _ => ReplicaError::Unexpected {
            operation,
            reason: "a code that nobody knows".into(),
        },
    }
}
