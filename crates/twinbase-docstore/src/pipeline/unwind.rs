//! `$unwind`: a document for each element of an array. SQLite joins each document with the list of positions that
//! [`Unwind::positions`] gives for it, so the documents stream as before.

use bson::raw::{CString, RawBson, RawBsonRef, RawDocument, RawDocumentBuf};
use bson::{Bson, Document};

use crate::Error;
use crate::expression::field_name;
use crate::fault::Fault;
use crate::path::Path;

/// Stands for a value that is no array and is kept as it is.
const WHOLE: i64 = -1;
/// Stands for null, missing and an empty array, when they are to be kept.
const NOTHING: i64 = -2;

/// A parsed `$unwind`.
#[derive(Debug)]
pub(crate) struct Unwind {
    path: Path,
    index: Option<CString>,
    keeps_empty: bool,
}

impl Unwind {
    pub(crate) fn parse(spec: &Document) -> Result<Self, Error> {
        let mut unwind = None;
        let (mut index, mut keeps_empty) = (None, false);
        for (name, value) in spec {
            match (name.as_str(), value) {
                ("path", Bson::String(path)) => {
                    let path = path
                        .strip_prefix('$')
                        .ok_or_else(|| invalid(path, "a path begins with $"))?;
                    unwind = Some(Path::parse(path, "$unwind")?);
                }
                ("includeArrayIndex", Bson::String(field)) => {
                    index = Some(field_name(field, "$unwind")?);
                }
                ("preserveNullAndEmptyArrays", Bson::Boolean(keep)) => keeps_empty = *keep,
                (name, _) => return Err(invalid(name, "is no option, or has a wrong type")),
            }
        }
        Ok(Self {
            path: unwind.ok_or_else(|| invalid("path", "is needed"))?,
            index,
            keeps_empty,
        })
    }

    /// Reads the `$unwind` that is bound to a statement.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        Ok(Self::parse(&Document::from_reader(bytes)?)?)
    }

    /// The positions as a JSON array.
    pub(crate) fn positions(&self, document: &RawDocument) -> Result<String, Fault> {
        let count = match find(document, self.path.parts())? {
            Some(RawBsonRef::Array(array)) => array.into_iter().count(),
            None | Some(RawBsonRef::Null | RawBsonRef::Undefined) => 0,
            Some(_) => return Ok(format!("[{WHOLE}]")),
        };
        if count == 0 && self.keeps_empty {
            return Ok(format!("[{NOTHING}]"));
        }
        let positions: Vec<String> = (0..count).map(|at| at.to_string()).collect();
        Ok(format!("[{}]", positions.join(",")))
    }

    /// The document at a position.
    pub(crate) fn at(
        &self,
        document: &RawDocument,
        position: i64,
    ) -> Result<RawDocumentBuf, Fault> {
        let value = find(document, self.path.parts())?;
        let mut made = match (usize::try_from(position), value) {
            (Ok(at), Some(RawBsonRef::Array(array))) => {
                replace(document, self.path.parts(), array.get(at)?)?
            }
            // An empty array is left out, null stays.
            (_, Some(RawBsonRef::Array(_))) => replace(document, self.path.parts(), None)?,
            _ => document.to_owned(),
        };
        if let Some(index) = &self.index {
            let index_value = if position < 0 {
                RawBson::Null
            } else {
                RawBson::Int64(position)
            };
            let parts = [index.as_str().to_owned()];
            if made.get(index.as_str())?.is_some() {
                made = replace(&made, &parts, Some(index_value.as_raw_bson_ref()))?;
            } else {
                made.append(index, index_value);
            }
        }
        Ok(made)
    }
}

/// The value at a path through documents only; an array on the way hides what is below it.
fn find<'d>(document: &'d RawDocument, parts: &[String]) -> Result<Option<RawBsonRef<'d>>, Fault> {
    let Some((first, rest)) = parts.split_first() else {
        return Ok(None);
    };
    match document.get(first)? {
        Some(RawBsonRef::Document(inner)) if !rest.is_empty() => find(inner, rest),
        value if rest.is_empty() => Ok(value),
        _ => Ok(None),
    }
}

/// The document with another value, or none, at a path that is there.
fn replace(
    document: &RawDocument,
    parts: &[String],
    value: Option<RawBsonRef<'_>>,
) -> Result<RawDocumentBuf, Fault> {
    let mut made = RawDocumentBuf::new();
    for element in document {
        let (name, old) = element?;
        match (parts.split_first(), old) {
            (Some((first, [])), _) if first == name.as_str() => {
                if let Some(value) = value {
                    made.append(name, value);
                }
            }
            (Some((first, rest)), RawBsonRef::Document(inner)) if first == name.as_str() => {
                made.append(name, replace(inner, rest, value)?);
            }
            _ => made.append(name, old),
        }
    }
    Ok(made)
}

fn invalid(option: &str, reason: &str) -> Error {
    Error::InvalidQuery {
        operator: "$unwind".to_owned(),
        path: option.to_owned(),
        reason: reason.to_owned(),
    }
}
