//! The walk of a sort and of an index: a document with arrays has several keys, and the smallest or largest one counts.

use bson::error::Error;
use bson::raw::{RawArray, RawBsonRef, RawDocument};

use super::field::field;
use crate::value::{Order, key_of, key_of_missing};

/// The key by which an ascending sort places a document.
pub(crate) fn smallest_key(
    document: &RawDocument,
    parts: &[String],
    order: &Order,
) -> Result<Vec<u8>, Error> {
    extreme(document, parts, order, |new, old| new < old)
}

/// The key by which a descending sort places a document.
pub(crate) fn largest_key(
    document: &RawDocument,
    parts: &[String],
    order: &Order,
) -> Result<Vec<u8>, Error> {
    extreme(document, parts, order, |new, old| new > old)
}

/// Whether an array lies on the path, its end included: only then can a document have more than one key.
pub(crate) fn traverses_array(document: &RawDocument, parts: &[String]) -> Result<bool, Error> {
    Ok(matches!(reach(document, parts)?, Reached::Array))
}

/// What a path leads to without entering an array.
pub(crate) enum Reached<'d> {
    Value(RawBsonRef<'d>),
    Missing,
    /// There is an array on the way or at the end.
    Array,
}

/// Walks a path once; most documents have no array on it, and then this is all that there is to know.
pub(crate) fn reach<'d>(document: &'d RawDocument, parts: &[String]) -> Result<Reached<'d>, Error> {
    let mut document = document;
    for (at, part) in parts.iter().enumerate() {
        match field(document, part)? {
            Some(RawBsonRef::Array(_)) => return Ok(Reached::Array),
            Some(value) if at + 1 == parts.len() => return Ok(Reached::Value(value)),
            Some(RawBsonRef::Document(inner)) => document = inner,
            _ => break,
        }
    }
    Ok(Reached::Missing)
}

fn extreme(
    document: &RawDocument,
    parts: &[String],
    order: &Order,
    better: fn(&[u8], &[u8]) -> bool,
) -> Result<Vec<u8>, Error> {
    let mut best: Option<Vec<u8>> = None;
    in_document(document, parts, &mut |value| {
        let key = value.map_or_else(|| Ok(key_of_missing()), |value| key_of(value, order))?;
        if best.as_ref().is_none_or(|old| better(&key, old)) {
            best = Some(key);
        }
        Ok(())
    })?;
    Ok(best.unwrap_or_else(key_of_missing))
}

type Emit<'e> = dyn FnMut(Option<RawBsonRef<'_>>) -> Result<(), Error> + 'e;

fn in_document(document: &RawDocument, parts: &[String], emit: &mut Emit<'_>) -> Result<(), Error> {
    let mut document = document;
    for (at, part) in parts.iter().enumerate() {
        let rest = &parts[at + 1..];
        match field(document, part)? {
            Some(RawBsonRef::Array(array)) => return in_array(array, rest, emit),
            Some(value) if rest.is_empty() => return emit(Some(value)),
            Some(RawBsonRef::Document(inner)) => document = inner,
            _ => break,
        }
    }
    emit(None)
}

/// An empty array at the end sorts below null; anywhere else, what cannot be entered counts as null.
fn in_array(array: &RawArray, rest: &[String], emit: &mut Emit<'_>) -> Result<(), Error> {
    if array.is_empty() {
        return emit(rest.is_empty().then_some(RawBsonRef::Undefined));
    }
    for element in array {
        match element? {
            value if rest.is_empty() => emit(Some(value))?,
            RawBsonRef::Document(inner) => in_document(inner, rest, emit)?,
            _ => emit(None)?,
        }
    }
    Ok(())
}
