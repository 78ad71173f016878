//! The walk of an aggregation expression `"$a.b"`: one value, with the values of documents inside an array gathered in an array.

use bson::RawArrayBuf;
use bson::error::Error;
use bson::raw::{RawArray, RawBson, RawBsonRef, RawDocument};

use super::field::field;

/// The value of a path, `None` when it is missing. Numeric parts are field names here, never positions.
pub(crate) fn evaluate(document: &RawDocument, parts: &[String]) -> Result<Option<RawBson>, Error> {
    let Some((first, rest)) = parts.split_first() else {
        return Ok(None);
    };
    match field(document, first)? {
        Some(value) if rest.is_empty() => Ok(Some(RawBson::from(value))),
        Some(RawBsonRef::Document(inner)) => evaluate(inner, rest),
        Some(RawBsonRef::Array(array)) => gather(array, rest).map(Some),
        None | Some(_) => Ok(None),
    }
}

fn gather(array: &RawArray, rest: &[String]) -> Result<RawBson, Error> {
    let mut gathered = RawArrayBuf::new();
    for element in array {
        if let RawBsonRef::Document(inner) = element?
            && let Some(value) = evaluate(inner, rest)?
        {
            gathered.push(value);
        }
    }
    Ok(RawBson::Array(gathered))
}
