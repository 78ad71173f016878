//! The walk of a filter: every value that a path can mean, arrays entered implicitly and by position.

use bson::error::Error;
use bson::raw::{RawArray, RawBsonRef, RawDocument};

use super::field::field;
use super::is_position;

/// What an array at the end of a path gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtEnd {
    /// Its elements, then itself.
    Elements,
    /// Itself only.
    Whole,
}

/// Calls `found` with every value of the path (`None` for a place where it is missing) until it answers true; whether it did.
///
/// An array at the end gives its elements and then itself; an array on the way gives what its documents give, and a
/// numeric part also means the element at that position. An array on the way without documents gives nothing, not even `None`.
pub(crate) fn visit<'a>(
    document: &'a RawDocument,
    parts: &[String],
    found: &mut dyn FnMut(Option<RawBsonRef<'a>>) -> bool,
) -> Result<bool, Error> {
    visit_to(document, parts, AtEnd::Elements, found)
}

/// The same walk, with a choice of what an array at the end gives.
pub(crate) fn visit_to<'a>(
    document: &'a RawDocument,
    parts: &[String],
    at_end: AtEnd,
    found: &mut dyn FnMut(Option<RawBsonRef<'a>>) -> bool,
) -> Result<bool, Error> {
    let mut document = document;
    for (at, part) in parts.iter().enumerate() {
        let rest = &parts[at + 1..];
        match field(document, part)? {
            Some(RawBsonRef::Array(array)) => return visit_array(array, rest, at_end, found),
            Some(value) if rest.is_empty() => return Ok(found(Some(value))),
            Some(RawBsonRef::Document(inner)) => document = inner,
            None | Some(_) => break,
        }
    }
    Ok(found(None))
}

fn visit_array<'a>(
    array: &'a RawArray,
    rest: &[String],
    at_end: AtEnd,
    found: &mut dyn FnMut(Option<RawBsonRef<'a>>) -> bool,
) -> Result<bool, Error> {
    let Some((next, after)) = rest.split_first() else {
        let elements = array.into_iter().filter(|_| at_end == AtEnd::Elements);
        for element in elements {
            if found(Some(element?)) {
                return Ok(true);
            }
        }
        return Ok(found(Some(RawBsonRef::Array(array))));
    };
    let position = if is_position(next) {
        Some(next.as_str())
    } else {
        None
    };
    for (index, element) in array.into_iter().enumerate() {
        let element = element?;
        if let RawBsonRef::Document(inner) = element
            && visit_to(inner, rest, at_end, found)?
        {
            return Ok(true);
        }
        if position.is_some_and(|p| p == index.to_string())
            && visit_element(element, after, at_end, found)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The element that a position names; at the end of the path an array there is not entered again.
fn visit_element<'a>(
    element: RawBsonRef<'a>,
    after: &[String],
    at_end: AtEnd,
    found: &mut dyn FnMut(Option<RawBsonRef<'a>>) -> bool,
) -> Result<bool, Error> {
    match element {
        value if after.is_empty() => Ok(found(Some(value))),
        RawBsonRef::Document(inner) => visit_to(inner, after, at_end, found),
        RawBsonRef::Array(inner) => visit_array(inner, after, at_end, found),
        _ => Ok(false),
    }
}
