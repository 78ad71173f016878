//! Everything about one document: its row, its version, the document, its events, what differs, and why.

use std::sync::Arc;

use bson::{Bson, Document};
use twinbase_core::{
    AggregateId, Disposition, Key, Operation, PrimaryError, ReplicaError, Schema, State, Timestamp,
    Version,
    error::error_chain,
    mapping,
    primary::{EventRecord, EventStatus, PauseScope},
    replica::Stored,
};

use crate::{
    Sides, generations,
    verify::{Drift, Verdict, compare, judge},
    worker::EngineError,
};

/// More changes than that are not between a document and its row: versions have begun above a higher floor.
const MOST_BEHIND: i64 = 1_000_000;

/// How many events are shown, the newest.
pub const MOST_EVENTS: u32 = 20;

/// How often one is looked at that changes all the time.
const LOOKS: u32 = 5;

/// Everything about one document. It may hold personal data, and nothing that is private.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The collection.
    pub collection: String,
    /// The aggregate.
    pub key: Key,
    /// Its version in the primary; [`Version::NONE`] when it has none.
    pub head: Version,
    /// The document that the row makes; `None` when there is no row or when it cannot be mapped.
    pub wanted: Option<Document>,
    /// Whether there is a row.
    pub has_row: bool,
    /// What the replica has.
    pub found: Found,
    /// The fields that differ, when both are there.
    pub differences: Vec<Difference>,
    /// Its newest events.
    pub events: Vec<EventRecord>,
    /// What is wrong; `None` when nothing is.
    pub drift: Option<Drift>,
    /// Why it is as it is, in one sentence.
    pub verdict: String,
}

impl Explanation {
    /// Whether nothing at all has this id: no row, version, document or event.
    pub fn is_nowhere(&self) -> bool {
        let is_nothing = self.found == Found::Nothing && self.events.is_empty();
        is_nothing && !self.has_row && self.head == Version::NONE
    }
}

/// What the replica has of an id.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A document.
    Document(Version, Document),
    /// A tombstone.
    Tombstone(Version),
    /// Something that cannot be decoded.
    Unreadable,
    /// Nobody knows: the replica does not answer, for this reason.
    Unreachable(String),
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Its name.
    pub field: String,
    /// What the row makes of it.
    pub row: Option<Bson>,
    /// What the document has, of a field that the schema maps; of another one nobody knows whether it may be seen.
    pub document: Option<Bson>,
}

/// Explains one document.
///
/// # Errors
/// When the primary does not answer. Without the replica it is explained by what the primary has.
pub async fn explain(
    sides: &Sides,
    schema: &Arc<Schema>,
    id: &AggregateId,
) -> Result<Explanation, EngineError> {
    let mut looks = 1;
    loop {
        let (explanation, is_between) = look(sides, schema, id).await?;
        if !is_between || looks == LOOKS {
            return Ok(explanation);
        }
        looks += 1;
    }
}

/// One look, and whether what was on its way has come meanwhile: then row and document are of different times.
async fn look(
    sides: &Sides,
    schema: &Arc<Schema>,
    id: &AggregateId,
) -> Result<(Explanation, bool), EngineError> {
    let serving = generations::serving(sides, schema).await?;
    let schema = serving.as_ref();
    let key = Key::new(schema.aggregate_type.as_ref(), id.clone());
    let mut state = state(sides, schema, id).await?;
    let (stored, found) = read(sides, schema, id).await?;
    let mut verdict = compare(schema, state.as_ref(), stored.as_ref());
    if let Verdict::Ahead(version) = verdict {
        // It has changed since the row was read, or it is no version of this primary's.
        let later = self::state(sides, schema, id).await?;
        if later.as_ref().is_some_and(|later| later.version >= version) {
            verdict = compare(schema, later.as_ref(), stored.as_ref());
        }
        state = later;
    }
    let events = sides.primary.history(&key, MOST_EVENTS).await?;
    let payload = state.as_ref().and_then(|state| state.payload.as_deref());
    let wanted = payload.and_then(|payload| mapping::to_document(schema, id, payload).ok());
    let wanted = wanted.map(|mut wanted| {
        wanted.insert("_id", id.as_str());
        wanted
    });
    let mut explanation = Explanation {
        collection: schema.collection.to_string(),
        key,
        head: state
            .as_ref()
            .map(|state| state.version)
            .unwrap_or_default(),
        has_row: payload.is_some(),
        differences: differences(wanted.as_ref(), &found),
        wanted,
        found,
        events,
        drift: None,
        verdict: String::new(),
    };
    let is_known = !matches!(explanation.found, Found::Unreachable(_));
    if is_known && (verdict != Verdict::Agrees || explanation.found == Found::Unreadable) {
        // As `verify` judges it: what waits is on its way, and what has failed or was discarded is not.
        let judged = judge(sides, schema, std::slice::from_ref(id)).await?;
        explanation.drift = judged.findings.first().map(|finding| finding.drift);
    }
    let why = why(sides, schema, &explanation).await?;
    let is_between = is_known
        && matches!(verdict, Verdict::Suspect(_))
        && explanation.drift.is_none()
        && why.is_none();
    explanation.verdict = in_words(
        &explanation,
        &verdict,
        why.as_deref(),
        Version::countable(sides.clock.now()),
    );
    Ok((explanation, is_between))
}

