//! The walk of `distinct`: the values of a path, arrays on the way and at its end unwound.

use bson::error::Error;
use bson::raw::{RawArray, RawBsonRef, RawDocument};

use super::field::field;
use super::is_position;

/// Calls `found` with every value: of an array at the end with its elements, of one on the way with what its documents have.
/// A numeric part behind an array is a position, and only that. What is missing gives nothing.
pub(crate) fn expand<'a, E: From<Error>>(
    document: &'a RawDocument,
    parts: &[String],
    found: &mut dyn FnMut(RawBsonRef<'a>) -> Result<(), E>,
) -> Result<(), E> {
    let Some((first, rest)) = parts.split_first() else {
        return Ok(());
    };
    match field(document, first)? {
        Some(RawBsonRef::Array(array)) => elements(array, rest, found),
        Some(value) if rest.is_empty() => found(value),
        Some(RawBsonRef::Document(inner)) => expand(inner, rest, found),
        None | Some(_) => Ok(()),
    }
}

fn elements<'a, E: From<Error>>(
    array: &'a RawArray,
    rest: &[String],
    found: &mut dyn FnMut(RawBsonRef<'a>) -> Result<(), E>,
) -> Result<(), E> {
    // An array is stored as a document whose fields are named by positions.
    if rest.first().is_some_and(|part| is_position(part)) {
        return expand(RawDocument::from_bytes(array.as_bytes())?, rest, found);
    }
    for element in array {
        match element? {
            value if rest.is_empty() => found(value)?,
            RawBsonRef::Document(inner) => expand(inner, rest, found)?,
            _ => {}
        }
    }
    Ok(())
}
