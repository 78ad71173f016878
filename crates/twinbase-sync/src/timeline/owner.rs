//! Whose replica it is: a wrong URL is no database that was put back.
//!
//! Each primary has a number, which was made with its tables and goes with its dumps. Its heartbeat carries it into the replica, the way of
//! every other change.

use twinbase_core::{
    HEARTBEAT, Key, PrimaryError, Schema, State, TWIN, Version, heartbeat_id, mapping,
    primary::{EventFilter, EventStatus},
    replica::Stored,
};

use crate::{Sides, worker::EngineError};

/// How many heartbeats may wait before it is not known which one was the last to be applied: one a minute is written while the replica is away.
const MOST_WAITING: u32 = 2_000;

/// Whose a replica is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// This primary's, as far as anybody knows.
    This,
    /// Nobody's: it has no heartbeat, although one of this primary is applied. It is empty, or another database.
    Nobody,
    /// Another primary's.
    Other,
}

impl Owner {
    /// Whose the replica is.
    ///
    /// # Errors
    /// When a side does not answer.
    pub async fn of(sides: &Sides) -> Result<Self, EngineError> {
        let id = [heartbeat_id()];
        // Not of a session: its reads may go to a server that is behind the one that applied.
        let documents = sides.replica.get(&HEARTBEAT, &id).await?;
        let states = sides.primary.states_of(&HEARTBEAT, &id).await?;
        let stored = documents.into_iter().next();
        let stored = stored.and_then(|Stored { document, .. }| document);
        let Some(document) = stored else {
            let head = states.first().map_or(Version::NONE, |state| state.version);
            let is_there = applied(sides, head).await? > Version::NONE;
            return Ok(if is_there { Self::Nobody } else { Self::This });
        };
        let (theirs, own) = (
            document.get_str(TWIN).ok(),
            states.first().and_then(twin_of),
        );
        Ok(match (theirs, own) {
            (Some(theirs), Some(own)) if theirs != own => Self::Other,
            _ => Self::This,
        })
    }
}

fn twin_of(state: &State) -> Option<String> {
    let schema: &Schema = &HEARTBEAT;
    let row = mapping::to_document(schema, &state.id, state.payload.as_deref()?).ok()?;
    Some(row.get_str(TWIN).ok()?.to_owned())
}

/// The newest version of the heartbeat that is known to have been applied, of a row at this version: the row's own when no event waits.
pub(super) async fn applied(sides: &Sides, head: Version) -> Result<Version, PrimaryError> {
    let key = Key::new(HEARTBEAT.aggregate_type.as_ref(), heartbeat_id());
    let open = EventFilter {
        aggregate_type: Some(key.aggregate_type.to_string()),
        aggregate_id: Some(key.id.to_string()),
        ..EventFilter::default()
    };
    if sides.primary.count_events(&open).await? == 0 {
        return Ok(head);
    }
    let events = sides.primary.history(&key, MOST_WAITING).await?;
    let mut applied = events
        .iter()
        .filter(|event| event.status == EventStatus::Applied);
    Ok(applied.next().map_or(Version::NONE, |event| event.version))
}