async fn state(
    sides: &Sides,
    schema: &Schema,
    id: &AggregateId,
) -> Result<Option<State>, PrimaryError> {
    let states = sides
        .primary
        .states_of(schema, std::slice::from_ref(id))
        .await?;
    Ok(states.into_iter().next())
}

async fn read(
    sides: &Sides,
    schema: &Schema,
    id: &AggregateId,
) -> Result<(Option<Stored>, Found), ReplicaError> {
    let stored = match sides.replica.get(schema, std::slice::from_ref(id)).await {
        Ok(stored) => stored.into_iter().next(),
        Err(ReplicaError::Unexpected { .. }) => return Ok((None, Found::Unreadable)),
        Err(error) if error.disposition() == Disposition::RetryLater => {
            return Ok((None, Found::Unreachable(error_chain(&error))));
        }
        Err(error) => return Err(error),
    };
    let found = match &stored {
        None => Found::Nothing,
        Some(Stored {
            version,
            document: Some(document),
            ..
        }) => Found::Document(*version, document.clone()),
        Some(Stored { version, .. }) => Found::Tombstone(*version),
    };
    Ok((stored, found))
}

fn differences(wanted: Option<&Document>, found: &Found) -> Vec<Difference> {
    let (Some(wanted), Found::Document(_, document)) = (wanted, found) else {
        return Vec::new();
    };
    let of_row = wanted
        .iter()
        .filter(|(name, of)| document.get(name) != Some(of));
    let of_row = of_row.map(|(name, of)| Difference {
        field: name.clone(),
        row: Some(of.clone()),
        document: document.get(name).cloned(),
    });
    let others = document.keys().filter(|name| !wanted.contains_key(name));
    let others = others.map(|name| Difference {
        field: name.clone(),
        row: None,
        document: None,
    });
    of_row.chain(others).collect()
}

/// What became of the event that brings, or would have brought, the head's version; a part of a sentence.
async fn why(
    sides: &Sides,
    schema: &Schema,
    explanation: &Explanation,
) -> Result<Option<String>, PrimaryError> {
    let open = |event: &&EventRecord| {
        !matches!(event.status, EventStatus::Applied | EventStatus::Discarded)
    };
    let newest = |event: &&EventRecord| event.version == explanation.head;
    let mut events = explanation.events.iter();
    let event = events.clone().find(open).or_else(|| events.find(newest));
    let Some(event) = event else {
        return Ok(None);
    };
    let (id, error) = (
        &event.id,
        event
            .last_error
            .as_deref()
            .unwrap_or("an error that is not known"),
    );
    Ok(match event.status {
        EventStatus::Pending => Some(match pause(sides, schema).await? {
            Some((since, reason)) => format!(
                "event {id} waits because the workers are paused since {} ({reason})",
                at(since)
            ),
            None if event.next_attempt_at > Some(sides.clock.now()) => format!(
                "event {id} waits until {}, as it was written; `outbox retry` tries it now",
                at(event.next_attempt_at.unwrap_or_default())
            ),
            None => format!(
                "event {id} waits for a worker since {}",
                at(event.created_at)
            ),
        }),
        EventStatus::Retrying => Some(match event.next_attempt_at {
            Some(next) => format!("event {id} waits until {} after error: {error}", at(next)),
            None => format!("event {id} waits for a worker after error: {error}"),
        }),
        EventStatus::Failed => Some(format!(
            "event {id} has failed after {} attempts: {error}",
            event.retry_count
        )),
        EventStatus::Discarded => Some(format!(
            "event {id} was discarded ({})",
            event
                .discard_reason
                .as_deref()
                .unwrap_or("without a reason")
        )),
        EventStatus::Applied => None,
    })
}

