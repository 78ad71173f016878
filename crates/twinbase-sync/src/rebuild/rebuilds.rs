//! What an operator does with rebuilds: each changes the record in the primary, and the worker that leads does the rest.

use std::{num::NonZeroU32, time::Duration};

use jiff::Timestamp;
use tokio::time::Instant;
use twinbase_core::{
    Disposition, PrimaryError, ReplicaError,
    primary::{CollectionRecord, Phase, Rebuild},
};

use super::{
    Ask, Planned, RebuildStatus, plan,
    record::{self, enter},
};
use crate::{
    Sides,
    operate::{Done, Outbox, REBUILD, Task},
    verify::Patience,
    worker::{EngineError, Signals},
};

/// How often a rebuild is looked at while somebody follows it.
pub(super) const FOLLOW: Duration = Duration::from_millis(200);

/// How a collection is rebuilt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildOptions {
    /// How long the old collection is kept for a way back, at most [`RebuildOptions::LONGEST_KEEP`].
    pub keep: Duration,
    /// At most so many rows a second; `None` for as many as it can.
    pub rate: Option<NonZeroU32>,
}

impl RebuildOptions {
    /// The longest time that [`RebuildOptions::keep`] may be: it ends at a date that people can write.
    pub const LONGEST_KEEP: Duration = Duration::from_hours(36_500 * 24);

    /// The time for [`RebuildOptions::keep`], or what to say of it: the same wherever people give one.
    pub const fn kept_for(seconds: u64) -> Result<Duration, &'static str> {
        if seconds > Self::LONGEST_KEEP.as_secs() {
            return Err("the longest time is 36500d");
        }
        Ok(Duration::from_secs(seconds))
    }
}

impl Default for RebuildOptions {
    fn default() -> Self {
        Self {
            keep: Duration::from_hours(24),
            rate: None,
        }
    }
}

/// Why something cannot be done to a rebuild.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// No aggregate of this program has such a collection.
    #[error("there is no collection `{collection}`")]
    Unknown {
        /// Its name.
        collection: String,
    },
    /// Nobody would do it, and nobody would see why.
    #[error("no worker runs, and a rebuild is the work of one")]
    NoWorker,
    /// A rebuild is in the way.
    #[error("the last rebuild of `{collection}` is {}", phase.name())]
    Busy {
        /// The collection.
        collection: String,
        /// How far the rebuild is.
        phase: Phase,
    },
    /// There is no rebuild that this could be done to.
    #[error("no rebuild of `{collection}` is under way")]
    NotUnderWay {
        /// The collection.
        collection: String,
    },
    /// There is no way back.
    #[error("the collection that `{collection}` was before its rebuild is not kept")]
    NotKept {
        /// The collection.
        collection: String,
    },
    /// This program would misread the kept collection.
    #[error("another mapping than this program's made the kept collection of `{collection}`")]
    OtherMapping {
        /// The collection.
        collection: String,
    },
    /// What readers have seen in the new collection may not be in the kept one yet.
    #[error("the kept collection of `{collection}` does not yet have what readers may have seen")]
    Behind {
        /// The collection.
        collection: String,
    },
    /// The kept collection does not take what readers have.
    #[error("the kept collection of `{collection}` refuses what readers have: {reason}")]
    Refused {
        /// The collection.
        collection: String,
        /// Which document, and why.
        reason: String,
    },
    /// [`RebuildOptions::keep`] is out of its bounds.
    #[error("the old collection cannot be kept for so long: {reason}")]
    Keep {
        /// The bound.
        reason: &'static str,
    },
    /// The primary.
    #[error(transparent)]
    Primary(#[from] PrimaryError),
    /// The replica.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
}

