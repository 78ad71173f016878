//! Walks that are kept in the primary: they go on after a restart, and say up to when both sides were found to agree.
//!
//! # The protocol
//!
//! *One walk for each collection*, one row. The worker that leads makes it, slowly and over and over
//! ([`crate::worker`]); a command makes it at once. Where it is and what it has found are kept every few seconds, so what is
//! lost when the walker dies is compared again.
//!
//! *Who walks.* A row is kept only by who read it last, by the walker's name in it. A command takes a walk over from anybody. The
//! worker takes it over from a command that has not been heard of for ten minutes. All workers have one name: that two lead for a moment makes a page be
//! compared twice, and nothing else.
//!
//! *What it proves.* At its end `verified_through` is when it began: whatever was committed before was compared or was on its way. A walk
//! that comes to its end replaces one that is under way. A walk that began above another floor of versions is begun anew: what
//! it saw was of before a database was put back. As long as an event has still to replace a document of before that, the walk proves nothing:
//! readers may see what was lost.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use twinbase_core::{
    PrimaryError, Schema, Version,
    primary::{Timeline, WalkRecord},
};

use super::{CollectionReport, Phase, Scope, Walk};
use crate::{
    Sides,
    generations::{self, Generations},
};

/// How often a walk is kept.
pub(crate) const KEEP: Duration = Duration::from_secs(5);

/// The name of a worker that walks.
pub(crate) const WORKER: &str = "worker";

/// The names of commands that walk begin with this.
const COMMAND: &str = "verify ";

/// How long what a walk left in flight has time to come.
const SETTLED_AFTER: Duration = Duration::from_secs(30);

/// A command that was not heard of for so long has died.
const DEAD_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// How both sides of one collection were found to agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The collection.
    pub collection: String,
    /// When the last walk began that came to its end: what was committed before was compared. `None` when none did.
    pub through: Option<Timestamp>,
    /// How many documents are known to be wrong: at the end of that walk, or in the one under way when that is more.
    pub wrong: u64,
    /// How many rows and documents the walk that is under way has compared; `None` when none is.
    pub compared: Option<u64>,
    /// Why the walk cannot go on, and what to do; `None` when it can. For operators: it may name hosts.
    pub stopped_by: Option<String>,
}

impl Verified {
    /// What is kept of a collection. What was compared above another floor, before a database was put back, proves nothing of it now.
    pub fn of(record: &WalkRecord, floor: Version) -> Self {
        let report = report(record).unwrap_or_default();
        let is_under_way = record.place.is_some();
        let found = report.drifted().saturating_sub(record.mended);
        Self {
            collection: record.collection.clone(),
            through: through(record, floor),
            wrong: record.wrong.max(if is_under_way { found } else { 0 }),
            compared: is_under_way.then(|| report.compared()),
            stopped_by: report.error.filter(|_| is_under_way),
        }
    }
}

/// A walk through one collection, and how it is kept.
pub(crate) struct Kept {
    pub(crate) walk: Walk,
    record: WalkRecord,
    /// The walker whose row it was when it was read.
    before: String,
    /// A part of a collection proves nothing of the rest: it is kept nowhere.
    is_whole: bool,
}

impl Kept {
    /// Goes on with a walk that is under way since the same floor, or begins one.
    pub(crate) fn take(
        schema: &Arc<Schema>,
        walker: &str,
        record: Option<&WalkRecord>,
        (now, timeline): (Timestamp, &Timeline),
    ) -> Self {
        let floor = timeline.floor;
        let before = record.map_or_else(String::new, |record| record.walker.clone());
        let under_way = record.filter(|record| record.floor == floor);
        let under_way = under_way.and_then(|record| Some((record, phase(record, schema)?)));
        let is_open = timeline.unproven.is_some();
        let mut walk =
            Walk::new(schema, &Scope::default()).above(if is_open { floor } else { Version::NONE });
        let mut of = WalkRecord {
            collection: schema.collection.to_string(),
            walker: walker.to_owned(),
            began_at: now,
            floor,
            verified_through: record.and_then(|record| through(record, floor)),
            wrong: record.map_or(0, |record| record.wrong),
            ..WalkRecord::default()
        };
        if let Some((record, phase)) = under_way {
            walk.phase = phase;
            walk.report = report(record).unwrap_or_else(|| walk.report.clone());
            walk.report.error = None;
            (of.began_at, of.mended) = (record.began_at, record.mended);
        }
        Self {
            walk,
            record: of,
            before,
            is_whole: true,
        }
    }

