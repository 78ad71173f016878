//! Documents as values.

use std::collections::HashMap;

use bson::error::Error as Damage;
use bson::raw::{CString, RawBson, RawBsonRef, cstr};
use bson::{RawDocument, RawDocumentBuf};

use super::bounds::to_array;
use super::function::{Answer, Function, Null, Shape, Wrong, is_null, wrong};
use super::{Value, elements};

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
    Function::new(
        "$setField",
        Shape::Named(3, &["field", "input", "value"]),
        Null::Passes,
        |a| set_field(&a[0], &a[1], a[2].as_ref()),
    ),
    Function::new(
        "$unsetField",
        Shape::Named(2, &["field", "input"]),
        Null::Passes,
        |a| set_field(&a[0], &a[1], None),
    ),
];

/// Of the name of a field and a document. It is not in the table, because the document has a default.
pub(super) static GET_FIELD: Function =
    Function::new("$getField", Shape::Listed(2, 2), Null::Passes, |a| {
        let name = field(&a[0])?;
        match &a[1] {
            Some(RawBson::Document(document)) => Ok(document.get(&name)?.map(RawBson::from)),
            Some(RawBson::Null | RawBson::Undefined) => Ok(Some(RawBson::Null)),
            _ => Ok(None),
        }
    });

/// The name of a field, with dots and dollars as they are.
fn field(value: &Value) -> Result<String, Wrong> {
    match value {
        Some(RawBson::String(name)) => Ok(name.clone()),
        _ => wrong("takes a string as field"),
    }
}

/// The document with another value of a field in its place, or at the end; without the field where the value is missing.
fn set_field(name: &Value, input: &Value, value: Option<&RawBson>) -> Answer {
    let name = key_name(field(name)?)?;
    if is_null(input) {
        return Ok(Some(RawBson::Null));
    }
    let Some(RawBson::Document(document)) = input else {
        return wrong("takes a document as input");
    };
    let mut made = RawDocumentBuf::new();
    let mut left = value;
    for element in document {
        let (own, old) = element?;
        if own.as_str() != name.as_str() {
            made.append(own, old);
        } else if let Some(value) = left.take() {
            made.append(own, value.as_raw_bson_ref());
        }
    }
    if let Some(value) = left {
        made.append(&name, value.as_raw_bson_ref());
    }
    Ok(Some(RawBson::Document(made)))
}

fn key_name(name: String) -> Result<CString, Wrong> {
    CString::try_from(name).map_err(|_| Wrong::Invalid("a key holds no NUL".to_owned()))
}

/// Fields in the order in which their names were first met; the last value of a name wins.
#[derive(Default)]
struct Fields {
    fields: Vec<(CString, RawBson)>,
    places: HashMap<CString, usize>,
}

impl Fields {
    fn put(&mut self, name: CString, value: RawBson) {
        if let Some(place) = self.places.get(&name) {
            self.fields[*place].1 = value;
        } else {
            self.places.insert(name.clone(), self.fields.len());
            self.fields.push((name, value));
        }
    }

    fn put_all(&mut self, document: &RawDocument) -> Result<(), Damage> {
        for element in document {
            let (name, value) = element?;
            self.put(name.to_owned(), value.into());
        }
        Ok(())
    }

    fn finish(self) -> RawDocumentBuf {
        let mut document = RawDocumentBuf::new();
        for (name, value) in self.fields {
            document.append(name, value);
        }
        document
    }
}

/// Nulls count for nothing; a later field replaces the value of an earlier one in its place.
fn merge(arguments: &[Value]) -> Answer {
    let mut merged = Fields::default();
    for argument in arguments.iter().filter(|argument| !is_null(argument)) {
        let Some(RawBson::Document(document)) = argument else {
            return wrong("takes documents");
        };
        merged.put_all(document)?;
    }
    Ok(Some(RawBson::Document(merged.finish())))
}

/// The fields of two documents: those of the second win, in the place of the first.
pub(crate) fn merge_into(old: &RawDocument, new: &RawDocument) -> Result<RawDocumentBuf, Damage> {
    let mut merged = Fields::default();
    merged.put_all(old)?;
    merged.put_all(new)?;
    Ok(merged.finish())
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
    Ok(Some(to_array(pairs)?))
}

/// From `[{k, v}, ..]` or `[[k, v], ..]`; the last value of a key wins, in the place of the first.
fn from_pairs(arguments: &[Value]) -> Answer {
    let Some(RawBson::Array(pairs)) = &arguments[0] else {
        return wrong("takes an array");
    };
    let mut made = Fields::default();
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
        made.put(key_name(key)?, value);
    }
    Ok(Some(RawBson::Document(made.finish())))
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
