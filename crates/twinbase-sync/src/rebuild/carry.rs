//! What readers have, taken along to the collection to which they move, where its row or its event does not bring it there.
//!
//! Of two collections the one that readers may move to is written first. Nevertheless it can lack what they have: it has refused a change, and
//! the worker died before the rebuild was stopped; or workers wrote in another order before, and the event is tried again, has failed or was
//! discarded. So before readers move, all aggregates whose events are not done are compared by their versions.

use std::{
    cmp::Ordering,
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use twinbase_core::{
    AggregateId, Body, Change, Disposition, Key, Operation, Outcome, PrimaryError, ReplicaError,
    Schema, State, Timestamp, Version, mapping,
    primary::{CollectionRecord, EventCursor, EventFilter, EventRecord, EventStatus},
    replica::{Applied, Stored},
};

use crate::{Sides, generations::in_generation, verify};

/// How many events are looked at together.
pub(super) const PAGE: u32 = 500;

/// How many versions are read at once.
const SCANNED: u32 = 10_000;

/// A worker that knows only the record of before has written what it will after this time: its batches are not that old.
pub(crate) const STRAGGLERS: Duration = Duration::from_mins(2);

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Readers can move.
    All,
    /// The collection does not take a document, for this reason.
    Refused(String),
    /// Of some, no document can be made of their rows, and what readers have of them may still change in the serving collection alone.
    NotYet,
}

/// Has the collection beside the serving one have what readers have of everything whose events are not done: as its row is now, which nothing
/// that is written late is newer than. What makes no document of its row comes as readers have it, when changes have gone to both for
/// longer than [`STRAGGLERS`].
pub(crate) async fn take_along<E>(
    sides: &Sides,
    schema: &Arc<Schema>,
    record: &CollectionRecord,
) -> Result<Taken, E>
where
    E: From<PrimaryError> + From<ReplicaError>,
{
    let Some(along) = Along::of(sides, schema, record).await? else {
        return Ok(Taken::All);
    };
    let mut taken = Taken::All;
    // What is not done, whatever it is just now; and what somebody discards or restores meanwhile.
    for status in [
        Some(EventStatus::Discarded),
        None,
        Some(EventStatus::Discarded),
    ] {
        let mut pages = Ids::of(sides, schema, status);
        while let Some(ids) = pages.next().await? {
            match along.take::<E>(&ids).await? {
                Taken::All => {}
                Taken::NotYet => taken = Taken::NotYet,
                refused @ Taken::Refused(_) => return Ok(refused),
            }
        }
    }
    Ok(taken)
}

/// The same of everything that readers have, whether its event is still known or not: of an event that was discarded, and removed since, a
/// fill may have brought a newer row than the other collection has.
pub(crate) async fn take_everything<E>(
    sides: &Sides,
    schema: &Arc<Schema>,
    record: &CollectionRecord,
) -> Result<Taken, E>
where
    E: From<PrimaryError> + From<ReplicaError>,
{
    let Some(along) = Along::of(sides, schema, record).await? else {
        return Ok(Taken::All);
    };
    let mut taken = Taken::All;
    let (mut there, mut here) = (Versions::default(), Versions::default());
    loop {
        there.read(sides, &along.serving).await?;
        here.read(sides, &along.beside).await?;
        let ids = missing_of(&mut there, &mut here);
        match along.take::<E>(&ids).await? {
            Taken::All => {}
            Taken::NotYet => taken = Taken::NotYet,
            refused @ Taken::Refused(_) => return Ok(refused),
        }
        if there.is_done() && here.is_done() {
            return Ok(taken);
        }
    }
}

/// From the collection that readers use to the one beside it.
struct Along<'a> {
    sides: &'a Sides,
    serving: Arc<Schema>,
    beside: Arc<Schema>,
    /// Whether changes have gone to both for longer than [`STRAGGLERS`].
    is_settled: bool,
}

