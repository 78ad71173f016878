//! How fresh the replica is: does it have this write, and how old may an answer be?
//!
//! # The protocol
//!
//! *Tokens.* A token names versions. It is satisfied when every document it names, or its tombstone, has
//! that version or a newer one. Readers that wait share their polls of the replica ([`Shared`]).
//!
//! *What the replica does not have.* A reader that has waited for a moment asks the primary about its
//! keys, once; such queries are shared too and go by primary key, so a backlog does not make them
//! dearer. For each aggregate the primary's one snapshot of row and head says:
//! - The head is below the token's version: the token is of another database, or of a time that the primary has
//!   lost. It is refused at once.
//! - There is a row: its event is on the way. The reader waits.
//! - There is no row, only a head: the aggregate was deleted at that version. If the replica has nothing of it either, its
//!   tombstone may have been removed, or its events wait. The two cannot be distinguished, so the reader writes the tombstone
//!   with the guarded apply that the worker uses. From then on no older event can bring it back, and the token is satisfied.
//! - There is neither: it was deleted and forgotten long ago, with no event left. That part of the token is satisfied.
//!
//! *What was put back.* A version that is not above the floor of the primary's timeline was given out before a database was put
//! back ([`crate::timeline`]): a document may have it with contents that the primary has lost. So the primary answers. A process learns of
//! a new floor with what it asks about age, within seconds.
//!
//! *Age.* Staleness is bounded by the oldest event that is not applied, failed ones included, plus the time since
//! the primary was asked, the time of the query included. One task asks ([`age`]); an eventual read never waits for it.

mod age;
mod floor;
mod shared;

