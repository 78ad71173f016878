//! One event with everything that helps to understand it.

use bson::Document;
use twinbase_core::{
    AggregateId, PrimaryError, ReplicaError, Version, primary::EventRecord, replica::Stored,
};

use super::{OperateError, Outbox, scope};
use crate::generations;

/// An event, what it carries, and the document that it is about as it is now.
#[derive(Debug)]
pub struct EventDetail {
    /// The event.
    pub record: EventRecord,
    /// Its payload as JSON text. It may hold personal data.
    pub payload: String,
    /// The document now, or why it could not be read.
    pub document: Result<CurrentDocument, ReplicaError>,
}

/// The document of an event's aggregate as the replica has it now.
#[derive(Debug, Clone, PartialEq)]
pub enum CurrentDocument {
    /// It is there.
    Present {
        /// Its version; [`Version::NONE`] when something else wrote it.
        version: Version,
        /// The document.
        document: Document,
    },
    /// It was deleted a short while ago.
    Deleted {
        /// The version that deleted it.
        version: Version,
    },
    /// There is none.
    Missing,
    /// This program knows no aggregate of this type, or no document can have this id.
    Unknown,
}

impl CurrentDocument {
    /// The version, when there is a document or a tombstone.
    pub const fn version(&self) -> Option<Version> {
        match self {
            Self::Present { version, .. } | Self::Deleted { version } => Some(*version),
            Self::Missing | Self::Unknown => None,
        }
    }
}

impl Outbox {
    /// One event with its payload and its document as it is now; `None` when there is no such event. A
    /// replica that is away does not hide it.
    pub async fn show(&self, id: &str) -> Result<Option<EventDetail>, OperateError> {
        if scope::name("id", id).is_err() {
            return Ok(None);
        }
        let found = self.sides.primary.event(id).await?;
        let Some((record, payload)) = found else {
            return Ok(None);
        };
        let document = self.current(&record).await?;
        Ok(Some(EventDetail {
            record,
            payload,
            document,
        }))
    }

    /// What readers find, wherever they look for it now.
    async fn current(
        &self,
        record: &EventRecord,
    ) -> Result<Result<CurrentDocument, ReplicaError>, PrimaryError> {
        let sides = &self.sides;
        let schema = sides.registry.by_type(&record.aggregate_type);
        let id = AggregateId::new(&record.aggregate_id);
        let (Some(schema), Ok(id)) = (schema, id) else {
            return Ok(Ok(CurrentDocument::Unknown));
        };
        let serving = generations::serving(sides, schema).await?;
        Ok(sides.replica.get(&serving, &[id]).await.map(found))
    }
}

fn found(stored: Vec<Stored>) -> CurrentDocument {
    match stored.into_iter().next() {
        None => CurrentDocument::Missing,
        Some(Stored {
            version,
            document: Some(document),
            ..
        }) => CurrentDocument::Present { version, document },
        Some(Stored { version, .. }) => CurrentDocument::Deleted { version },
    }
}
