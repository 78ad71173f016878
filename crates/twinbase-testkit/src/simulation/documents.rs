//! The replica's documents, and the guarded write.

use bson::Document;
use twinbase_core::{
    Body, Change, Outcome, ReplicaError, Schema, Version,
    replica::{Applied, Stored},
};

use super::{
    faults::{Fault, Sabotage},
    keys::{KeyNumber, Poison},
    oracle::judge_write,
    world::World,
};

/// The largest document.
const LARGEST_BYTES: usize = 16 << 20;

/// A document or a tombstone.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) version: i64,
    pub(super) body: Body,
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
        schema: &'static Schema,
        changes: &[Change],
        fault: Fault,
        target: usize,
    ) -> Result<Vec<Outcome>, Refusal> {
        let numbers: Vec<_> = changes
            .iter()
            .map(|change| self.number(schema.aggregate_type, &change.id))
            .collect();
        let panics = |key: &&KeyNumber| self.subjects[**key].poison == Some(Poison::Panics);
        if let Some(key) = numbers.iter().find(panics) {
            // Whoever panics with others is found out before a failed attempt is recorded.
            self.memory[*key].refused += u64::from(changes.len() == 1);
            return Err(Refusal::Panic);
        }
        if let Some(error) = self.refusal("apply", schema) {
            return Err(Refusal::Whole(error));
        }
        if fault == Fault::Refuse {
            return Err(Refusal::Whole(refused(target)));
        }
        let target = target % changes.len().max(1);
        let outcomes = changes.iter().zip(numbers).enumerate();
        Ok(outcomes
            .map(|(at, (change, key))| {
                let is_drawn =
                    fault == Fault::RejectAll || fault == Fault::RejectOne && at == target;
                if is_drawn || self.subjects[key].poison == Some(Poison::Named) {
                    self.memory[key].refused += 1;
                    return rejected(target);
                }
                self.write(key, change)
            })
            .collect())
    }

    fn write(&mut self, key: KeyNumber, change: &Change) -> Outcome {
        if !is_storable(&change.body) {
            return rejected(0);
        }
        let kept = &self.documents[key];
        let is_newer = kept
            .as_ref()
            .is_none_or(|kept| kept.version < change.version.get());
        if !is_newer && self.sabotage != Some(Sabotage::NoGuard) {
            return Outcome::Superseded;
        }
        if self.sabotage == Some(Sabotage::AnswersEarly) && change.version.get() % 7 == 0 {
            return Outcome::Applied;
        }
        let mut change = change.clone();
        if self.sabotage == Some(Sabotage::Garbles)
            && let Body::Document(document) = &mut change.body
        {
            document.insert("text", "something else");
        }
        let verdict = judge_write(&self.subjects[key], self.memory[key], &change);
        self.check(verdict);
        let memory = &mut self.memory[key];
        memory.highest = memory.highest.max(change.version.get());
        self.documents[key] = Some(Kept {
            version: change.version.get(),
            body: change.body,
        });
        Outcome::Applied
    }

    /// All documents in the order of their ids, or the one with an id; nothing for another filter.
    pub(super) fn found(
        &self,
        schema: &'static Schema,
        filter: &Document,
    ) -> Option<Vec<Document>> {
        let wanted = filter.get_str("_id").ok();
        if filter.len() != usize::from(wanted.is_some()) {
            return None;
        }
        let keys = self.numbers.after(schema.aggregate_type, None);
        let keys = keys.filter(|key| wanted.is_none_or(|id| self.subjects[*key].id.as_str() == id));
        let found = keys.filter_map(|key| self.stored_one(key)?.document);
        Some(found.collect())
    }

    pub(super) fn version(&self, key: KeyNumber) -> Option<Applied> {
        let kept = self.documents[key].as_ref()?;
        Some(Applied {
            id: self.subjects[key].id.clone(),
            version: Version::new(kept.version),
            deleted: matches!(kept.body, Body::Tombstone(_)),
        })
    }

    pub(super) fn stored_one(&self, key: KeyNumber) -> Option<Stored> {
        let kept = self.documents[key].as_ref()?;
        let id = &self.subjects[key].id;
        let document = match &kept.body {
            Body::Document(document) => {
                let mut whole = Document::from_iter([("_id".to_owned(), id.as_str().into())]);
                whole.extend(document.clone());
                Some(whole)
            }
            Body::Tombstone(_) => None,
        };
        Some(Stored {
            id: id.clone(),
            version: Version::new(kept.version),
            document,
        })
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
