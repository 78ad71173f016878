//! Verifying: the new collection against the primary, what differs made anew, and the switch.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use twinbase_core::{
    AggregateId, Version,
    primary::{Place, Undocumented},
};

use super::{EngineError, Job, Next, fill::per_second};
use crate::{
    rebuild::{
        carry::{Taken, take_along},
        record, undocumented,
    },
    repair::mendable,
    timeline::TOUCHED_AT_ONCE,
    verify::{Drift, Finding, MOST, Pace, Scope, Walk, judge},
};

/// How often what differs is made anew, before the rebuild is stopped.
const ROUNDS: u32 = 3;

/// How often the outbox is asked for what is waited for.
const PAUSE: Duration = Duration::from_millis(50);

/// The pause before it is compared again because not all can be taken along yet.
const AGAIN: Duration = Duration::from_secs(30);

/// How often the record is looked at while a long walk goes on.
const LOOK: Duration = Duration::from_secs(1);

impl Job<'_> {
    pub(super) async fn check(&mut self) -> Result<Next, EngineError> {
        let beside = self.beside();
        let rate = self.rebuild().and_then(|rebuild| rebuild.rate);
        let mut pace = Pace::new(rate);
        let floor = self.shared.sides.primary.recorded().await?.floor;
        let rebuild = self.rebuild().filter(|of| !record::is_before(of, floor));
        let until = rebuild.and_then(|rebuild| rebuild.until.clone());
        let mut walk = Walk::new(&beside, &Scope::default()).up_to(until);
        let began = Instant::now();
        let mut looked = began;
        let mut before_us = 0;
        if let Some(rebuild) = self.rebuild() {
            // What another leader has compared agreed then, and every change went to both since.
            let reached = rebuild.place.as_ref().filter(|of| of.floor == floor);
            if let Some(phase) = reached.and_then(|of| serde_json::from_str(&of.walk).ok()) {
                walk.phase = phase;
                before_us = rebuild.compared;
            } else {
                rebuild.undocumented = None;
            }
            rebuild.compared = before_us;
        }
        loop {
            let before = walk.report.compared();
            let sides = &self.shared.sides;
            let Some(found) = walk.step(sides, pace.page(MOST)).await? else {
                break;
            };
            let invalid = found.iter().filter(|of| of.drift == Drift::InvalidId);
            let invalid: Vec<_> = invalid.map(|of| of.id.clone()).collect();
            match self.mend(found).await? {
                Mended::All => {}
                Mended::Not(reason) => return self.stop(reason).await,
                Mended::Overtaken => return Ok(Next::Leave),
            }
            let compared = walk.report.compared();
            if let Some(rebuild) = self.rebuild() {
                rebuild.compared = before_us + compared;
                rebuild.compared_per_second = per_second(compared, began);
                for id in &invalid {
                    Undocumented::add(&mut rebuild.undocumented, id);
                }
                let walk = serde_json::to_string(&walk.phase).ok();
                rebuild.place = walk.map(|walk| Place { floor, walk });
            }
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                if self.shows_progress().await? == Next::Leave {
                    return Ok(Next::Leave);
                }
            }
            pace.did(walk.report.compared() - before).await;
        }
        let (sides, record) = (&self.shared.sides, &self.record);
        undocumented::tried_once(sides, self.schema).await?;
        match take_along::<EngineError>(sides, self.schema, record).await? {
            Taken::All => {
                self.count_undocumented().await?;
                self.switch().await
            }
            Taken::Refused(reason) => self.stop(reason).await,
            Taken::NotYet => self.wait_for_stragglers().await,
        }
    }

    /// Says which rows have no document. A row without a version counted as filled with its event, which may have been refused since.
    async fn count_undocumented(&mut self) -> Result<(), EngineError> {
        let (sides, beside) = (&self.shared.sides, self.beside());
        let invalid = self.record.rebuild.as_ref();
        let invalid = invalid.and_then(|of| of.undocumented.clone());
        let all = undocumented::count(sides, self.schema, &beside, invalid).await?;
        if let Some(all) = &all {
            let collection = self.schema.collection.as_ref();
            tracing::warn!(collection, "{all}");
        }
        if let Some(rebuild) = self.rebuild() {
            if let (Some(total), Some(all)) = (rebuild.total, &all) {
                rebuild.filled = rebuild.filled.min(total.saturating_sub(all.rows));
            }
            rebuild.undocumented = all;
        }
        Ok(())
    }

    /// Has operators see how far it is, unless somebody has changed the record.
    async fn shows_progress(&mut self) -> Result<Next, EngineError> {
        let saved = self.save().await?;
        let leads = self.shared.held.borrow().leads();
        Ok(if leads { saved } else { Next::Leave })
    }

    async fn wait_for_stragglers(&mut self) -> Result<Next, EngineError> {
        let for_what = "documents that cannot be made of their rows, which are taken along two minutes after changes went to both collections";
        Ok(match self.say_it_waits(for_what.to_owned()).await? {
            Next::Go => Next::Rest(Instant::now() + AGAIN),
            other => other,
        })
    }

    /// Has workers make anew what differs, until it does not.
    async fn mend(&mut self, found: Vec<Finding>) -> Result<Mended, EngineError> {
        let beside = self.beside();
        let countable = Version::countable(self.shared.sides.clock.now());
        let mut wrong = of_the_rebuild(&found, countable);
        for _ in 0..ROUNDS {
            if wrong.is_empty() {
                return Ok(Mended::All);
            }
            for chunk in wrong.chunks(TOUCHED_AT_ONCE) {
                let primary = &self.shared.sides.primary;
                primary.touch(self.schema, chunk).await?;
                self.shared.signals.wake.notify();
            }
            let ids: Vec<_> = wrong.iter().map(|(id, _)| id.clone()).collect();
            if !self.are_applied(&ids).await? {
                return Ok(Mended::Overtaken);
            }
            if let Some(rebuild) = self.rebuild() {
                rebuild.mended += ids.len() as u64;
            }
            let mut still = Vec::new();
            for ids in ids.chunks(MOST as usize) {
                let judged = judge(&self.shared.sides, &beside, ids).await?;
                still.extend(judged.findings);
            }
            wrong = of_the_rebuild(&still, countable);
        }
        let Some((id, _)) = wrong.first() else {
            return Ok(Mended::All);
        };
        Ok(Mended::Not(format!(
            "{} documents differ still after they were written again, document {id} first",
            wrong.len()
        )))
    }

    /// Waits until no event of these aggregates waits. Returns false when the record was changed meanwhile.
    async fn are_applied(&mut self, ids: &[AggregateId]) -> Result<bool, EngineError> {
        let (began, mut is_said) = (Instant::now(), false);
        loop {
            let mut waits = Vec::new();
            for ids in ids.chunks(MOST as usize) {
                let waiting = self.shared.sides.primary.unapplied(self.schema, ids);
                waits.extend(waiting.await?);
            }
            let Some(first) = waits.iter().min() else {
                if let Some(rebuild) = self.rebuild() {
                    rebuild.waits_for = None;
                }
                return Ok(true);
            };
            if !self.is_current().await? {
                return Ok(false);
            }
            if !is_said && began.elapsed() >= LOOK {
                is_said = true;
                let for_what = format!(
                    "{} documents that differ were written again, and their events wait, that of {first} first: `explain` says why",
                    waits.len()
                );
                if self.say_it_waits(for_what).await? == Next::Leave {
                    return Ok(false);
                }
            }
            sleep(PAUSE).await;
        }
    }

    async fn say_it_waits(&mut self, for_what: String) -> Result<Next, EngineError> {
        if let Some(rebuild) = self.rebuild() {
            rebuild.waits_for = Some(for_what);
        }
        self.save().await
    }
}

enum Mended {
    All,
    /// Why not.
    Not(String),
    /// Somebody has changed the record.
    Overtaken,
}

/// What differs and can be made anew. What the replica refuses has an event that failed, and an id that can be no document's is not the
/// rebuild's fault either: both are the same in the serving collection.
fn of_the_rebuild(found: &[Finding], countable: Version) -> Vec<(AggregateId, Version)> {
    let of = |finding: &Finding| {
        let mendable = mendable(finding, countable).ok();
        mendable.filter(|_| finding.failed_event.is_none())
    };
    let mut wrong: Vec<_> = found.iter().filter_map(of).collect();
    wrong.sort_unstable();
    wrong.dedup_by(|one, other| one.0 == other.0);
    wrong
}