impl<'a> Along<'a> {
    /// Nothing where there is one collection.
    async fn of(
        sides: &'a Sides,
        schema: &Arc<Schema>,
        record: &CollectionRecord,
    ) -> Result<Option<Self>, PrimaryError> {
        let Some(rebuild) = &record.rebuild else {
            return Ok(None);
        };
        let now = sides.primary.now().await?;
        let dual_since = rebuild.dual_since.unwrap_or(now);
        Ok(Some(Self {
            sides,
            serving: in_generation(schema, record.generation),
            beside: in_generation(schema, rebuild.generation),
            is_settled: now.duration_since(dual_since).unsigned_abs() > STRAGGLERS,
        }))
    }

    async fn take<E>(&self, ids: &[AggregateId]) -> Result<Taken, E>
    where
        E: From<PrimaryError> + From<ReplicaError>,
    {
        let Self { sides, serving, .. } = self;
        let mut taken = Taken::All;
        for ids in ids.chunks(PAGE as usize) {
            let missing = missing::<E>(sides, (serving, &self.beside), ids).await?;
            let mut changes = missing.made;
            if self.is_settled {
                changes.extend(as_readers_have(sides, serving, &missing.unmade).await?);
                changes.extend(deletions(sides, serving, missing.gone).await?);
                changes.sort_unstable_by(|one, other| one.id.cmp(&other.id));
            } else if !(missing.unmade.is_empty() && missing.gone.is_empty()) {
                taken = Taken::NotYet;
            }
            let outcomes = sides.replica.apply(&self.beside, &changes).await?;
            for (change, outcome) in changes.iter().zip(outcomes) {
                if let Outcome::Rejected { reason, .. } = outcome {
                    let reason = format!("document {}: {reason}", change.id);
                    return Ok(Taken::Refused(reason));
                }
            }
        }
        Ok(taken)
    }
}

/// The versions of a collection, read page by page in the order of ids.
#[derive(Default)]
struct Versions {
    waiting: VecDeque<Applied>,
    after: Option<String>,
    is_over: bool,
}