    fn part(walk: Walk) -> Self {
        Self {
            walk,
            record: WalkRecord::default(),
            before: String::new(),
            is_whole: false,
        }
    }

    /// Begins anew when readers have moved to another physical collection meanwhile ([`crate::rebuild`]): the old one may be gone, and
    /// what it had proves nothing of the new one.
    pub(crate) async fn moved(&mut self, sides: &Sides) -> Result<bool, PrimaryError> {
        let here = &self.walk.schema;
        let Some(schema) = sides.registry.by_collection(&here.collection) else {
            return Ok(false);
        };
        let serving = generations::serving(sides, schema).await?;
        if serving.physical() == here.physical() {
            return Ok(false);
        }
        self.walk = self.walk.anew(&serving);
        self.record.began_at = sides.primary.now().await?;
        self.record.mended = 0;
        Ok(true)
    }

    /// Notes how many of the findings were mended since.
    pub(crate) const fn mended(&mut self, count: u64) {
        self.record.mended += count;
    }

    /// Keeps where it is. False when somebody else walks now.
    pub(crate) async fn keep(&mut self, sides: &Sides) -> Result<bool, PrimaryError> {
        let Self { walk, record, .. } = self;
        if !self.is_whole {
            return Ok(false);
        }
        record.place = match &walk.phase {
            Phase::Done => None,
            phase => serde_json::to_string(&Place {
                of: walk.schema.physical().to_owned(),
                phase: phase.clone(),
            })
            .ok(),
        };
        record.report = serde_json::to_string(&walk.report).unwrap_or_default();
        if walk.phase == Phase::Done && walk.report.error.is_none() {
            record.verified_through = Some(record.began_at);
            record.wrong = walk.report.drifted().saturating_sub(record.mended);
        }
        let is_kept = sides.primary.keep_walk(record, &self.before).await?;
        if is_kept {
            self.before.clone_from(&record.walker);
        }
        Ok(is_kept)
    }

    /// Keeps the end of a walk whoever else walks. That is lost where the primary may only be read: the walk itself was not.
    pub(crate) async fn end(&mut self, sides: &Sides) {
        if !self.is_whole {
            return;
        }
        let ended = async {
            let records = sides.primary.walks().await?;
            let of = records.into_iter();
            let mut of = of.filter(|of| of.collection == self.record.collection);
            if let Some(now) = of.next() {
                self.before = now.walker;
            }
            self.keep(sides).await
        };
        if let Err(error) = ended.await {
            tracing::warn!(
                collection = self.record.collection,
                error = &error as &dyn std::error::Error,
                "the end of a verification could not be recorded"
            );
        }
    }
}

/// Which walk a command goes on with. Only the first keeps no places on its way.
pub(crate) enum Resume {
    /// None.
    Never,
    /// That of the last command that was stopped.
    Last,
    /// Its own, of the process that had the operation with this id before.
    Own(String),
}

/// All collections of a scope, walked by one command.
pub(crate) struct Round {
    scope: Scope,
    walker: String,
    /// When this command began, and the timeline then.
    now: (Timestamp, Timeline),
    /// What it goes on with.
    records: Vec<WalkRecord>,
    /// Where documents lie, as of some seconds ago at most.
    generations: Generations,
    read_at: Instant,
}

