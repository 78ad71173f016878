//! One row against one document, pure.

use std::cmp::Ordering;

use bson::Document;
use twinbase_core::{Schema, State, Version, mapping, replica::Stored};

use super::Drift;

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// Equal.
    Agrees,
    /// The document is newer than the snapshot of the row, at this version.
    Ahead(Version),
    /// They differ, whatever is on its way.
    Drift(Drift),
    /// They differ unless an event is on its way.
    Suspect(Drift),
}

/// Compares a row, read first, with its document, read second.
pub(super) fn row_against_document(
    schema: &Schema,
    row: &State,
    document: Option<&Stored>,
) -> Finding {
    let Some(stored) = document else {
        return Finding::Suspect(Drift::Missing);
    };
    match stored.version.cmp(&row.version) {
        Ordering::Less => Finding::Suspect(match stored.document {
            Some(_) => Drift::Stale,
            None => Drift::Missing,
        }),
        Ordering::Greater => Finding::Ahead(stored.version),
        // A row without a head has never had an event: nothing will bring its document.
        Ordering::Equal if row.version == Version::NONE => Finding::Drift(Drift::Different),
        Ordering::Equal => match &stored.document {
            None => Finding::Drift(Drift::Missing),
            Some(document) if equal(schema, row, document) => Finding::Agrees,
            Some(_) => Finding::Drift(Drift::Different),
        },
    }
}

fn equal(schema: &Schema, row: &State, document: &Document) -> bool {
    let payload = row.payload.as_deref().unwrap_or("null");
    let Ok(mut wanted) = mapping::to_document(schema, &row.id, payload) else {
        return false;
    };
    wanted.insert("_id", row.id.as_str());
    // The order of fields is no difference: other writers may have another.
    wanted.len() == document.len()
        && wanted
            .iter()
            .all(|(name, value)| document.get(name) == Some(value))
}

/// Whether an aggregate has no row.
pub(super) fn has_no_row(state: Option<&State>) -> bool {
    state.is_none_or(|state| state.payload.is_none())
}

/// The head of an aggregate.
pub(super) fn head(state: Option<&State>) -> Version {
    state.map_or(Version::NONE, |state| state.version)
}