impl RebuildError {
    /// One sentence for a person: what to do.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "Use the name of a collection of this application.",
            Self::NoWorker => "Start a worker of this application, then ask again.",
            Self::Busy {
                phase: Phase::Settling,
                ..
            } => "Readers are moving to the other collection: try again in half a minute.",
            Self::Busy { .. } => {
                "Wait until it has ended, or cancel it; cancelling one whose old collection is kept removes that collection."
            }
            Self::Keep { .. } => "Keep it for a shorter time.",
            Self::NotUnderWay { .. } => "Start one with `rebuild`.",
            Self::NotKept { .. } | Self::Refused { .. } => "Rebuild the collection again instead.",
            Self::OtherMapping { .. } => {
                "Start the earlier version of the program first and roll back with it, or rebuild the collection."
            }
            Self::Behind { .. } => {
                "See that a worker runs and nothing is paused, and try again in two minutes."
            }
            Self::Primary(error) => error.remedy(),
            Self::Replica(error) => error.remedy(),
        }
    }
}

/// Rebuilds of the collections of an application. What is done with them is kept as operations. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Rebuilds {
    pub(super) sides: Sides,
    pub(super) outbox: Outbox,
}

impl Rebuilds {
    /// Of both sides of an outbox; what is done is kept among its operations.
    pub fn new(outbox: Outbox) -> Self {
        Self {
            sides: outbox.sides.clone(),
            outbox,
        }
    }

    /// These rebuilds for somebody: what is done with them is kept as done by them.
    #[must_use]
    pub fn by(&self, who: &str) -> Self {
        Self::new(self.outbox.by(who))
    }

    /// Refuses when no worker runs in any process, for those who cannot see that nothing goes on.
    pub async fn require_worker(&self) -> Result<(), RebuildError> {
        let workers = self.sides.primary.workers().await?;
        if workers.iter().any(|worker| worker.alive) {
            return Ok(());
        }
        Err(RebuildError::NoWorker)
    }

    /// How far the last rebuild of each collection is; collections that were never rebuilt are left out.
    pub async fn list(&self) -> Result<Vec<RebuildStatus>, PrimaryError> {
        let records = self.sides.primary.collections().await?;
        let known = |record: &&CollectionRecord| {
            let registry = &self.sides.registry;
            registry.by_collection(&record.collection).is_some()
        };
        let known = records.iter().filter(known);
        let registry = &self.sides.registry;
        let all = known.filter_map(|record| RebuildStatus::of(record, registry));
        among(&self.sides, all.collect()).await
    }

    /// How far the last rebuild of a collection is; `None` when it was never rebuilt.
    pub async fn of(&self, collection: &str) -> Result<Option<RebuildStatus>, RebuildError> {
        self.known(collection)?;
        let record = record::read(&self.sides, collection).await?;
        let status = RebuildStatus::of(&record, &self.sides.registry);
        let status = among(&self.sides, status.into_iter().collect()).await?;
        Ok(status.into_iter().next())
    }

    /// Refuses what the state of a collection does not allow now, and changes nothing.
    pub async fn check(&self, collection: &str, ask: Ask) -> Result<(), RebuildError> {
        let ours = self.known(collection)?;
        let record = record::read(&self.sides, collection).await?;
        ask.check(&record)?;
        match (ask, &record.rebuild) {
            (Ask::RollBack, Some(rebuild)) if rebuild.mapping != Some(ours) => {
                Err(other_mapping(&record))
            }
            _ => Ok(()),
        }
    }

    /// Whether a rebuild would leave a way back for this program: its mapping made what readers use now.
    pub async fn leaves_way_back(&self, collection: &str) -> Result<bool, RebuildError> {
        let ours = self.known(collection)?;
        let record = record::read(&self.sides, collection).await?;
        Ok(record.mapping == Some(ours))
    }

    /// What is known of every collection: which should be rebuilt, how long that takes, and how much space.
    pub async fn plan(&self) -> Result<Vec<Planned>, EngineError> {
        plan::plan(&self.sides).await
    }