async fn pause(
    sides: &Sides,
    schema: &Schema,
) -> Result<Option<(Timestamp, String)>, PrimaryError> {
    let pauses = sides.primary.pauses().await?;
    let holds = |scope: &PauseScope| match scope {
        PauseScope::Everything => true,
        PauseScope::Collection(name) => *name == schema.collection,
    };
    let found = pauses.into_iter().find(|pause| holds(&pause.scope));
    Ok(found.map(|pause| (pause.since, pause.reason)))
}

/// To the second, as people read it.
fn at(time: Timestamp) -> impl std::fmt::Display {
    time.strftime("%Y-%m-%d %H:%M:%S UTC")
}

/// What is known of a row that is gone; the beginning of a sentence.
fn gone(of: &Explanation) -> String {
    let head = of.head;
    let event = of.events.iter().find(|event| event.version == head);
    let is_deletion =
        |event: &&EventRecord| Operation::is_delete(&event.event_type, &event.aggregate_type);
    match event {
        Some(event) if is_deletion(&event) => format!("It was deleted in version {head}"),
        Some(event) => format!(
            "It has no row, though event {} made version {head} as {}: something deleted it without an event, or it never was",
            event.id, event.event_type
        ),
        None => format!("It has no row, and no event says how it came to version {head}"),
    }
}

const REPAIR: &str = "nothing is on its way; `repair` mends it";

fn in_words(of: &Explanation, verdict: &Verdict, why: Option<&str>, countable: Version) -> String {
    let head = of.head;
    let because = why.unwrap_or(match of.drift {
        Some(_) => REPAIR,
        None => "it has come while this was looked at",
    });
    match &of.found {
        Found::Unreadable => {
            return "Its document cannot be decoded; `repair` mends it.".to_owned();
        }
        Found::Unreachable(error) => {
            let waits = why.map_or_else(String::new, |why| format!("; {why}"));
            return format!("Its document is not known, because {error}{waits}.");
        }
        _ => {}
    }
    match of.drift {
        Some(Drift::WrongCollection) => {
            return format!(
                "The document is that of another collection's row, and here is no row with its id; {because}."
            );
        }
        Some(Drift::Extra) => {
            return format!("The document has neither a row nor a version; {because}.");
        }
        _ => {}
    }
    match verdict {
        Verdict::Agrees if of.has_row => {
            format!("The document is as its row, at version {head}.")
        }
        Verdict::Agrees if head == Version::NONE => {
            "There is neither a row nor a document, and no version.".to_owned()
        }
        Verdict::Agrees => format!("{}.", gone(of)),
        Verdict::Ahead(version) if *version > countable => format!(
            "The document's version {version} was not made by counting: delete the document, then `repair` makes it anew."
        ),
        Verdict::Ahead(version) => format!(
            "The document is at version {version} and the primary at {head}, which has never been further; `repair` mends it."
        ),
        Verdict::Drift(Drift::Missing, _) => format!(
            "The row is at version {head}, and the document was deleted in the same; `repair` mends it."
        ),
        Verdict::Drift(..) if head == Version::NONE => {
            "Neither row nor document has a version: no event was ever written; `repair` mends it."
                .to_owned()
        }
        Verdict::Drift(_, fields) => {
            let fields = if fields.is_empty() {
                "its content".to_owned()
            } else {
                fields.join(", ")
            };
            format!(
                "The document is at its row's version {head} and differs in {fields}; `repair` mends it."
            )
        }
        Verdict::Suspect(drift) => match (drift, &of.found) {
            (Drift::Stale, Found::Document(version, _)) => {
                let behind = head.get() - version.get();
                match behind {
                    1 => format!("1 version behind; {because}."),
                    ..=MOST_BEHIND => format!("{behind} versions behind; {because}."),
                    // A floor of versions lies between.
                    _ => format!("At version {version}, and its row at {head}; {because}."),
                }
            }
            (Drift::Resurrected, _) => {
                format!("{}, and its document is still there; {because}.", gone(of))
            }
            (Drift::Extra, _) => {
                format!("The document has neither a row nor a version; {because}.")
            }
            _ => format!("There is no document for version {head}; {because}."),
        },
    }
}
