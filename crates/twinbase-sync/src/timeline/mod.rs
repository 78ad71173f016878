//! Was a database put back to an earlier state, and what follows.
//!
//! # The protocol
//!
//! *What goes wrong.* A primary that was put back gives out versions that the replica has seen before: new writes are taken for old
//! ones, and tokens are satisfied by documents of a future that is lost. A replica that was put back lacks what is marked as applied.
//!
//! *Detection* ([`check`]), when a program opens, when a worker leads, whenever a side can be reached again, and with every heartbeat:
//! - The primary is another database than the one that wrote the floor.
//! - The heartbeat's document is newer than its head. It was read first, so the primary went back.
//! - The heartbeat's document is older than the last heartbeat that is marked as applied. The document was read last, so the
//!   replica went back. A worker looks before it applies another one over it.
//! - A document is newer than its head, and a change gave way to it (`give_way`), somebody who has read it changes it on condition
//!   ([`expected`]), or a verification has found it (`went_back`).
//!
//! A primary that was emptied in place lacks rows of Twinbase's own. Then it takes no changes, nobody works on it, and nothing is made anew in
//! it until its rows are back or an operator runs `recover`: rows that somebody made meanwhile would be in the way of the dump.
//!
//! A primary that is put back in place, while nothing but its data changes and no heartbeat is lost, is found by the last of these: with
//! the first change of an aggregate that lost more changes than it has had since, or by the walk of verification. An aggregate that has had as
//! many is not told apart by its version; a verification finds its document different. `recover` covers that by hand.
//!
//! *What follows* ([`recover`]). The floor of versions goes above the wall clock in microseconds and above every version in the replica. That
//! is always safe, so whoever detects it does it. From then on no version is given out twice. A token whose versions are not above the
//! floor is of before: the primary answers it. Both sides may still differ, so there is an alarm until a comparison of everything that began
//! after that has found no difference ([`prove`]).

mod owner;

use twinbase_core::{
    AggregateId, HEARTBEAT, Key, PrimaryError, Replica, ReplicaError, Schema, Version,
    heartbeat_id,
    primary::{Cause, Timeline},
    replica::Applied,
};

pub use owner::Owner;

use crate::{
    Sides, error_chain,
    generations::{self, Generations},
    verify::Finding,
    worker::EngineError,
};

/// How many versions are read at once.
const PAGE: u32 = 10_000;

/// How many heads are raised in one transaction: few, because writers wait for its locks.
pub(crate) const TOUCHED_AT_ONCE: usize = 100;

/// Compares what is known of both databases with what they are, and recovers when one was put back. Returns the timeline as it is then.
///
/// # Errors
/// When a side does not answer: nothing is known then, and it is to be called again. [`EngineError::OtherReplica`] when the replica is
/// another primary's: nothing is changed.
pub async fn check(sides: &Sides) -> Result<Timeline, EngineError> {
    let timeline = sides.primary.timeline().await?;
    // What an emptied primary has says nothing, and rows that are made now would be in the way of its dump.
    if timeline.is_emptied() {
        return Ok(timeline);
    }
    match cause(sides, &timeline).await? {
        Some(_) if Owner::of(sides).await? == Owner::Other => Err(EngineError::OtherReplica),
        Some(cause) => recover(sides, cause).await,
        None if timeline.database.is_some() && timeline.recorded != timeline.database => {
            sides.primary.record_database().await?;
            Ok(timeline)
        }
        None => Ok(timeline),
    }
}

/// Sees whether changes gave way to documents of a future that is lost. Then this recovers, and has documents made of their rows anew: their
/// events are not done before.
///
/// # Errors
/// When a side does not answer: nothing is known then.
pub(crate) async fn give_way(
    sides: &Sides,
    schema: &Schema,
    ids: &[AggregateId],
) -> Result<(), EngineError> {
    let documents = sides.replica.versions(schema, ids).await?;
    // Read second: a head that is lower then was never higher.
    let heads = sides.primary.heads(schema, ids).await?;
    let countable = Version::countable(sides.clock.now());
    let is_ahead = |of: &&Applied| {
        let head = heads.get(&of.id).copied().unwrap_or_default();
        of.version > head && of.version <= countable
    };
    let ahead = documents.iter().filter(is_ahead);
    let ahead: Vec<_> = ahead.map(|of| (of.id.clone(), of.version)).collect();
    if ahead.is_empty() {
        return Ok(());
    }
    went_back(sides, ahead.iter().map(|(_, version)| *version).max()).await?;
    for some in ahead.chunks(TOUCHED_AT_ONCE) {
        sides.primary.touch(schema, some).await?;
    }
    Ok(())
}