use std::{
    collections::{HashMap, HashSet},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use twinbase_core::{
    AggregateId, Key, PrimaryError, ReplicaError, Schema, Token, Version,
    replica::{Body, Change, Reads},
};

use crate::{
    Sides,
    generations::{Generations, Pointer, Pointers},
};
use age::Age;
pub(crate) use age::Seen;
use floor::Floor;
use shared::Shared;

/// The shortest time between two shared polls of the replica, and between two queries of the primary.
const REPLICA_PAUSE: Duration = Duration::from_millis(3);
const PRIMARY_PAUSE: Duration = Duration::from_millis(50);

/// The pause after a query that the primary did not answer.
const PRIMARY_RETRY: Duration = Duration::from_millis(250);

/// Most writes arrive sooner than this; only then is the primary asked.
const GRACE: Duration = Duration::from_millis(20);

/// The shortest and the longest pause of one reader between two polls: a quarter of the time it has waited.
const POLL: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_millis(20);

/// The most ids of one query.
const CHUNK: usize = 1_000;

/// Why a read was not admitted.
#[derive(Debug, thiserror::Error)]
pub enum NotCaughtUp {
    /// The replica does not have the writes of the token yet.
    #[error("the replica has not caught up within {waited:?}")]
    Waited {
        /// How long the read waited.
        waited: Duration,
    },
    /// The replica may be older than allowed.
    #[error("the replica may be {staleness:?} old")]
    TooOld {
        /// The bound on its age.
        staleness: Duration,
    },
    /// A database was put back, and nothing has shown since that both sides agree.
    #[error("a database was put back, and both sides have not been compared since")]
    Unproven,
    /// The token names a type that this application does not have.
    #[error("the token names an aggregate type that does not exist here")]
    UnknownType,
    /// The token names a version that the primary has not given out, or has lost.
    #[error("the token names a version that the primary does not have")]
    UnknownVersion,
    /// The token is of a time before a database was put back.
    #[error("the token is of a time before a database was put back")]
    OtherTimeline,
    /// The token is of a write that changed more aggregates than a token's text can name.
    #[error("the token's write changed more aggregates than a token can name")]
    Folded,
    /// The collection was rebuilt while it was read, or the primary cannot be asked where it lies now.
    #[error("where the documents lie is not known")]
    Moved,
    /// The primary did not answer, so nothing is known about age.
    #[error("the age of the replica is not known")]
    Primary(#[source] Arc<PrimaryError>),
    /// The replica did not answer.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
}

/// Knows how fresh the replica is.
pub struct Freshness {
    pub(crate) sides: Sides,
    progress: watch::Receiver<u64>,
    pub(crate) age: Age,
    pub(crate) pointers: Arc<Pointers>,
    floor: Arc<Floor>,
    /// Versions that the replica has.
    applied: Arc<Shared<Version>>,
    /// What the primary says about aggregates that the replica does not have.
    heads: Arc<Shared<Head>>,
}

/// The version of an aggregate in the primary, or of its deletion; `None` when its head has been forgotten.
type Head = Option<Version>;

/// What a token names, as far as the replica is not known to have it.
type Missing = HashMap<Key, Version>;

impl Freshness {
    /// Watches both sides; `progress` changes when a worker of this process has applied something.
    pub fn new(sides: Sides, progress: watch::Receiver<u64>) -> Arc<Self> {
        let (polled, asked) = (sides.clone(), sides.clone());
        let pointers = Arc::new(Pointers::new(sides.clone()));
        let (there, here) = (pointers.clone(), pointers.clone());
        let floor = Arc::new(Floor::default());
        Arc::new(Self {
            age: Age::new(sides.primary.clone(), floor.clone()),
            floor,
            applied: Shared::new(REPLICA_PAUSE, move |keys| {
                let (sides, at) = (polled.clone(), last(&there));
                async move { versions(&sides, &at, &*sides.replica, keys).await.ok() }
            }),
            heads: Shared::new(PRIMARY_PAUSE, move |keys| {
                heads(asked.clone(), last(&here), keys)
            }),
            pointers,
            sides,
            progress,
        })
    }

    /// Waits until the replica has every write that the token names, at most `wait`. Returns reads that see them.
    pub async fn caught_up(
        &self,
        token: &Token,
        wait: Duration,
    ) -> Result<Arc<dyn Reads>, NotCaughtUp> {
        let pointer = self.pointers.current().await;
        self.caught_up_at(&pointer, token, wait).await
    }

    /// The same, where a pointer says that the documents lie: who reads there afterwards finds what was waited for.
    pub(crate) async fn caught_up_at(
        &self,
        pointer: &Pointer,
        token: &Token,
        wait: Duration,
    ) -> Result<Arc<dyn Reads>, NotCaughtUp> {
        if token.is_folded() {
            return Err(NotCaughtUp::Folded);
        }
        // So that a process without other reads learns of a new floor.
        self.age.last();
        let floor = self.floor.get();
        let mut missing = Missing::new();
        for (key, version) in token.entries() {
            if version <= floor {
                return Err(NotCaughtUp::OtherTimeline);
            }
            if self.sides.registry.by_type(&key.aggregate_type).is_none() {
                return Err(NotCaughtUp::UnknownType);
            }
            missing.insert(key.clone(), version);
        }
        // What the check has seen, the query sees too.
        let reads = self.sides.replica.session().await?;
        let at = &pointer.generations;
        self.wait(at, &*reads, missing, wait).await?;
        Ok(reads)
    }

    async fn wait(
        &self,
        at: &Generations,
        reads: &dyn Reads,
        mut missing: Missing,
        wait: Duration,
    ) -> Result<(), NotCaughtUp> {
        let started = Instant::now();
        let mut progress = self.progress.clone();
        let heads = self.heads_of(missing.keys().cloned().collect());
        let mut heads = pin!(heads);
        let mut is_answered = false;
        loop {
            progress.borrow_and_update();
            let check = versions(&self.sides, at, reads, missing.keys().cloned().collect());
            // Without any time to wait, the replica still has a moment to answer.
            if let Ok(found) = timeout(wait.max(*POLL.end()), check).await {
                let found = found?;
                missing.retain(|key, version| !has(&found, key, *version));
            }
            let waited = started.elapsed();
            if missing.is_empty() {
                return Ok(());
            }
            if waited >= wait {
                return Err(NotCaughtUp::Waited { waited });
            }
            // In one order, so that a simulation repeats.
            tokio::select! {
                biased;
                () = self.arrival(&missing, &mut progress) => {}
                heads = &mut heads, if !is_answered => {
                    is_answered = true;
                    drop_forgotten(&mut missing, &heads)?;
                }
                () = sleep(wait.saturating_sub(waited)) => {}
            }
        }
    }

    /// Waits until a shared poll finds all of these, or has no answer. What it finds is for the caller to check
    /// with its own reads.
    async fn arrival(&self, missing: &Missing, progress: &mut watch::Receiver<u64>) {
        let started = Instant::now();
        loop {
            let pause = (started.elapsed() / 4).clamp(*POLL.start(), *POLL.end());
            // An error means that no worker runs here: the pause alone decides.
            let _ = timeout(pause, progress.changed()).await;
            match self.applied.ask(missing.keys().cloned().collect()).await {
                Some(found) if missing.iter().any(|(key, v)| !has(&found, key, *v)) => {}
                _ => return,
            }
        }
    }

    /// What the primary has of these.
    async fn heads_of(&self, keys: Vec<Key>) -> Arc<HashMap<Key, Head>> {
        sleep(GRACE).await;
        loop {
            match self.heads.ask(keys.clone()).await {
                Some(heads) => return heads,
                None => sleep(PRIMARY_RETRY).await,
            }
        }
    }

    /// Takes note of the floor of versions; see [`crate::timeline`].
    pub fn note_floor(&self, floor: Version) {
        self.floor.raise(floor);
    }

    /// How old the replica's documents may be by what the primary said last, `None` when it never
    /// answered, and from when a database was put back until a comparison has shown that both sides agree. Never waits: a primary that does not answer makes this grow.
    pub fn staleness(&self) -> Option<Duration> {
        self.age.last().map(Seen::staleness)
    }
}

impl std::fmt::Debug for Freshness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Freshness")
            .field("sides", &self.sides)
            .finish_non_exhaustive()
    }
}

