//! What readers have, taken along to the collection to which they move, where its row or its event does not bring it there.
//!
//! Of two collections the one that readers may move to is written first. Nevertheless it can lack what they have: it has refused a change, and
//! the worker died before the rebuild was stopped; or workers wrote in another order before, and the event is tried again, has failed or was
//! discarded. So before readers move, all aggregates whose events are not done are compared by their versions.

use std::{collections::HashMap, sync::Arc};

use twinbase_core::{
    AggregateId, Body, Change, Disposition, Key, Operation, Outcome, PrimaryError, ReplicaError,
    Schema, Timestamp, Version, mapping,
    primary::{CollectionRecord, EventFilter, EventRecord, EventStatus},
    replica::{Applied, Stored},
};

use crate::{Sides, generations::in_generation, verify};

/// How many events are looked at together.
const PAGE: u32 = 500;

/// Which way readers move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the new collection. What readers have may be older than their rows were when it was begun, and what brings them there goes to the old
    /// one alone then: only rows are taken along.
    Forward,
    /// To the kept one, to which everything has gone for long. Where a row makes no document it gets what readers have.
    Back,
}

/// Has the collection beside the serving one have what readers have of everything whose events are not done. Returns what it refuses.
pub(crate) async fn take_along<E>(
    sides: &Sides,
    schema: &Arc<Schema>,
    record: &CollectionRecord,
    way: Way,
) -> Result<Option<String>, E>
where
    E: From<PrimaryError> + From<ReplicaError>,
{
    let Some(rebuild) = &record.rebuild else {
        return Ok(None);
    };
    let serving = in_generation(schema, record.generation);
    let beside = in_generation(schema, rebuild.generation);
    // What is not done, whatever it is just now; and what somebody discards or restores meanwhile.
    for status in [
        Some(EventStatus::Discarded),
        None,
        Some(EventStatus::Discarded),
    ] {
        let (filter, mut after) = (events_of(schema, status), None);
        loop {
            let page = sides.primary.events(&filter, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.cursor());
            let mut ids: Vec<_> = page.iter().filter_map(id).collect();
            ids.sort_unstable();
            ids.dedup();
            let changes = changes::<E>(sides, (&serving, &beside), &ids, way).await?;
            let outcomes = sides.replica.apply(&beside, &changes).await?;
            for (change, outcome) in changes.iter().zip(outcomes) {
                if let Outcome::Rejected { reason, .. } = outcome {
                    return Ok(Some(format!("document {}: {reason}", change.id)));
                }
            }
            // The last ones come first. What was discarded before changes went to both is in both, or in neither.
            let is_of_before = status.is_some() && last.processed_at < rebuild.dual_since;
            if is_of_before || page.len() < PAGE as usize {
                break;
            }
        }
    }
    Ok(None)
}

/// What the one beside lacks of these ids.
async fn changes<E>(
    sides: &Sides,
    (serving, beside): (&Schema, &Schema),
    ids: &[AggregateId],
    way: Way,
) -> Result<Vec<Change>, E>
where
    E: From<PrimaryError> + From<ReplicaError>,
{
    let there = versions(sides, serving, ids).await?;
    let here = versions(sides, beside, ids).await?;
    let is_behind = |id: &AggregateId| match (there.get(id), here.get(id)) {
        (Some(there), here) => here.is_none_or(|here| here.version < there.version),
        // What was deleted before the serving one was filled has no tombstone there.
        (None, here) => here.is_some_and(|here| !here.deleted),
    };
    let behind: Vec<_> = ids.iter().filter(|id| is_behind(id)).cloned().collect();
    let mut changes = as_rows_are(sides, serving, &behind).await?;
    if way == Way::Forward {
        return Ok(in_order(changes));
    }
    let left = behind.iter().filter(|id| {
        let mut made = changes.iter();
        made.all(|change| change.id != **id)
    });
    let (unmapped, gone): (Vec<_>, Vec<_>) = left.cloned().partition(|id| there.contains_key(id));
    changes.extend(as_readers_have(sides, serving, &unmapped).await?);
    for id in gone {
        let key = Key::new(serving.aggregate_type.clone(), id.clone());
        let history = sides.primary.history(&key, PAGE).await?;
        let is_deletion =
            |event: &&EventRecord| Operation::is_delete(&event.event_type, &event.aggregate_type);
        let last = history.iter().find(is_deletion);
        changes.extend(last.map(|last| Change {
            id,
            version: last.version,
            body: Body::Tombstone(sides.clock.now()),
        }));
    }
    Ok(in_order(changes))
}

fn in_order(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    changes
}

/// Documents and tombstones of the rows as they are, where they can be made.
async fn as_rows_are(
    sides: &Sides,
    schema: &Schema,
    ids: &[AggregateId],
) -> Result<Vec<Change>, PrimaryError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let states = match sides.primary.states_of(schema, ids).await {
        // One of them cannot be read.
        Err(error) if error.disposition() == Disposition::Poison => {
            let mut states = Vec::new();
            for id in ids {
                match sides
                    .primary
                    .states_of(schema, std::slice::from_ref(id))
                    .await
                {
                    Ok(one) => states.extend(one),
                    Err(error) if error.disposition() == Disposition::Poison => {}
                    Err(error) => return Err(error),
                }
            }
            states
        }
        states => states?,
    };
    let now = sides.clock.now();
    let states = states.into_iter().filter(|of| of.version > Version::NONE);
    let changes = states.filter_map(|state| {
        let body = match &state.payload {
            Some(payload) => {
                let document = mapping::to_document(schema, &state.id, payload);
                Body::Document(document.ok()?)
            }
            None => Body::Tombstone(now),
        };
        Some(Change {
            id: state.id,
            version: state.version,
            body,
        })
    });
    Ok(changes.collect())
}

async fn versions(
    sides: &Sides,
    schema: &Schema,
    ids: &[AggregateId],
) -> Result<HashMap<AggregateId, Applied>, ReplicaError> {
    let found = sides.replica.versions(schema, ids).await?;
    Ok(found.into_iter().map(|of| (of.id.clone(), of)).collect())
}

/// The events of a type with a status, or those that are not done.
pub(super) fn events_of(schema: &Schema, status: Option<EventStatus>) -> EventFilter {
    EventFilter {
        status,
        aggregate_type: Some(schema.aggregate_type.to_string()),
        ..EventFilter::default()
    }
}

fn id(event: &EventRecord) -> Option<AggregateId> {
    AggregateId::new(&event.aggregate_id).ok()
}

/// What readers have of these ids in the collection that they use, as changes to another one, at the versions at which they have it. What
/// cannot be decoded is none for readers either.
pub(crate) async fn as_readers_have(
    sides: &Sides,
    serving: &Schema,
    ids: &[AggregateId],
) -> Result<Vec<Change>, ReplicaError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = verify::found(sides, serving, ids).await?;
    let now = sides.clock.now();
    let found = found.documents.into_values();
    let found = found.filter(|stored| stored.version > Version::NONE);
    let change = |stored: Stored| change(stored.id, stored.version, stored.document, now);
    Ok(found.map(change).collect())
}

fn change(
    id: AggregateId,
    version: Version,
    document: Option<bson::Document>,
    now: Timestamp,
) -> Change {
    let body = match document {
        Some(mut document) => {
            document.remove("_id");
            Body::Document(document)
        }
        None => Body::Tombstone(now),
    };
    Change { id, version, body }
}
