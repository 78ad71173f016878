//! The slow walk that compares both sides over and over, beside everything else.
//!
//! Only the worker that leads walks, only while it is not catching up or paused, and it compares for a sixtieth of the time at most, with up to three
//! threads: about ten million documents in an hour for less than a twentieth of a core. Where it is, is kept in the primary ([`crate::verify`]), so it goes
//! on after a restart. A walk of everything that found nothing wrong ends the alarm of a database that was put back.

use std::{sync::Arc, time::Duration};

use metrics::{counter, gauge};
use tokio::time::Instant;
use twinbase_core::{
    AggregateId, Disposition, Key, PrimaryError, Schema, Version,
    primary::{EventStatus, Timeline, WalkRecord},
};

use super::{EngineError, WorkerState, leases, metrics::count, shared::Shared};
use crate::{
    Freshness, error_chain, generations, metrics as names,
    repair::{Repair, Underway, mendable},
    timeline,
    verify::{self, Finding, KEEP, Kept, Verified, WORKER, described, is_due, is_proven},
};

/// How often it is asked whether a walk is due.
const CHECK: Duration = Duration::from_secs(30);

/// A page is followed by a pause so many times as long.
const PAUSES: u32 = 59;

/// The shortest pause after a page.
const SHORTEST: Duration = Duration::from_millis(10);

/// The longest: a page that took so long met something that is over.
const LONGEST: Duration = Duration::from_mins(1);

/// How long workers are waited for when they mend the findings of a page.
const MENDED_WITHIN: Duration = Duration::from_secs(30);

/// Walks until it is dropped.
pub(crate) async fn walk(shared: Arc<Shared>, every: Duration) {
    let progress = shared.signals.progress.subscribe();
    let walker = Walker {
        freshness: Freshness::new(shared.sides.clone(), progress),
        shared,
        every,
    };
    loop {
        tokio::time::sleep(every.min(CHECK)).await;
        if !walker.leads() {
            // From now on another one reports.
            walker.publish(&[], Version::NONE);
        }
        leases::led(&walker.shared).await;
        if let Err(error) = walker.round().await {
            tracing::debug!(
                error = error_chain(&error),
                "comparing both sides goes on later"
            );
        }
    }
}

struct Walker {
    shared: Arc<Shared>,
    freshness: Arc<Freshness>,
    every: Duration,
}

impl Walker {
    fn leads(&self) -> bool {
        self.shared.held.borrow().leads()
    }

    /// Walks through each collection whose time has come.
    async fn round(&self) -> Result<(), EngineError> {
        let sides = &self.shared.sides;
        let timeline = sides.primary.recorded().await?;
        let mut records = self.published(timeline.floor).await?;
        let mut now = sides.primary.now().await?;
        let mut later = None;
        for schema in sides.registry.iter() {
            let record = verify::of(&records, schema);
            if !is_due(record, (now, timeline.floor), self.every) {
                continue;
            }
            let serving = generations::serving(sides, schema).await?;
            let mut kept = Kept::take(&serving, WORKER, record, (now, &timeline));
            match self.through(schema, &mut kept, timeline.floor).await {
                Ok(()) => {}
                // What holds up one collection may not hold up the next.
                Err(error) if error.disposition() == Disposition::RetryLater => {
                    later = Some(error);
                    continue;
                }
                Err(error) => {
                    tracing::warn!(
                        collection = schema.collection.as_ref() as &str,
                        error = error_chain(&error),
                        remedy = error.remedy(),
                        "a collection is not compared with its rows; it is tried again"
                    );
                    kept.walk.report.error = Some(described(&error));
                    kept.keep(sides).await?;
                }
            }
            if !self.leads() {
                return Ok(());
            }
            records = self.published(timeline.floor).await?;
            now = sides.primary.now().await?;
        }
        self.prove(&timeline, &records).await?;
        later.map_or(Ok(()), Err)
    }

