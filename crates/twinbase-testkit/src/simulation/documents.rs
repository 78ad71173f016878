//! The replica's documents, and the guarded write.

use std::time::Duration;

use bson::Document;
use jiff::Timestamp;
use tokio::time::Instant;
use twinbase_core::{
    AggregateId, Body, Change, Outcome, Schema, Version,
    replica::{Applied, Stored},
};

use super::{
    faults::{Fault, Sabotage},
    keys::{KeyNumber, Poison, number},
    oracle::judge_write,
    world::World,
};

/// What a simulated replica refuses with.
const REFUSED: i32 = 121;

/// A document or a tombstone.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) version: i64,
    pub(super) body: Body,
}

/// All documents by the number of their aggregate.
pub(super) struct Documents {
    pub(super) kept: Vec<Option<Kept>>,
}

impl Documents {
    pub(super) fn new(count: usize) -> Self {
        Self {
            kept: vec![None; count],
        }
    }
}

/// A write that has no outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The server refuses it whole.
    Whole,
    /// The client's program has an error.
    Panic,
}

impl World {
    pub(super) fn number(&self, schema: &Schema, id: &AggregateId) -> Option<KeyNumber> {
        number(&self.subjects, schema.aggregate_type, id)
    }

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
            .map(|change| self.number(schema, &change.id))
            .collect();
        let panics = |key: &&KeyNumber| self.subjects[**key].poison == Some(Poison::Panics);
        if let Some(key) = numbers.iter().flatten().find(panics) {
            let key = *key;
            // Whoever panics with others is found out before a failed attempt is recorded.
            self.memory[key].refused += u64::from(changes.len() == 1);
            return Err(Refusal::Panic);
        }
        if fault == Fault::Refuse {
            return Err(Refusal::Whole);
        }
        let target = target % changes.len().max(1);
        let outcomes = changes.iter().zip(numbers).enumerate();
        Ok(outcomes
            .map(|(at, (change, key))| {
                let Some(key) = key else {
                    return rejected("no such aggregate");
                };
                let is_drawn =
                    fault == Fault::RejectAll || fault == Fault::RejectOne && at == target;
                if is_drawn || self.subjects[key].poison == Some(Poison::Named) {
                    self.memory[key].refused += 1;
                    return rejected("a fault of the simulation");
                }
                self.write(key, change)
            })
            .collect())
    }

    fn write(&mut self, key: KeyNumber, change: &Change) -> Outcome {
        let kept = &self.documents.kept[key];
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
        self.documents.kept[key] = Some(Kept {
            version: change.version.get(),
            body: change.body,
        });
        Outcome::Applied
    }

    /// Removes old tombstones.
    pub(super) fn sweep(&mut self, schema: &'static Schema, before: Timestamp, limit: u32) -> u64 {
        let mut removed = 0;
        for (subject, kept) in self.subjects.iter().zip(&mut self.documents.kept) {
            let is_old = kept
                .as_ref()
                .is_some_and(|kept| matches!(kept.body, Body::Tombstone(at) if at < before));
            if *subject.schema == *schema && is_old && removed < u64::from(limit) {
                *kept = None;
                removed += 1;
            }
        }
        for _ in 0..removed {
            self.trace.count("tombstone swept");
        }
        removed
    }

    pub(super) fn versions(&self, schema: &'static Schema, ids: &[AggregateId]) -> Vec<Applied> {
        let found = self.stored(schema, ids).into_iter();
        found
            .map(|stored| Applied {
                id: stored.id,
                version: stored.version,
                deleted: stored.document.is_none(),
            })
            .collect()
    }

    pub(super) fn stored(&self, schema: &'static Schema, ids: &[AggregateId]) -> Vec<Stored> {
        let numbers = ids.iter().filter_map(|id| self.number(schema, id));
        numbers.filter_map(|key| self.stored_one(key)).collect()
    }

    pub(super) fn stored_one(&self, key: KeyNumber) -> Option<Stored> {
        let kept = self.documents.kept[key].as_ref()?;
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

    /// Both sides are away at times, for longer than one call.
    pub(super) fn outage(&mut self, side: usize, lasts: Duration) {
        self.trace.count("outage");
        self.away_until[side] = Instant::now() + lasts;
    }
}

pub(super) fn rejected(reason: &str) -> Outcome {
    Outcome::Rejected {
        code: Some(REFUSED),
        reason: reason.into(),
    }
}
