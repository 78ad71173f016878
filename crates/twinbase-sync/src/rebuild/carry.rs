//! What readers have, taken along to the collection to which they move, where its row or its event does not bring it there.

use twinbase_core::{AggregateId, Body, Change, ReplicaError, Schema, Timestamp, Version};

use crate::{Sides, verify};

/// What readers have of these ids in the collection that they use, as changes to another one, at the versions at which they have it. What
/// cannot be decoded is none for readers either.
pub(crate) async fn as_readers_have(
    sides: &Sides,
    serving: &Schema,
    ids: &[AggregateId],
) -> Result<Vec<Change>, ReplicaError> {
    let found = verify::found(sides, serving, ids).await?;
    let now = sides.clock.now();
    let mut changes: Vec<_> = found
        .documents
        .into_values()
        .filter(|stored| stored.version > Version::NONE)
        .map(|stored| change(stored.id, stored.version, stored.document, now))
        .collect();
    changes.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    Ok(changes)
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