/// The same of an aggregate whose document somebody has read at a later version than it has. Where a side does not answer, whoever reads
/// it again finds the same.
pub async fn expected(sides: &Sides, key: &Key) {
    let Some(schema) = sides.registry.by_type(&key.aggregate_type) else {
        return;
    };
    let compared = async {
        let schema = generations::serving(sides, schema).await?;
        give_way(sides, &schema, std::slice::from_ref(&key.id)).await
    };
    if let Err(error) = compared.await {
        tracing::debug!(%key, error = error_chain(&error), "a document that may be of before is not compared");
    }
}

/// The highest version, of those that are countable, of findings that are documents of a future that is lost.
pub(crate) fn highest_lost<'a>(
    findings: impl IntoIterator<Item = &'a Finding>,
    countable: Version,
) -> Option<Version> {
    let lost = findings.into_iter().filter_map(|finding| {
        let document = finding.document.filter(|of| *of <= countable);
        document.filter(|document| *document > finding.head)
    });
    lost.max()
}

/// Recovers when a version that the primary does not know to have given out was not noticed before.
///
/// # Errors
/// When a side does not answer.
pub(crate) async fn went_back(sides: &Sides, lost: Option<Version>) -> Result<(), EngineError> {
    let Some(lost) = lost else {
        return Ok(());
    };
    let recorded = sides.primary.recorded().await?;
    if lost > recorded.floor && !recorded.is_emptied() {
        recover(sides, Cause::PrimaryWentBack).await?;
    }
    Ok(())
}

/// Raises the floor above everything that was ever given out. Returns the timeline as it is then.
///
/// # Errors
/// When a side does not answer, or a change in the primary does not end in time. Calling again is harmless.
pub async fn recover(sides: &Sides, cause: Cause) -> Result<Timeline, EngineError> {
    let now = Version::new(sides.clock.now().as_microsecond());
    let floor = highest(sides).await?.max(now);
    sides.primary.raise_floor(floor, cause).await?;
    tracing::error!(
        cause = cause.name(),
        floor = floor.get(),
        "a database was put back or replaced: versions begin above a new floor; compare both sides with `verify` and mend them with `repair`"
    );
    Ok(sides.primary.timeline().await?)
}

/// Ends the alarm after a comparison of everything that found no difference and began at this timeline.
///
/// # Errors
/// When the primary does not answer.
pub async fn prove(sides: &Sides, began: &Timeline) -> Result<(), PrimaryError> {
    if began.unproven.is_none() {
        return Ok(());
    }
    sides.primary.prove_timeline(began.floor).await
}

/// What has happened to a database, when something has. Nothing is changed.
///
/// # Errors
/// When a side does not answer: nothing is known then.
pub async fn cause(sides: &Sides, timeline: &Timeline) -> Result<Option<Cause>, EngineError> {
    // Not of a session: its reads may go to a server that is behind the one that applied.
    let replica = &*sides.replica;
    let document = document(replica).await?;
    let head = head(sides).await?;
    // What is not above the floor was noticed before.
    if document > head.max(timeline.floor) {
        return Ok(Some(Cause::PrimaryWentBack));
    }
    if document < head {
        let applied = owner::applied(sides, head).await?;
        // A head goes down by nothing else, and what was applied is then that of another state.
        if self::head(sides).await? < head {
            return Ok(Some(Cause::PrimaryWentBack));
        }
        if applied > timeline.floor && self::document(replica).await? < applied {
            return Ok(Some(Cause::ReplicaWentBack));
        }
    }
    Ok(is_other(timeline).then_some(Cause::OtherDatabase))
}

/// Whether the database is not the one that was recorded. One that is told more exactly than before is the same.
fn is_other(timeline: &Timeline) -> bool {
    let (Some(recorded), Some(database)) = (&timeline.recorded, &timeline.database) else {
        return false;
    };
    let rest = database.strip_prefix(recorded.as_str());
    !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The version of the heartbeat's row.
async fn head(sides: &Sides) -> Result<Version, PrimaryError> {
    let states = sides
        .primary
        .states_of(&HEARTBEAT, &[heartbeat_id()])
        .await?;
    Ok(states.first().map_or(Version::NONE, |state| state.version))
}

/// The version of the heartbeat's document.
async fn document(replica: &dyn Replica) -> Result<Version, ReplicaError> {
    let found = replica.versions(&HEARTBEAT, &[heartbeat_id()]).await?;
    Ok(found.first().map_or(Version::NONE, |found| found.version))
}

/// The highest version in the replica.
async fn highest(sides: &Sides) -> Result<Version, EngineError> {
    let mut highest = Version::NONE;
    let countable = Version::countable(sides.clock.now());
    let generations = Generations::read(sides).await?;
    let schemas = sides.registry.all();
    for schema in schemas.flat_map(|schema| generations.all(schema)) {
        let mut after = None;
        loop {
            let page = sides.replica.scan(&schema, after.as_deref(), PAGE).await?;
            let versions = page.found.iter().map(|applied| applied.version);
            // What nobody can have given out is somebody's own.
            let versions = versions.filter(|version| *version <= countable);
            highest = versions.fold(highest, Version::max);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(highest)
}