fn has(found: &HashMap<Key, Version>, key: &Key, version: Version) -> bool {
    found.get(key).is_some_and(|applied| *applied >= version)
}

fn drop_forgotten(missing: &mut Missing, heads: &HashMap<Key, Head>) -> Result<(), NotCaughtUp> {
    for (key, head) in heads {
        if head.is_none() {
            missing.remove(key);
        } else if missing.get(key).copied() > *head {
            return Err(NotCaughtUp::UnknownVersion);
        }
    }
    Ok(())
}

/// The keys of each schema, in parts that a database takes at once.
fn parts(
    sides: &Sides,
    at: &Generations,
    keys: &HashSet<Key>,
) -> Vec<(Arc<Schema>, Vec<AggregateId>)> {
    let mut parts = Vec::new();
    for schema in sides.registry.all() {
        let of_schema = keys
            .iter()
            .filter(|key| *key.aggregate_type == *schema.aggregate_type);
        let ids: Vec<_> = of_schema.map(|key| key.id.clone()).collect();
        if !ids.is_empty() {
            let serving = at.serving(schema);
            let chunks = ids.chunks(CHUNK);
            parts.extend(chunks.map(|ids| (Arc::clone(&serving), ids.to_vec())));
        }
    }
    parts
}

/// Where the documents were said to lie last.
fn last(pointers: &Pointers) -> Arc<Generations> {
    let last = pointers.last();
    last.map(|last| last.generations).unwrap_or_default()
}

fn key(schema: &Schema, id: AggregateId) -> Key {
    Key::new(schema.aggregate_type.as_ref(), id)
}

/// The versions that the replica has.
async fn versions(
    sides: &Sides,
    at: &Generations,
    reads: &dyn Reads,
    keys: HashSet<Key>,
) -> Result<HashMap<Key, Version>, ReplicaError> {
    let mut found = HashMap::new();
    for (schema, ids) in parts(sides, at, &keys) {
        let applied = reads.versions(&schema, &ids).await?;
        let applied = applied.into_iter().map(|a| (key(&schema, a.id), a.version));
        found.extend(applied);
    }
    Ok(found)
}

/// What the primary has. Of what was deleted there and has left no trace in the replica, the
/// replica has tombstones afterwards.
async fn heads(
    sides: Sides,
    at: Arc<Generations>,
    keys: HashSet<Key>,
) -> Option<HashMap<Key, Head>> {
    let mut heads = HashMap::new();
    for (schema, ids) in parts(&sides, &at, &keys) {
        let schema = &*schema;
        let mut deleted = HashMap::new();
        let states = match sides.primary.states_of(schema, &ids).await {
            Ok(states) => states,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "reads wait without an answer of the primary");
                return None;
            }
        };
        heads.extend(ids.into_iter().map(|id| (key(schema, id), None)));
        for state in states {
            heads.insert(key(schema, state.id.clone()), Some(state.version));
            if state.payload.is_none() {
                deleted.insert(state.id, state.version);
            }
        }
        if let Err(error) = write_tombstones(&sides, schema, deleted).await {
            let error = &error as &dyn std::error::Error;
            tracing::debug!(error, "tombstones could not be written");
        }
    }
    Some(heads)
}

/// Writes the tombstones of these deletions that the replica has no trace of.
async fn write_tombstones(
    sides: &Sides,
    schema: &Schema,
    mut deleted: HashMap<AggregateId, Version>,
) -> Result<(), ReplicaError> {
    let ids: Vec<_> = deleted.keys().cloned().collect();
    if ids.is_empty() {
        return Ok(());
    }
    for applied in sides.replica.versions(schema, &ids).await? {
        deleted.remove(&applied.id);
    }
    let at = sides.clock.now();
    let changes = deleted.into_iter().map(|(id, version)| Change {
        id,
        version,
        body: Body::Tombstone(at),
    });
    let changes: Vec<_> = changes.collect();
    if !changes.is_empty() {
        sides.replica.apply(schema, &changes).await?;
    }
    Ok(())
}