impl Versions {
    /// Reads the next page where nothing is left of the last one.
    async fn read(&mut self, sides: &Sides, schema: &Schema) -> Result<(), ReplicaError> {
        while self.waiting.is_empty() && !self.is_over {
            let page = sides.replica.scan(schema, self.after.as_deref(), SCANNED);
            let page = page.await?;
            self.waiting = page.found.into();
            self.is_over = page.next.is_none();
            self.after = page.next;
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.is_over && self.waiting.is_empty()
    }
}

/// The ids that may be missing here, as far as both pages are known.
fn missing_of(there: &mut Versions, here: &mut Versions) -> Vec<AggregateId> {
    let mut ids = Vec::new();
    loop {
        let order = match (there.waiting.front(), here.waiting.front()) {
            (Some(there), Some(here)) => there.id.cmp(&here.id),
            (Some(_), None) if here.is_over => Ordering::Less,
            (None, Some(_)) if there.is_over => Ordering::Greater,
            _ => return ids,
        };
        let of = there.waiting.pop_front_if(|_| order.is_le());
        let own = here.waiting.pop_front_if(|_| order.is_ge());
        match (of, own) {
            (Some(of), own) if own.as_ref().is_none_or(|own| own.version < of.version) => {
                ids.push(of.id);
            }
            (None, Some(own)) if !own.deleted => ids.push(own.id),
            _ => {}
        }
    }
}

/// What a collection lacks of what readers have in another.
struct Missing {
    /// As it is made of rows.
    made: Vec<Change>,
    /// Of which no document can be made.
    unmade: Vec<AggregateId>,
    /// The same, of which readers find nothing: it was deleted before the serving one was filled, which has no tombstone of it.
    gone: Vec<AggregateId>,
}

async fn missing<E>(
    sides: &Sides,
    (serving, beside): (&Schema, &Schema),
    ids: &[AggregateId],
) -> Result<Missing, E>
where
    E: From<PrimaryError> + From<ReplicaError>,
{
    let there = versions(sides, serving, ids).await?;
    let here = versions(sides, beside, ids).await?;
    let is_missing = |id: &AggregateId| match (there.get(id), here.get(id)) {
        (Some(there), here) => here.is_none_or(|here| here.version < there.version),
        (None, here) => here.is_some_and(|here| !here.deleted),
    };
    let missing: Vec<_> = ids.iter().filter(|id| is_missing(id)).cloned().collect();
    let made = as_rows_are(sides, serving, &missing).await?;
    let is_made = |id: &AggregateId| made.iter().any(|change| change.id == *id);
    let unmade = missing.iter().filter(|id| !is_made(id)).cloned();
    let (unmade, gone) = unmade.partition(|id| there.contains_key(id));
    Ok(Missing { made, unmade, gone })
}

/// The last deletions of these aggregates, as far as they are known.
async fn deletions(
    sides: &Sides,
    schema: &Schema,
    ids: Vec<AggregateId>,
) -> Result<Vec<Change>, PrimaryError> {
    let mut changes = Vec::new();
    for id in ids {
        let key = Key::new(schema.aggregate_type.clone(), id.clone());
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
    Ok(changes)
}

/// Documents and tombstones of the rows as they are, where they can be made.
async fn as_rows_are(
    sides: &Sides,
    schema: &Schema,
    ids: &[AggregateId],
) -> Result<Vec<Change>, PrimaryError> {
    let states = states(sides, schema, ids).await?;
    let now = sides.clock.now();
    let states = states.into_iter().filter(|of| of.version > Version::NONE);
    let changes = states.filter_map(|state| {
        let payload = state.payload.as_deref();
        let document = payload.map(|payload| mapping::to_document(schema, &state.id, payload));
        let document = document.transpose().ok()?;
        Some(change(state.id, state.version, document, now))
    });
    Ok(changes.collect())
}

/// The rows as they are; one that cannot be read is left out.
pub(super) async fn states(
    sides: &Sides,
    schema: &Schema,
    ids: &[AggregateId],
) -> Result<Vec<State>, PrimaryError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    match sides.primary.states_of(schema, ids).await {
        Err(error) if error.disposition() == Disposition::Poison => {}
        states => return states,
    }
    let mut states = Vec::new();
    for id in ids {
        let one = sides.primary.states_of(schema, std::slice::from_ref(id));
        match one.await {
            Ok(one) => states.extend(one),
            Err(error) if error.disposition() == Disposition::Poison => {}
            Err(error) => return Err(error),
        }
    }
    Ok(states)
}

pub(super) async fn versions(
    sides: &Sides,
    schema: &Schema,
    ids: &[AggregateId],
) -> Result<HashMap<AggregateId, Applied>, ReplicaError> {
    let found = sides.replica.versions(schema, ids).await?;
    Ok(found.into_iter().map(|of| (of.id.clone(), of)).collect())
}

/// The aggregates of a type that have an event with a status, or one that is not done, page by page of these events.
pub(super) struct Ids<'a> {
    sides: &'a Sides,
    filter: EventFilter,
    after: Option<EventCursor>,
    is_over: bool,
}

impl<'a> Ids<'a> {
    pub(super) fn of(sides: &'a Sides, schema: &Schema, status: Option<EventStatus>) -> Self {
        Self {
            sides,
            filter: events_of(schema, status),
            after: None,
            is_over: false,
        }
    }

    /// In order, each once of a page; `None` after the last page.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<AggregateId>>, PrimaryError> {
        if self.is_over {
            return Ok(None);
        }
        let primary = &self.sides.primary;
        let page = primary.events(&self.filter, self.after.as_ref(), PAGE);
        let page = page.await?;
        self.is_over = page.len() < PAGE as usize;
        let Some(last) = page.last() else {
            return Ok(None);
        };
        self.after = Some(last.cursor());
        let ids = page
            .iter()
            .map(|event| AggregateId::new(&event.aggregate_id));
        let mut ids: Vec<_> = ids.filter_map(Result::ok).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(Some(ids))
    }
}

/// The events of a type with a status, or those that are not done.
pub(super) fn events_of(schema: &Schema, status: Option<EventStatus>) -> EventFilter {
    EventFilter {
        status,
        aggregate_type: Some(schema.aggregate_type.to_string()),
        ..EventFilter::default()
    }
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
