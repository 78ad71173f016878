//! One row against one document, pure: what differs, and what kind of difference it is.

use bson::{Bson, Document};
use twinbase_core::{
    AggregateId, Entry, Schema, State, Version,
    mapping::{self, MapError},
    replica::Stored,
};

use super::Drift;

/// Where the version is in documents of MongoDB.
const SYNC: &str = "_sync";

/// The most fields that a finding names.
const MOST_FIELDS: usize = 20;

/// The longest name of a field that a finding shows: a document may have any.
const MAX_FIELD_CHARS: usize = 100;

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Equal.
    Agrees,
    /// The document is newer than the snapshot of the row, at this version.
    Ahead(Version),
    /// They differ, whatever is on its way, in these fields.
    Drift(Drift, Vec<String>),
    /// They differ unless an event is on its way.
    Suspect(Drift),
}

/// Compares the state of an aggregate, read first, with what the replica has of it, read second.
pub(crate) fn compare(schema: &Schema, state: Option<&State>, stored: Option<&Stored>) -> Verdict {
    let head = state.map_or(Version::NONE, |state| state.version);
    let payload = state.and_then(|state| state.payload.as_deref());
    match (payload, stored) {
        (None, None) => Verdict::Agrees,
        (Some(_), None) => Verdict::Suspect(Drift::Missing),
        (_, Some(stored)) if stored.version > head => Verdict::Ahead(stored.version),
        (None, Some(stored)) => match stored.document {
            None => Verdict::Agrees,
            Some(_) if head == Version::NONE => Verdict::Suspect(Drift::Extra),
            Some(_) => Verdict::Suspect(Drift::Resurrected),
        },
        (Some(_), Some(stored)) if stored.version < head => {
            Verdict::Suspect(match stored.document {
                Some(_) => Drift::Stale,
                None => Drift::Missing,
            })
        }
        (Some(payload), Some(stored)) => match &stored.document {
            // A tombstone at the version of a row that is there.
            None => Verdict::Drift(Drift::Missing, Vec::new()),
            Some(document) => match differing(schema, stored, payload, document) {
                // A row without a head has never had an event: nothing made its document.
                None if head == Version::NONE => Verdict::Drift(Drift::Different, Vec::new()),
                None => Verdict::Agrees,
                Some((drift, fields)) => Verdict::Drift(drift, fields),
            },
        },
    }
}

/// Whether row and document are there, at one version above none, and equal: the usual case, whichever was read first.
pub(super) fn agree(schema: &Schema, state: &State, stored: &Stored) -> bool {
    state.version == stored.version
        && matches!(compare(schema, Some(state), Some(stored)), Verdict::Agrees)
}

/// The same of a document as it is stored.
pub(super) fn is_same(schema: &Schema, row: &Entry<'_, str>, stored: &Entry<'_, [u8]>) -> bool {
    let (Some(payload), Some(bytes)) = (row.content, stored.content) else {
        return false;
    };
    if row.version != stored.version || row.version == Version::NONE {
        return false;
    }
    mapping::is_document(schema, row.id, payload, bytes) || {
        let id = row.aggregate_id();
        let wanted = mapping::to_document(schema, &id, payload);
        wanted.is_ok_and(|wanted| has_all(bytes, wanted, &id))
    }
}

/// The order of fields is no difference: other writers may have another.
fn has_all(bytes: &[u8], mut wanted: Document, id: &AggregateId) -> bool {
    let Ok(mut document) = Document::from_reader(bytes) else {
        return false;
    };
    document.remove(SYNC);
    wanted.insert("_id", id.as_str());
    wanted.len() == document.len()
        && wanted
            .iter()
            .all(|(name, of)| document.get(name) == Some(of))
}

/// What an aggregate is that the replica has in a version that the primary never had.
pub(super) fn impossible(state: Option<&State>, is_tombstone: bool) -> Drift {
    let is_row = state.is_some_and(|state| state.payload.is_some());
    match (is_row, is_tombstone) {
        (false, true) => Drift::OrphanTombstone,
        (false, false) if state.is_none() => Drift::Extra,
        _ => Drift::Ahead,
    }
}

/// The names of the fields that differ, the same for both sides; `None` when none does.
fn differing(
    schema: &Schema,
    stored: &Stored,
    payload: &str,
    document: &Document,
) -> Option<(Drift, Vec<String>)> {
    let mut wanted = match mapping::to_document(schema, &stored.id, payload) {
        Ok(wanted) => wanted,
        Err(error) => return Some((Drift::Different, field_of(&error).into_iter().collect())),
    };
    wanted.insert("_id", stored.id.as_str());
    // The order of fields is no difference: other writers may have another.
    if wanted.len() == document.len()
        && wanted
            .iter()
            .all(|(name, of)| document.get(name) == Some(of))
    {
        return None;
    }
    let of_row = wanted
        .iter()
        .filter(|(name, of)| document.get(name) != Some(of));
    let of_row: Vec<_> = of_row.map(|(name, _)| name).collect();
    let others = document.keys().filter(|name| !wanted.contains_key(name));
    let others: Vec<_> = others.collect();
    let is_retyped = |name: &&String| match (wanted.get(name.as_str()), document.get(name.as_str()))
    {
        (Some(one), Some(other)) => is_of_another_type(one, other),
        _ => false,
    };
    let drift = if others.is_empty() && of_row.iter().all(is_retyped) {
        Drift::Mistyped
    } else {
        Drift::Different
    };
    let names = of_row.into_iter().chain(others).take(MOST_FIELDS);
    let short = |name: &String| name.chars().take(MAX_FIELD_CHARS).collect();
    Some((drift, names.map(short).collect()))
}

fn is_of_another_type(one: &Bson, other: &Bson) -> bool {
    one.element_type() != other.element_type() && *one != Bson::Null && *other != Bson::Null
}

fn field_of(error: &MapError) -> Option<String> {
    match error {
        MapError::Absent { field }
        | MapError::Missing { field }
        | MapError::WrongType { field, .. } => Some(field.to_string()),
        MapError::NotAnObject | MapError::Unreadable { .. } | MapError::WrongId => None,
    }
}

/// Whether a document has exactly the fields that another collection's documents have.
pub(super) fn has_fields_of(schema: &Schema, document: &Document) -> bool {
    let mapped = schema.mapped().filter(|(field, _)| !field.key);
    let mut names: Vec<_> = mapped.map(|(_, name)| name).collect();
    names.push("_id");
    names.len() == document.len() && names.iter().all(|name| document.contains_key(name))
}
