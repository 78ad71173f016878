//! Walks through a query and finds what is not a reader's to name.

use bson::{Bson, Document};
use twinbase_core::ReplicaError;

use super::{SYNC, refused};

/// MongoDB stores nothing deeper than this; a query has no reason to be.
const MAX_DEPTH: usize = 100;

/// Where in a query a value stands, which decides what a text in it means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A filter: texts are values.
    Filter,
    /// An aggregation expression: texts that start with `$` are paths.
    Expression,
    /// The projection of a find, whose expressions see the stored document, `_sync` included.
    Projection,
    /// A value that means nothing but itself.
    Literal,
}

pub(super) fn document(document: &Document, place: Place) -> Result<(), ReplicaError> {
    fields(document, place, 0)
}

pub(super) fn value(value: &Bson, place: Place) -> Result<(), ReplicaError> {
    any(value, place, 0)
}

fn fields(document: &Document, place: Place, depth: usize) -> Result<(), ReplicaError> {
    if depth > MAX_DEPTH {
        return Err(refused(format!(
            "it is nested deeper than {MAX_DEPTH} levels"
        )));
    }
    for (name, inner) in document {
        if place != Place::Literal {
            check_name(name)?;
        }
        if name == "$getField" {
            check_get_field(inner)?;
        }
        let place = match (name.as_str(), place) {
            ("$literal", _) => Place::Literal,
            ("$expr", Place::Filter) => Place::Expression,
            _ => place,
        };
        any(inner, place, depth + 1)?;
    }
    Ok(())
}

fn any(value: &Bson, place: Place, depth: usize) -> Result<(), ReplicaError> {
    match value {
        Bson::Document(inner) => fields(inner, place, depth),
        Bson::Array(values) => values.iter().try_for_each(|v| any(v, place, depth + 1)),
        Bson::String(text) => check_text(text, place),
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), ReplicaError> {
    match name {
        "$where" | "$function" | "$accumulator" => {
            Err(refused(format!("`{name}` runs code on the server")))
        }
        _ if is_sync(name) => Err(reserved()),
        _ => Ok(()),
    }
}

fn check_get_field(operand: &Bson) -> Result<(), ReplicaError> {
    let field = match operand {
        Bson::Document(operand) => operand.get_str("field").ok(),
        other => other.as_str(),
    };
    match field {
        Some(SYNC) => Err(reserved()),
        _ => Ok(()),
    }
}

fn check_text(text: &str, place: Place) -> Result<(), ReplicaError> {
    if !matches!(place, Place::Expression | Place::Projection) {
        return Ok(());
    }
    let whole = matches!(text, "$$ROOT" | "$$CURRENT");
    if whole && place == Place::Projection {
        return Err(refused(format!(
            "`{text}` in a projection would show `{SYNC}`; name the fields"
        )));
    }
    let path = ["$$ROOT.", "$$CURRENT.", "$"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix));
    match path {
        Some(path) if is_sync(path) => Err(reserved()),
        _ => Ok(()),
    }
}

fn is_sync(path: &str) -> bool {
    path.split('.').next() == Some(SYNC)
}

fn reserved() -> ReplicaError {
    refused(format!("`{SYNC}` is reserved"))
}