impl Round {
    /// Goes on with a round that did not come to its end, or begins one.
    pub(crate) async fn of(
        sides: &Sides,
        scope: &Scope,
        resume: &Resume,
    ) -> Result<Self, PrimaryError> {
        let now = sides.primary.now().await?;
        let timeline = sides.primary.recorded().await?;
        let mut records = match resume {
            Resume::Never => Vec::new(),
            Resume::Last | Resume::Own(_) => sides.primary.walks().await?,
        };
        let walker = if let Resume::Own(id) = resume {
            let own = format!("{COMMAND}{id}");
            for others in records.iter_mut().filter(|of| of.walker != own) {
                others.place = None;
            }
            own
        } else {
            let is_open = |of: &&WalkRecord| of.walker.starts_with(COMMAND) && of.place.is_some();
            let open = records.iter().find(is_open);
            open.map_or_else(|| format!("{COMMAND}{now}"), |of| of.walker.clone())
        };
        Ok(Self {
            scope: scope.clone(),
            walker,
            now: (now, timeline),
            records,
            generations: Generations::read(sides).await?,
            read_at: Instant::now(),
        })
    }

    /// The schema with the collection that readers use; what is older than [`KEEP`] is read again.
    pub(crate) async fn serving(
        &mut self,
        sides: &Sides,
        schema: &Arc<Schema>,
    ) -> Result<Arc<Schema>, PrimaryError> {
        if self.read_at.elapsed() >= KEEP {
            self.read_at = Instant::now();
            self.generations = Generations::read(sides).await?;
        }
        Ok(self.generations.serving(schema))
    }

    /// The walk through a collection, or the report of this round when it has come to its end.
    pub(crate) fn take(&self, schema: &Arc<Schema>) -> Result<Kept, Box<CollectionReport>> {
        if !self.scope.is_whole() {
            return Ok(Kept::part(Walk::new(schema, &self.scope)));
        }
        let record = of(&self.records, schema);
        let done = record.filter(|of| {
            of.walker == self.walker && of.place.is_none() && of.floor == self.now.1.floor
        });
        match done.and_then(report) {
            Some(report) => Err(Box::new(report)),
            None => Ok(Kept::take(
                schema,
                &self.walker,
                record,
                (self.now.0, &self.now.1),
            )),
        }
    }
}

/// Whether a worker has to walk now: one is under way, or the last one began long ago or above another floor, or it left something of
/// before that floor in flight.
pub(crate) fn is_due(
    record: Option<&WalkRecord>,
    (now, floor): (Timestamp, Version),
    every: Duration,
) -> bool {
    let Some(record) = record else { return true };
    let is_command = record.walker.starts_with(COMMAND);
    // Of either side: the clock may have been set back.
    let silent = now.duration_since(record.saved_at).abs();
    if record.place.is_some() && is_command && silent < DEAD_AFTER {
        return false;
    }
    let age = Duration::try_from(now.duration_since(record.began_at)).unwrap_or_default();
    let is_unsettled = unsettled(record) > 0 && age >= SETTLED_AFTER;
    record.place.is_some() || record.floor != floor || age >= every || is_unsettled
}

/// What its walk left in flight of before its floor.
fn unsettled(record: &WalkRecord) -> u64 {
    report(record).map_or(0, |report| report.unsettled)
}

/// Whether a walk above this floor came to its end, found nothing wrong, and left nothing of before it in flight.
pub(crate) fn is_proven(record: Option<&WalkRecord>, floor: Version) -> bool {
    record.is_some_and(|of| {
        let is_clean = of.wrong == 0 && unsettled(of) == 0;
        of.place.is_none() && of.floor == floor && is_clean
    })
}

/// Up to when a collection is proven above this floor.
fn through(record: &WalkRecord, floor: Version) -> Option<Timestamp> {
    let through = record.verified_through;
    through.filter(|_| record.floor == floor)
}

/// The record of a collection.
pub(crate) fn of<'a>(records: &'a [WalkRecord], schema: &Schema) -> Option<&'a WalkRecord> {
    let mut records = records.iter();
    records.find(|record| *record.collection == *schema.collection)
}

/// Where a walk is, in which physical collection.
#[derive(Serialize, Deserialize)]
struct Place {
    of: String,
    phase: Phase,
}

/// Where a walk goes on; `None` when it is of a collection that readers do not use any more.
fn phase(record: &WalkRecord, schema: &Schema) -> Option<Phase> {
    let place: Place = serde_json::from_str(record.place.as_deref()?).ok()?;
    (place.of == schema.physical()).then_some(place.phase)
}

fn report(record: &WalkRecord) -> Option<CollectionReport> {
    serde_json::from_str(&record.report).ok()
}
