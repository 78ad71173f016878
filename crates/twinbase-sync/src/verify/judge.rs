//! Judges aggregates by their ids, whatever is on its way.
//!
//! Row and head are read in one snapshot, then the document. What differs is *suspect*: either an event for it is still on
//! its way, or it was lost. So the primary is asked which suspects have an event that waits, and only for the others the
//! document is read once more: an event is marked after it was applied, so what is still old now is drift. A document that is
//! newer than the snapshot is a fault only if the head has not got there either when it is read again.

use std::collections::{HashMap, HashSet};

use twinbase_core::{
    AggregateId, ReplicaError, Schema, State, Version,
    primary::{EventFilter, EventStatus},
    replica::Stored,
};

use super::{
    Drift, Finding,
    compare::{Verdict, compare, has_fields_of, impossible},
};
use crate::{Sides, worker::EngineError};

/// What was found of some ids.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// What is wrong.
    pub(crate) findings: Vec<Finding>,
    /// What could not be judged, because an event for it was on its way, with the version of its document.
    pub(crate) in_flight: Vec<(AggregateId, Version)>,
    /// How many rows and documents there were.
    pub(crate) rows: u64,
    pub(crate) documents: u64,
    /// Ids that neither side has, not even as deleted.
    pub(crate) absent: Vec<AggregateId>,
}

/// What the replica has of some ids.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) documents: HashMap<AggregateId, Stored>,
    unreadable: HashSet<AggregateId>,
}

/// What is to be said of an id.
type Accused = (AggregateId, Drift, Vec<String>);

/// Judges distinct ids of one collection: few enough for one statement.
pub(crate) async fn judge(
    sides: &Sides,
    schema: &Schema,
    ids: &[AggregateId],
) -> Result<Judged, EngineError> {
    let mut judged = Judged::default();
    if ids.is_empty() {
        return Ok(judged);
    }
    let states = states(sides, schema, ids).await?;
    let mut found = found(sides, schema, ids).await?;
    let is_somewhere = |id: &AggregateId| {
        states.contains_key(id) || found.documents.contains_key(id) || found.unreadable.contains(id)
    };
    let absent = ids.iter().filter(|id| !is_somewhere(id));
    judged.absent = absent.cloned().collect();
    let rows = states.values().filter(|state| state.payload.is_some());
    let documents = found.documents.values();
    let documents = documents.filter(|stored| stored.document.is_some());
    judged.rows = rows.count() as u64;
    judged.documents = (documents.count() + found.unreadable.len()) as u64;
    let (mut accused, mut ahead) = (Vec::new(), Vec::new());
    let suspects = sort(schema, ids, &states, &found, (&mut accused, &mut ahead));
    if !suspects.is_empty() {
        let waiting = sides.primary.unapplied(schema, &suspects).await?;
        let (in_flight, settled): (Vec<_>, Vec<_>) =
            suspects.into_iter().partition(|id| waiting.contains(id));
        let with_version = |id: AggregateId| {
            let document = found.documents.get(&id);
            let version = document.map(|stored| stored.version).unwrap_or_default();
            (id, version)
        };
        judged.in_flight = in_flight.into_iter().map(with_version).collect();
        // Nothing that the snapshot knew of waits for these: whatever was applied is there now.
        let now = self::found(sides, schema, &settled).await?;
        let still = sort(schema, &settled, &states, &now, (&mut accused, &mut ahead));
        for id in &settled {
            found.documents.remove(id);
        }
        found.documents.extend(now.documents);
        accused.extend(still.into_iter().map(|id| {
            let verdict = compare(schema, states.get(&id), found.documents.get(&id));
            let drift = match verdict {
                Verdict::Suspect(drift) => drift,
                _ => Drift::Stale,
            };
            (id, drift, Vec::new())
        }));
    }
    let later = self::states(sides, schema, &ahead).await?;
    for id in ahead {
        let stored = found.documents.get(&id);
        let Some(stored) = stored else { continue };
        let head = later
            .get(&id)
            .map(|state| state.version)
            .unwrap_or_default();
        if head < stored.version {
            let drift = impossible(later.get(&id), stored.document.is_none());
            accused.push((id, drift, Vec::new()));
        }
    }
    for (id, drift, fields) in accused {
        let state = later.get(&id).or_else(|| states.get(&id));
        let stored = found.documents.get(&id);
        judged.findings.push(Finding {
            fields,
            head: state.map(|state| state.version).unwrap_or_default(),
            document: stored.map(|stored| stored.version),
            failed_event: failed_event(sides, schema, &id, drift).await?,
            ..Finding::of(elsewhere(sides, schema, drift, stored).await?, id.as_str())
        });
    }
    Ok(judged)
}