    /// Asks for a rebuild, unless [`RebuildOptions::keep`] is longer than it may be. The worker that leads does it, in this process or another, and an operation says what becomes of it.
    pub async fn start(
        &self,
        collection: &str,
        options: &RebuildOptions,
    ) -> Result<RebuildStatus, RebuildError> {
        let keep = RebuildOptions::kept_for(options.keep.as_secs());
        keep.map_err(|reason| RebuildError::Keep { reason })?;
        let operation = self.outbox.operations.new_id();
        let asked = self.change(collection, |record, now| {
            Ask::Start.check(record)?;
            record::request(record, options, operation.clone(), now);
            Ok(())
        });
        let status = asked.await?;
        let wish = Done {
            rate: options.rate,
            keep_seconds: Some(options.keep.as_secs()),
            ..done(REBUILD, collection)
        };
        self.begin(operation.clone(), wish).await;
        Ok(status)
    }

    /// Has filling and comparing rest until [`Rebuilds::resume`]. Changes go to both collections meanwhile.
    pub async fn pause(&self, collection: &str) -> Result<RebuildStatus, RebuildError> {
        let status = self.rest(collection, true).await?;
        self.note("rebuild.pause", collection).await;
        Ok(status)
    }

    /// Has it go on.
    pub async fn resume(&self, collection: &str) -> Result<RebuildStatus, RebuildError> {
        let status = self.rest(collection, false).await?;
        self.note("rebuild.resume", collection).await;
        Ok(status)
    }

    async fn rest(&self, collection: &str, rests: bool) -> Result<RebuildStatus, RebuildError> {
        let ask = if rests { Ask::Pause } else { Ask::Resume };
        self.change(collection, |record, now| {
            ask.check(record)?;
            if let Some(rebuild) = &mut record.rebuild {
                if rebuild.is_paused != rests {
                    rebuild.paused_at = rests.then_some(now);
                }
                rebuild.is_paused = rests;
            }
            Ok(())
        })
        .await
    }

    /// Ends a rebuild before its switch, and removes what was filled; a rollback that compares still ends, and what was kept is kept on. After the switch, when all readers have moved, it removes the kept
    /// collection, and with it the way back.
    pub async fn cancel(&self, collection: &str) -> Result<RebuildStatus, RebuildError> {
        let cancelled = self.change(collection, |record, now| {
            Ask::Cancel.check(record)?;
            match &mut record.rebuild {
                Some(rebuild) if rebuild.phase == Phase::Kept => {
                    enter(rebuild, Phase::Dropping, now);
                }
                Some(rebuild) => record::cancel(rebuild, now),
                None => {}
            }
            Ok(())
        });
        let status = cancelled.await?;
        self.note("rebuild.cancel", collection).await;
        Ok(status)
    }

    /// Has an operation say what becomes of what was asked for. It is asked for already: when the operation cannot be kept, only who asked is.
    pub(super) async fn begin(&self, id: String, wish: Done) {
        let operations = &self.outbox.operations;
        let begun = operations.begin(id.clone(), Task::Rebuild(wish.clone()), &self.outbox.by);
        if let Err(error) = begun.await {
            let (collection, what) = (&wish.about, &wish.what);
            tracing::warn!(%error, collection, what, "no operation follows what was asked for");
            let what = format!("{what}.requested");
            let asked = Task::Done(Done { what, ..wish });
            operations.note_as(id, asked, &self.outbox.by).await;
        }
    }

    async fn note(&self, what: &str, collection: &str) {
        let task = Task::Done(done(what, collection));
        self.outbox.operations.note(task, &self.outbox.by).await;
    }

