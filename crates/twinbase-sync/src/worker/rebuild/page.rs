//! One page of rows, and how it is written to the collection beside the serving one.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use tokio::time::Instant;
use twinbase_core::{
    AggregateId, Body, Change, Outcome, PrimaryError, Schema, StatePage, Version, mapping,
};

use super::{EngineError, Job};
use crate::{
    Sides, error_chain,
    generations::in_generation,
    rebuild::carry::as_readers_have,
    timeline::TOUCHED_AT_ONCE,
    verify::Held,
    worker::{shared::Shared, targets::is_away},
};

/// Rows, and when they were read.
pub(super) struct Page {
    pub(super) rows: StatePage,
    read_at: Instant,
    began: Timestamp,
}

/// What became of a page.
pub(super) enum Written {
    /// All but so many rows, which have no document in either collection.
    AllBut(u64),
    /// The process was suspended since it was read.
    Slept,
    /// Why the rebuild must stop.
    Not(String),
}

impl Held for Page {
    fn held(&self) -> usize {
        self.rows.rows()
    }
}

impl Page {
    pub(super) async fn read(
        sides: &Sides,
        schema: &Schema,
        after: Option<&str>,
        until: Option<&str>,
        most: u32,
    ) -> Result<Self, PrimaryError> {
        let (read_at, began) = (Instant::now(), sides.clock.now());
        let rows = sides.primary.states_after(schema, after, until, most);
        Ok(Self {
            rows: rows.await?,
            read_at,
            began,
        })
    }
}

/// Where pages go.
pub(super) struct Into<'a> {
    shared: &'a Shared,
    schema: &'a Schema,
    serving: Arc<Schema>,
    beside: Arc<Schema>,
}

impl<'a> Into<'a> {
    pub(super) fn of(job: &Job<'a>) -> Self {
        Self {
            shared: job.shared,
            schema: job.schema,
            serving: in_generation(job.schema, job.record.generation),
            beside: job.beside(),
        }
    }

    /// Writes a page.
    pub(super) async fn write(&self, page: &Page) -> Result<Written, EngineError> {
        let sides = &self.shared.sides;
        let states = &page.rows.states;
        let mut changes = Vec::with_capacity(states.len());
        let (mut headless, mut unmapped) = (Vec::new(), Vec::new());
        for state in states.iter() {
            let Some(payload) = state.content else {
                continue;
            };
            let id = state.aggregate_id();
            if state.version == Version::NONE {
                headless.push((id, Version::NONE));
                continue;
            }
            match mapping::to_document(self.schema, &id, payload) {
                Ok(document) => changes.push(Change {
                    id,
                    version: state.version,
                    body: Body::Document(document),
                }),
                Err(_) => unmapped.push(id),
            }
        }
        for chunk in headless.chunks(TOUCHED_AT_ONCE) {
            sides.primary.touch(self.schema, chunk).await?;
            self.shared.signals.wake.notify();
        }
        // Of what no document can be made of its row, the one of before: readers have it, and will not see it vanish. That its row is another is
        // said by its event, which fails.
        let kept = as_readers_have(sides, &self.serving, &unmapped).await?;
        let unmade = (unmapped.len() - kept.len()) as u64;
        changes.extend(kept);
        if changes.is_empty() {
            return Ok(Written::AllBut(unmade));
        }
        if self.shared.is_too_old(page.read_at, page.began) {
            // Another one may have ended the rebuild since, and tombstones may have gone.
            return Ok(Written::Slept);
        }
        changes.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        let outcomes = match sides.replica.apply(&self.beside, &changes).await {
            Ok(outcomes) => outcomes,
            Err(error) if is_away(&error) => return Err(error.into()),
            Err(error) => return Ok(Written::Not(error_chain(&error))),
        };
        let rejected = changes.iter().zip(outcomes);
        let rejected = rejected.filter_map(|(change, outcome)| match outcome {
            Outcome::Rejected { reason, .. } => Some((change.id.clone(), reason)),
            Outcome::Applied | Outcome::Superseded => None,
        });
        let rejected: HashMap<_, _> = rejected.collect();
        let left_out = unmade + rejected.len() as u64;
        let refusal = self.refusal(rejected).await?;
        Ok(refusal.map_or(Written::AllBut(left_out), Written::Not))
    }

    /// What the serving collection has and the new one refuses. What both refuse is no obstacle: its event has failed.
    async fn refusal(
        &self,
        rejected: HashMap<AggregateId, String>,
    ) -> Result<Option<String>, EngineError> {
        if rejected.is_empty() {
            return Ok(None);
        }
        let ids: Vec<_> = rejected.keys().cloned().collect();
        let replica = &self.shared.sides.replica;
        let there = replica.versions(&self.serving, &ids).await?;
        let there = there.iter().filter(|found| !found.deleted);
        let mut refused = there.filter_map(|found| {
            let reason = rejected.get(&found.id)?;
            Some(format!("document {}: {reason}", found.id))
        });
        Ok(refused.next())
    }
}