/// Compares each, and returns those that differ unless an event is on its way.
fn sort(
    schema: &Schema,
    ids: &[AggregateId],
    states: &HashMap<AggregateId, State>,
    found: &Found,
    (accused, ahead): (&mut Vec<Accused>, &mut Vec<AggregateId>),
) -> Vec<AggregateId> {
    let mut suspects = Vec::new();
    for id in ids {
        if found.unreadable.contains(id) {
            accused.push((id.clone(), Drift::Unreadable, Vec::new()));
            continue;
        }
        match compare(schema, states.get(id), found.documents.get(id)) {
            Verdict::Agrees => {}
            Verdict::Ahead(_) => ahead.push(id.clone()),
            Verdict::Drift(drift, fields) => accused.push((id.clone(), drift, fields)),
            Verdict::Suspect(_) => suspects.push(id.clone()),
        }
    }
    suspects
}

/// The event that would have mended it and has failed. There are few: those of one aggregate are found by an index.
async fn failed_event(
    sides: &Sides,
    schema: &Schema,
    id: &AggregateId,
    drift: Drift,
) -> Result<Option<String>, EngineError> {
    if !matches!(drift, Drift::Missing | Drift::Stale | Drift::Resurrected) {
        return Ok(None);
    }
    let filter = EventFilter {
        status: Some(EventStatus::Failed),
        aggregate_type: Some(schema.aggregate_type.to_string()),
        aggregate_id: Some(id.to_string()),
        ..EventFilter::default()
    };
    let newest = sides.primary.events(&filter, None, 1).await?;
    Ok(newest.into_iter().next().map(|event| event.id))
}

/// Whether what has no row here is the document of another collection's row.
async fn elsewhere(
    sides: &Sides,
    schema: &Schema,
    drift: Drift,
    stored: Option<&Stored>,
) -> Result<Drift, EngineError> {
    let document = stored.and_then(|stored| Some((&stored.id, stored.document.as_ref()?)));
    let (Drift::Extra, Some((id, document))) = (drift, document) else {
        return Ok(drift);
    };
    for other in sides.registry.iter() {
        if other.collection == schema.collection || !has_fields_of(other, document) {
            continue;
        }
        let rows = sides
            .primary
            .states_of(other, std::slice::from_ref(id))
            .await?;
        if rows.iter().any(|state| state.payload.is_some()) {
            return Ok(Drift::WrongCollection);
        }
    }
    Ok(drift)
}

/// The documents of these ids. When one cannot be read, all are read one by one to find it.
pub(crate) async fn found(
    sides: &Sides,
    schema: &Schema,
    ids: &[AggregateId],
) -> Result<Found, ReplicaError> {
    let mut found = Found::default();
    if ids.is_empty() {
        return Ok(found);
    }
    let mut documents = Vec::new();
    match sides.replica.get(schema, ids).await {
        Ok(all) => documents = all,
        Err(ReplicaError::Unexpected { .. }) => {
            for id in ids {
                match sides.replica.get(schema, std::slice::from_ref(id)).await {
                    Ok(one) => documents.extend(one),
                    Err(ReplicaError::Unexpected { .. }) => {
                        found.unreadable.insert(id.clone());
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Err(error) => return Err(error),
    }
    found.documents = documents.into_iter().map(|d| (d.id.clone(), d)).collect();
    Ok(found)
}

async fn states(
    sides: &Sides,
    schema: &Schema,
    ids: &[AggregateId],
) -> Result<HashMap<AggregateId, State>, EngineError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let states = sides.primary.states_of(schema, ids).await?;
    Ok(states
        .into_iter()
        .map(|state| (state.id.clone(), state))
        .collect())
}
