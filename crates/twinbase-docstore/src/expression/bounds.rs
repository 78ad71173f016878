//! How large and how deep a value may become on the way, so that no expression grows without end.

use bson::raw::{RawArrayBuf, RawBson};

use super::object;
use crate::Error;
use crate::fault::{Fault, LEVELS};

/// MongoDB's limit for a document, which here holds for every value on the way.
pub(crate) const MAX_VALUE_BYTES: usize = 16 * 1024 * 1024;

/// MongoDB's limit for the nesting of values in a query; `$reduce` and many stages could otherwise build what ends the process.
const MAX_VALUE_DEPTH: usize = 180;

/// Fails for a value of more bytes than a value may have.
pub(crate) fn check_bytes(bytes: usize) -> Result<(), Fault> {
    if bytes > MAX_VALUE_BYTES {
        return Err(Error::ResultTooLarge {
            limit_bytes: MAX_VALUE_BYTES,
        }
        .into());
    }
    Ok(())
}

/// The bytes of a value that can have many.
pub(super) fn bytes(value: &RawBson) -> usize {
    match value {
        RawBson::Document(document) => document.as_bytes().len(),
        RawBson::Array(array) => array.as_bytes().len(),
        RawBson::String(text) => text.len(),
        _ => 0,
    }
}

/// The value, if it is neither too large nor too deep.
pub(crate) fn sized(value: RawBson) -> Result<RawBson, Fault> {
    check_bytes(bytes(&value))?;
    if object::is_deeper(&value, MAX_VALUE_DEPTH) {
        return Err(Error::QueryTooLarge {
            what: LEVELS,
            limit: MAX_VALUE_DEPTH,
        }
        .into());
    }
    Ok(value)
}

/// An array that is built element by element and stops at the limit.
#[derive(Default)]
pub(super) struct Growing(RawArrayBuf);

impl Growing {
    pub(super) fn push(&mut self, value: RawBson) -> Result<(), Fault> {
        self.0.push(value);
        check_bytes(self.0.as_bytes().len())
    }

    pub(super) fn finish(self) -> RawBson {
        RawBson::Array(self.0)
    }
}

/// An array of values.
pub(super) fn to_array(values: impl IntoIterator<Item = RawBson>) -> Result<RawBson, Fault> {
    let mut array = Growing::default();
    for value in values {
        array.push(value)?;
    }
    Ok(array.finish())
}
