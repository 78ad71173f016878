//! Filling: rows in the order of keys, written to the new collection as changes are.

use std::{collections::HashMap, future::ready, time::Duration};

use jiff::Timestamp;
use tokio::time::Instant;
use twinbase_core::{
    AggregateId, Body, Change, Outcome, PrimaryError, StatePage, Version, mapping,
    primary::{Phase, Rebuild},
};

use super::{EngineError, Job, Next};
use crate::{
    error_chain,
    generations::in_generation,
    rebuild::{carry::as_readers_have, plan},
    timeline::TOUCHED_AT_ONCE,
    verify::{Pace, Portion},
    worker::targets::is_away,
};

/// Rows of one page; it ends earlier when they are long.
const PAGE: u32 = 2_000;

/// How often it is recorded how far it is: what is filled again after a kill, and how long one goes on that was cancelled.
const SAVE_EVERY: Duration = Duration::from_millis(500);

/// Rows, and when they were read.
struct Page {
    rows: StatePage,
    read_at: Instant,
    began: Timestamp,
}

/// What became of a page.
enum Written {
    /// All but so many rows, which have no document in either collection.
    AllBut(u64),
    /// The process was suspended since it was read.
    Slept,
    /// Why the rebuild must stop.
    Not(String),
}

impl Job<'_> {
    pub(super) async fn fill(&mut self, rebuild: &Rebuild) -> Result<Next, EngineError> {
        if rebuild.total.is_none() {
            // After changes began to go to both: what was committed before that was written before this time.
            let now = self.now().await?;
            let sides = &self.shared.sides;
            let total = plan::rows(sides, self.schema).await?;
            let until = plan::last_key(sides, self.schema).await?;
            if let Some(rebuild) = self.rebuild() {
                rebuild.dual_since = Some(now);
                rebuild.total = Some(total);
                rebuild.until = until;
            }
            if self.save().await? == Next::Leave {
                return Ok(Next::Leave);
            }
        }
        let mut pace = Pace::new(rebuild.rate);
        let (began, mut rows) = (Instant::now(), 0);
        let mut saved = began;
        let after = rebuild.after.as_deref();
        let mut rows_read = self
            .page(after, Portion::UNKNOWN.of(pace.page(PAGE)))
            .await?;
        loop {
            let most = Portion::after(rows_read.rows.rows()).of(pace.page(PAGE));
            let (written, next) = {
                let next = async {
                    match rows_read.rows.next.as_deref() {
                        Some(after) => self.page(Some(after), most).await.map(Some),
                        None => ready(Ok(None)).await,
                    }
                };
                tokio::join!(self.write(&rows_read), next)
            };
            let left_out = match written? {
                Written::AllBut(left_out) => left_out,
                Written::Slept => return Ok(Next::Leave),
                Written::Not(reason) => return self.stop(reason).await,
            };
            let count = rows_read.rows.states.len() as u64;
            rows += count;
            let Some(rebuild) = self.record.rebuild.as_mut() else {
                return Ok(Next::Leave);
            };
            rebuild.filled += count.saturating_sub(left_out);
            rebuild.after.clone_from(&rows_read.rows.next);
            rebuild.waits_for = None;
            rebuild.rows_per_second = per_second(rows, began);
            let Some(next) = next? else {
                return self.enter(Phase::Indexing).await;
            };
            if saved.elapsed() >= SAVE_EVERY {
                saved = Instant::now();
                if self.save().await? == Next::Leave || !self.shared.held.borrow().leads() {
                    return Ok(Next::Leave);
                }
            }
            rows_read = next;
            pace.did(count).await;
        }
    }

    async fn page(&self, after: Option<&str>, most: u32) -> Result<Page, PrimaryError> {
        let sides = &self.shared.sides;
        let (read_at, began) = (Instant::now(), sides.clock.now());
        // Keys that rise with time would have it run behind the writers for ever.
        let until = self
            .record
            .rebuild
            .as_ref()
            .and_then(|of| of.until.as_deref());
        let rows = sides
            .primary
            .states_after(self.schema, after, until, most)
            .await?;
        Ok(Page {
            rows,
            read_at,
            began,
        })
    }

    /// Writes a page.
    async fn write(&self, page: &Page) -> Result<Written, EngineError> {
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
        let serving = in_generation(self.schema, self.record.generation);
        let kept = as_readers_have(sides, &serving, &unmapped).await?;
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
        let beside = self.beside();
        let outcomes = match sides.replica.apply(&beside, &changes).await {
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
        let serving = in_generation(self.schema, self.record.generation);
        let ids: Vec<_> = rejected.keys().cloned().collect();
        let there = self.shared.sides.replica.versions(&serving, &ids).await?;
        let there = there.iter().filter(|found| !found.deleted);
        let mut refused = there.filter_map(|found| {
            let reason = rejected.get(&found.id)?;
            Some(format!("document {}: {reason}", found.id))
        });
        Ok(refused.next())
    }
}

pub(super) fn per_second(rows: u64, began: Instant) -> u32 {
    let millis = began.elapsed().as_millis().max(1);
    u32::try_from(u128::from(rows) * 1_000 / millis).unwrap_or(u32::MAX)
}