    /// Walks to the end of a collection, unless another worker leads or another walker has begun.
    async fn through(
        &self,
        schema: &Schema,
        kept: &mut Kept,
        floor: Version,
    ) -> Result<(), EngineError> {
        let sides = &self.shared.sides;
        let mut underway = Underway::default();
        let mut wait = MENDED_WITHIN;
        let mut due = Instant::now();
        loop {
            if !self.leads() {
                return Ok(());
            }
            if Instant::now() >= due {
                if !kept.keep(sides).await? {
                    return Ok(());
                }
                self.published(floor).await?;
                due = Instant::now() + KEEP;
                kept.moved(sides).await?;
            }
            let (began, before) = (Instant::now(), kept.walk.report.compared());
            let Some(found) = kept.walk.step(sides, kept.walk.most()).await? else {
                let mended = underway.repair.mended;
                self.repair()
                    .confirm_late(&kept.walk.schema, &mut underway, &mut wait)
                    .await?;
                kept.mended(underway.repair.mended - mended);
                kept.keep(sides).await?;
                return Ok(());
            };
            let took = began.elapsed();
            let compared = kept.walk.report.compared().saturating_sub(before);
            counter!(names::COMPARED, "collection" => schema.collection.clone())
                .increment(compared);
            if !found.is_empty() && kept.moved(sides).await? {
                continue;
            }
            if !found.is_empty() {
                let countable = Version::countable(sides.clock.now());
                timeline::went_back(sides, timeline::highest_lost(&found, countable)).await?;
                let (wrong, found) = (found.len(), self.for_us(schema, found).await?);
                note(schema, wrong, found.len());
                if !found.is_empty() {
                    let mended = underway.repair.mended;
                    self.repair()
                        .mend(&kept.walk.schema, &found, &mut underway, &mut wait)
                        .await?;
                    kept.mended(underway.repair.mended - mended);
                }
                due = Instant::now();
            }
            let pause = took * PAUSES;
            self.rest(pause.clamp(SHORTEST, LONGEST)).await;
        }
    }

    fn repair(&self) -> Repair<'_> {
        Repair {
            sides: &self.shared.sides,
            freshness: &self.freshness,
            signals: &self.shared.signals,
        }
    }

    /// What this worker is to mend: nothing whose newest event has failed or was discarded. That is for a person to decide, and another
    /// event of the same content would end like it.
    async fn for_us(
        &self,
        schema: &Schema,
        found: Vec<Finding>,
    ) -> Result<Vec<Finding>, PrimaryError> {
        let mut ours = Vec::new();
        if !self.shared.options.repair_drift {
            return Ok(ours);
        }
        let countable = Version::countable(self.shared.sides.clock.now());
        for finding in found {
            if mendable(&finding, countable).is_ok() && !self.is_given_up(schema, &finding).await? {
                ours.push(finding);
            }
        }
        Ok(ours)
    }

    async fn is_given_up(&self, schema: &Schema, finding: &Finding) -> Result<bool, PrimaryError> {
        let Ok(id) = AggregateId::new(&finding.id) else {
            return Ok(false);
        };
        let key = Key::new(schema.aggregate_type.as_ref(), id);
        let newest = self.shared.sides.primary.history(&key, 1).await?;
        Ok(newest.first().is_some_and(|event| {
            let is_given_up = matches!(event.status, EventStatus::Failed | EventStatus::Discarded);
            is_given_up && event.version == finding.head
        }))
    }

    /// Waits, and until this worker has nothing better to do.
    async fn rest(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
        let is_free = |state| matches!(state, WorkerState::Idle | WorkerState::Working);
        self.shared.reaches(is_free).await;
    }

    /// Reads what is kept, and publishes it.
    async fn published(&self, floor: Version) -> Result<Vec<WalkRecord>, PrimaryError> {
        let records = self.shared.sides.primary.walks().await?;
        self.publish(&records, floor);
        Ok(records)
    }

    /// Sets the gauges. A worker that does not lead knows of no wrong documents, and of no age.
    fn publish(&self, records: &[WalkRecord], floor: Version) {
        let now = self.shared.sides.clock.now();
        for schema in self.shared.sides.registry.iter() {
            let record = verify::of(records, schema);
            let verified = record.map(|record| Verified::of(record, floor));
            let through = verified.as_ref().and_then(|verified| verified.through);
            // 0 would say that it was compared just now.
            let age = through.map_or(f64::NAN, |through| {
                now.duration_since(through).as_secs_f64().max(0.0)
            });
            gauge!(names::VERIFIED_AGE_SECONDS, "collection" => schema.collection.clone()).set(age);
            let wrong = verified.map_or(0, |verified| verified.wrong);
            gauge!(names::WRONG_DOCUMENTS, "collection" => schema.collection.clone())
                .set(count(wrong));
        }
    }

    /// Ends the alarm of a database that was put back when everything was found to agree since.
    async fn prove(&self, timeline: &Timeline, records: &[WalkRecord]) -> Result<(), PrimaryError> {
        let sides = &self.shared.sides;
        let mut schemas = sides.registry.iter();
        let is_proven = |schema| is_proven(verify::of(records, schema), timeline.floor);
        if timeline.floor > Version::NONE && schemas.all(|schema| is_proven(schema)) {
            timeline::prove(sides, timeline).await?;
        }
        Ok(())
    }
}

fn note(schema: &Schema, wrong: usize, ours: usize) {
    let collection: &str = schema.collection.as_ref();
    if ours > 0 {
        tracing::warn!(collection, ours, "documents were wrong and are made anew");
    }
    if wrong > ours {
        tracing::error!(
            collection,
            wrong = wrong - ours,
            "documents do not match their rows: see which with `verify`, and mend them with `repair`"
        );
    }
}
