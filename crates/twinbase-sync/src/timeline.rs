//! Was a database put back to an earlier state, and what follows.
//!
//! # The protocol
//!
//! *What goes wrong.* A primary that was put back gives out versions that the replica has seen before: new writes are taken for old
//! ones, and tokens are satisfied by documents of a future that is lost. A replica that was put back lacks what is marked as applied.
//!
//! *Detection* ([`check`]), when a program opens, when a worker leads, whenever the primary can be reached again, and with every heartbeat:
//! - The primary is another database than the one that wrote the floor.
//! - The heartbeat's document is newer than its head. It was read first, so the primary went back.
//! - The heartbeat's document is older than its head although no event of it waits. The document was read last, so the
//!   replica went back.
//!
//! A primary that is put back in place, while nothing but its data changes, is found with the next heartbeat: what was written between the
//! two, about ten seconds at most, may be taken for what is lost. `recover` covers that by hand.
//!
//! *What follows* ([`recover`]). The floor of versions goes above the wall clock in microseconds and above every version in the replica. That
//! is always safe, so whoever detects it does it. From then on no version is given out twice. A token whose versions are not above the
//! floor is of before: the primary answers it. Both sides may still differ, so there is an alarm until a comparison of everything that began
//! after that has found no difference ([`prove`]).

use twinbase_core::{
    HEARTBEAT, PrimaryError, Replica, ReplicaError, Version, heartbeat_id,
    primary::{Cause, EventFilter, Timeline},
};

use crate::{Sides, generations::Generations, worker::EngineError};

/// How many versions are read at once.
const PAGE: u32 = 10_000;

/// Compares what is known of both databases with what they are, and recovers when one was put back. Returns the timeline as it is then.
///
/// # Errors
/// When a side does not answer: nothing is known then, and it is to be called again.
pub async fn check(sides: &Sides) -> Result<Timeline, EngineError> {
    let timeline = sides.primary.timeline().await?;
    match cause(sides, &timeline).await? {
        Some(cause) => recover(sides, cause).await,
        None if timeline.recorded.is_none() => {
            sides.primary.record_database().await?;
            Ok(timeline)
        }
        None => Ok(timeline),
    }
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

/// What has happened to a database, when something has.
async fn cause(sides: &Sides, timeline: &Timeline) -> Result<Option<Cause>, EngineError> {
    // Not of a session: its reads may go to a server that is behind the one that applied.
    let replica = &*sides.replica;
    let id = [heartbeat_id()];
    let document = document(replica).await?;
    let states = sides.primary.states_of(&HEARTBEAT, &id).await?;
    let head = states.first().map_or(Version::NONE, |state| state.version);
    // What is not above the floor was noticed before.
    if document > head.max(timeline.floor) {
        return Ok(Some(Cause::PrimaryWentBack));
    }
    let is_behind = document < head && head > timeline.floor;
    if is_behind && !waits(sides).await? && self::document(replica).await? < head {
        return Ok(Some(Cause::ReplicaWentBack));
    }
    let is_other = match (&timeline.recorded, &timeline.database) {
        (Some(recorded), Some(database)) => recorded != database,
        _ => false,
    };
    Ok(is_other.then_some(Cause::OtherDatabase))
}

/// Whether an event of the heartbeat is not applied, for whatever reason.
async fn waits(sides: &Sides) -> Result<bool, PrimaryError> {
    let open = EventFilter {
        aggregate_type: Some(HEARTBEAT.aggregate_type.to_string()),
        aggregate_id: Some(heartbeat_id().to_string()),
        ..EventFilter::default()
    };
    Ok(sides.primary.count_events(&open).await? > 0)
}

/// The version of the heartbeat's document.
async fn document(replica: &dyn Replica) -> Result<Version, ReplicaError> {
    let found = replica.versions(&HEARTBEAT, &[heartbeat_id()]).await?;
    Ok(found.first().map_or(Version::NONE, |found| found.version))
}

/// The highest version in the replica.
async fn highest(sides: &Sides) -> Result<Version, EngineError> {
    let mut highest = Version::NONE;
    let generations = Generations::read(sides).await?;
    let schemas = sides.registry.all();
    for schema in schemas.flat_map(|schema| generations.all(schema)) {
        let mut after = None;
        loop {
            let page = sides.replica.scan(&schema, after.as_deref(), PAGE).await?;
            let versions = page.found.iter().map(|applied| applied.version);
            highest = versions.fold(highest, Version::max);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(highest)
}
