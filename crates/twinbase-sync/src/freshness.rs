//! How fresh the replica is: has it this write, and how old may an answer be?
//!
//! Both questions have answers that hold whatever the workers do. A token is
//! satisfied by the versions of the documents themselves. Staleness is bounded
//! by the oldest event that is not applied, failed ones included, plus the time since it was looked at.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};
use twinbase_core::{
    AggregateId, PrimaryError, ReplicaError, Schema, Token, Version, primary::OutboxStatus,
};

use crate::Sides;

/// How old a look at the outbox may be when a bound on staleness is asked for
/// only to be told, not to be kept.
const STATUS_TTL: Duration = Duration::from_millis(500);

/// The longest that an answer waits for a bound on its age that nobody asked it to keep.
const STATUS_PATIENCE: Duration = Duration::from_millis(250);

/// The shortest and the longest pause between two looks at the versions of a token. Between them a
/// pause is a quarter of the time waited so far: looking costs a fifth at most, in time.
const POLL: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_millis(20);

/// Why a read was not admitted.
#[derive(Debug, thiserror::Error)]
pub enum NotCaughtUp {
    /// The replica does not have the writes of the token yet.
    #[error("the replica has not caught up within {waited:?}")]
    Waited {
        /// How long was waited.
        waited: Duration,
    },
    /// The replica may be older than allowed.
    #[error("the replica may be {staleness:?} old")]
    TooOld {
        /// The bound on its age.
        staleness: Duration,
    },
    /// The token names a type that this application does not have.
    #[error("the token names an aggregate type that does not exist here")]
    UnknownType,
    /// The primary did not answer, so nothing can be said about age.
    #[error(transparent)]
    Primary(#[from] PrimaryError),
    /// The replica did not answer.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
}

/// Tells how fresh the replica is.
#[derive(Debug)]
pub struct Freshness {
    sides: Sides,
    progress: watch::Receiver<u64>,
    last: Mutex<Option<(Instant, OutboxStatus)>>,
}

type Waiting = HashMap<&'static str, (&'static Schema, HashMap<AggregateId, Version>)>;

impl Freshness {
    /// Watches both sides; `progress` changes when a worker of this process has applied something.
    pub fn new(sides: Sides, progress: watch::Receiver<u64>) -> Arc<Self> {
        Arc::new(Self {
            sides,
            progress,
            last: Mutex::new(None),
        })
    }

    /// Waits until the replica has every write that the token names, at most `wait`.
    pub async fn caught_up(&self, token: &Token, wait: Duration) -> Result<(), NotCaughtUp> {
        let mut waiting = self.waiting(token)?;
        let started = Instant::now();
        let mut progress = self.progress.clone();
        loop {
            progress.borrow_and_update();
            let looked =
                tokio::time::timeout(wait.max(*POLL.end()), self.drop_satisfied(&mut waiting));
            looked.await.unwrap_or(Ok(()))?;
            if waiting.is_empty() {
                return Ok(());
            }
            let waited = started.elapsed();
            if waited >= wait {
                return Err(NotCaughtUp::Waited { waited });
            }
            let pause = (waited / 4).clamp(*POLL.start(), *POLL.end());
            let pause = pause.min(wait.saturating_sub(waited));
            // An error means that no worker runs here: the pause alone decides.
            let _ = tokio::time::timeout(pause, progress.changed()).await;
        }
    }

    fn waiting(&self, token: &Token) -> Result<Waiting, NotCaughtUp> {
        let mut waiting = Waiting::new();
        for (key, version) in token.entries() {
            let schema = self
                .sides
                .registry
                .by_type(&key.aggregate_type)
                .ok_or(NotCaughtUp::UnknownType)?;
            waiting
                .entry(schema.aggregate_type)
                .or_insert_with(|| (schema, HashMap::new()))
                .1
                .insert(key.id.clone(), version);
        }
        Ok(waiting)
    }

    async fn drop_satisfied(&self, waiting: &mut Waiting) -> Result<(), NotCaughtUp> {
        for (schema, wanted) in waiting.values_mut() {
            let ids: Vec<_> = wanted.keys().cloned().collect();
            let found = self.sides.replica.versions(schema, &ids).await?;
            let mut absent: Vec<_> = ids;
            for applied in found {
                absent.retain(|id| *id != applied.id);
                if wanted
                    .get(&applied.id)
                    .is_some_and(|v| applied.version >= *v)
                {
                    wanted.remove(&applied.id);
                }
            }
            for id in self.gone(schema, &absent, wanted).await? {
                wanted.remove(&id);
            }
        }
        waiting.retain(|_, (_, wanted)| !wanted.is_empty());
        Ok(())
    }

    /// Of aggregates without document and tombstone, those that are deleted in
    /// the primary too with nothing left to apply: their tombstones have gone.
    async fn gone(
        &self,
        schema: &'static Schema,
        absent: &[AggregateId],
        wanted: &HashMap<AggregateId, Version>,
    ) -> Result<Vec<AggregateId>, NotCaughtUp> {
        // A first version is a creation, whose document is simply not there yet.
        let candidates: Vec<_> = absent
            .iter()
            .filter(|id| wanted.get(*id).is_some_and(|v| v.get() > 1))
            .cloned()
            .collect();
        if candidates.is_empty() {
            return Ok(candidates);
        }
        let states = self.sides.primary.states_of(schema, &candidates).await?;
        let deleted: Vec<_> = states
            .into_iter()
            .filter(|s| s.payload.is_none() && wanted.get(&s.id).is_some_and(|v| s.version >= *v))
            .map(|s| s.id)
            .collect();
        let waiting = self.sides.primary.unapplied(schema, &deleted).await?;
        Ok(deleted
            .into_iter()
            .filter(|id| !waiting.contains(id))
            .collect())
    }

    /// Fails unless every document is known to be at most `most` behind.
    pub async fn at_most(&self, most: Duration) -> Result<Duration, NotCaughtUp> {
        if let Some(staleness) = self.cached().filter(|staleness| *staleness <= most) {
            return Ok(staleness);
        }
        let staleness = self.look().await?;
        if staleness > most {
            return Err(NotCaughtUp::TooOld { staleness });
        }
        Ok(staleness)
    }

    /// A bound on how old the replica's documents may be; `None` when the primary
    /// has never said. A primary that does not answer makes the bound wider and
    /// no read of the replica slow.
    pub async fn staleness(&self) -> Option<Duration> {
        if self
            .last()
            .is_none_or(|(asked, _)| asked.elapsed() > STATUS_TTL)
        {
            // What it answers is kept; without an answer the last look still holds.
            let _ = tokio::time::timeout(STATUS_PATIENCE, self.look()).await;
        }
        self.cached()
    }

    /// The outbox in numbers, as of now.
    pub async fn outbox(&self) -> Result<OutboxStatus, PrimaryError> {
        let asked = Instant::now();
        let status = self.sides.primary.status().await?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((asked, status.clone()));
        Ok(status)
    }

    async fn look(&self) -> Result<Duration, PrimaryError> {
        let asked = Instant::now();
        let status = self.outbox().await?;
        Ok(bound(asked, &status))
    }

    fn cached(&self) -> Option<Duration> {
        self.last().map(|(at, status)| bound(at, &status))
    }

    fn last(&self) -> Option<(Instant, OutboxStatus)> {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// What was not applied when looked at may not be applied now, and what came
/// since may not be either.
fn bound(looked: Instant, status: &OutboxStatus) -> Duration {
    status.oldest_unapplied.unwrap_or_default() + looked.elapsed()
}
