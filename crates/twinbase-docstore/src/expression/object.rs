//! Documents as values.

use bson::raw::{CString, RawBson, RawBsonRef, cstr};
use bson::{RawDocument, RawDocumentBuf};

use super::Value;
use super::function::{Answer, Function, Null, Shape, Wrong, is_null, wrong};
use super::{elements, to_array};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "$mergeObjects",
        Shape::Listed(0, usize::MAX),
        Null::Passes,
        merge,
    ),
    Function::new(
        "$objectToArray",
        Shape::Listed(1, 1),
        Null::Spreads,
        to_pairs,
    ),
    Function::new(
        "$arrayToObject",
        Shape::Listed(1, 1),
        Null::Spreads,
        from_pairs,
    ),
];

/// Nulls count for nothing; a later field replaces the value of an earlier one in its place.
fn merge(arguments: &[Value]) -> Answer {
    let mut merged = RawDocumentBuf::new();
    for argument in arguments.iter().filter(|argument| !is_null(argument)) {
        let Some(RawBson::Document(document)) = argument else {
            return wrong("takes documents");
        };
        merged = merge_into(&merged, document)?;
    }
    Ok(Some(RawBson::Document(merged)))
}

/// The fields of two documents: those of the second win, in the place of the first.
pub(crate) fn merge_into(
    old: &RawDocument,
    new: &RawDocument,
) -> Result<RawDocumentBuf, bson::error::Error> {
    let mut merged = RawDocumentBuf::new();
    for element in old {
        let (name, value) = element?;
        merged.append(name, new.get(name.as_str())?.unwrap_or(value));
    }
    for element in new {
        let (name, value) = element?;
        if old.get(name.as_str())?.is_none() {
            merged.append(name, value);
        }
    }
    Ok(merged)
}

fn to_pairs(arguments: &[Value]) -> Answer {
    let Some(RawBson::Document(document)) = &arguments[0] else {
        return wrong("takes a document");
    };
    let mut pairs = Vec::new();
    for element in document {
        let (name, value) = element?;
        let mut pair = RawDocumentBuf::new();
        pair.append(cstr!("k"), name.as_str());
        pair.append(cstr!("v"), value);
        pairs.push(RawBson::Document(pair));
    }
    Ok(Some(to_array(pairs)))
}

/// From `[{k, v}, ..]` or `[[k, v], ..]`; the last value of a key wins, in the place of the first.
fn from_pairs(arguments: &[Value]) -> Answer {
    let Some(RawBson::Array(pairs)) = &arguments[0] else {
        return wrong("takes an array");
    };
    let mut made = RawDocumentBuf::new();
    for pair in elements(pairs)? {
        let (key, value) = match &pair {
            RawBson::Document(pair) => (
                pair.get("k")?.map(RawBson::from),
                pair.get("v")?.map(RawBson::from),
            ),
            RawBson::Array(pair) => {
                let mut values = elements(pair)?.into_iter();
                let pair = (values.next(), values.next());
                if values.next().is_some() {
                    return wrong("takes arrays of a key and a value");
                }
                pair
            }
            _ => return wrong("takes documents with k and v, or arrays of a key and a value"),
        };
        let (Some(RawBson::String(key)), Some(value)) = (key, value) else {
            return wrong("takes a string as key, and a value");
        };
        let name =
            CString::try_from(key).map_err(|_| Wrong::Invalid("a key holds no NUL".to_owned()))?;
        let mut field = RawDocumentBuf::new();
        field.append(&name, value);
        made = merge_into(&made, &field)?;
    }
    Ok(Some(RawBson::Document(made)))
}

/// Whether a value nests deeper than a number of levels; it looks no deeper than that itself.
pub(super) fn is_deeper(value: &RawBson, levels: usize) -> bool {
    deeper(value.as_raw_bson_ref(), levels)
}

fn deeper(value: RawBsonRef<'_>, levels: usize) -> bool {
    let inner: Box<dyn Iterator<Item = RawBsonRef<'_>>> = match value {
        RawBsonRef::Document(document) => {
            Box::new(document.iter().filter_map(|element| Some(element.ok()?.1)))
        }
        RawBsonRef::Array(array) => Box::new(array.into_iter().filter_map(Result::ok)),
        _ => return false,
    };
    let mut inner = inner;
    levels == 0 || inner.any(|value| deeper(value, levels - 1))
}