    /// Waits until readers use the new collection, or never will. `progress` gets each state that was seen.
    pub async fn follow(
        &self,
        collection: &str,
        mut progress: impl FnMut(&RebuildStatus) + Send,
    ) -> Result<RebuildStatus, RebuildError> {
        let mut patience = Patience::default();
        loop {
            let asked = Instant::now();
            let status = match self.of(collection).await {
                Ok(Some(status)) => status,
                Ok(None) => {
                    let collection = collection.to_owned();
                    return Err(RebuildError::NotUnderWay { collection });
                }
                // The rebuild goes on meanwhile.
                Err(RebuildError::Primary(error))
                    if error.disposition() == Disposition::RetryLater =>
                {
                    let wait = patience.wait(asked).ok_or(RebuildError::Primary(error))?;
                    tokio::time::sleep(wait).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            patience.answered();
            progress(&status);
            if status.is_over() {
                return Ok(status);
            }
            tokio::time::sleep(FOLLOW).await;
        }
    }

    /// The hash of this program's mapping of a collection.
    pub(super) fn known(&self, collection: &str) -> Result<i64, RebuildError> {
        let schema = self.sides.registry.by_collection(collection);
        let schema = schema.filter(|schema| {
            let mut ours = self.sides.registry.iter();
            ours.any(|of| of.collection == schema.collection)
        });
        let hash = schema.map(|schema| schema.mapping_hash());
        hash.ok_or_else(|| RebuildError::Unknown {
            collection: collection.to_owned(),
        })
    }

    /// Changes the record, again when somebody else was faster. Returns how far the rebuild is then.
    pub(super) async fn change(
        &self,
        collection: &str,
        change: impl Fn(&mut CollectionRecord, Timestamp) -> Result<(), RebuildError> + Send + Sync,
    ) -> Result<RebuildStatus, RebuildError> {
        self.known(collection)?;
        let changed = self::change(&self.sides, &self.outbox.signals, collection, change).await;
        if let Err(RebuildError::Busy {
            phase: Phase::Settling,
            ..
        }) = changed
        {
            // It is a worker that sees that readers have moved.
            self.require_worker().await?;
        }
        changed
    }
}

/// Rebuilds beside the workers of all processes, which are asked for where one is under way.
pub(crate) async fn among(
    sides: &Sides,
    rebuilds: Vec<RebuildStatus>,
) -> Result<Vec<RebuildStatus>, PrimaryError> {
    if !rebuilds.iter().any(RebuildStatus::is_under_way) {
        return Ok(rebuilds);
    }
    let workers = sides.primary.workers().await?;
    let rebuilds = rebuilds.into_iter().map(|of| of.among(&workers));
    Ok(rebuilds.collect())
}

async fn change(
    sides: &Sides,
    signals: &Signals,
    collection: &str,
    change: impl Fn(&mut CollectionRecord, Timestamp) -> Result<(), RebuildError> + Send + Sync,
) -> Result<RebuildStatus, RebuildError> {
    loop {
        let mut record = record::read(sides, collection).await?;
        let now = sides.primary.now().await?;
        change(&mut record, now)?;
        if sides.primary.record_collection(&record).await? {
            signals.controls.notify();
            let status = RebuildStatus::of(&record, &sides.registry);
            return status.ok_or_else(|| not_under_way(&record));
        }
    }
}

/// Ends the rebuild that an operation follows, if its readers have not moved yet.
pub(crate) async fn give_up(
    sides: &Sides,
    signals: &Signals,
    collection: &str,
    operation: &str,
) -> Result<RebuildStatus, RebuildError> {
    change(sides, signals, collection, |record, now| {
        let is_its = |of: &&mut Rebuild| {
            let its = of.operation.as_ref();
            its.is_none_or(|its| its == operation) && of.phase.is_before_switch()
        };
        match record.rebuild.as_mut().filter(is_its) {
            Some(rebuild) => {
                record::cancel(rebuild, now);
                Ok(())
            }
            None => Err(not_under_way(record)),
        }
    })
    .await
}

pub(super) fn done(what: &str, collection: &str) -> Done {
    Done {
        what: what.to_owned(),
        about: collection.to_owned(),
        ..Done::default()
    }
}

pub(super) fn busy(record: &CollectionRecord, phase: Phase) -> RebuildError {
    RebuildError::Busy {
        collection: record.collection.clone(),
        phase,
    }
}

pub(super) fn not_under_way(record: &CollectionRecord) -> RebuildError {
    RebuildError::NotUnderWay {
        collection: record.collection.clone(),
    }
}

pub(super) fn other_mapping(record: &CollectionRecord) -> RebuildError {
    RebuildError::OtherMapping {
        collection: record.collection.clone(),
    }
}

pub(super) fn not_kept(record: &CollectionRecord) -> RebuildError {
    RebuildError::NotKept {
        collection: record.collection.clone(),
    }
}
