//! `$unwind`: a document for each element of an array.

use std::borrow::Cow;

use bson::raw::{CString, RawBson, RawBsonRef, RawDocument, RawDocumentBuf};
use bson::{Bson, Document};

use crate::Error;
use crate::expression::field_name;
use crate::fault::Fault;
use crate::path::Path;
use crate::pipeline::stream::{Doc, Flow, Out, Query, Stage, Step};

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

    /// The document with another value at the path and, if asked for, the position.
    fn made(
        &self,
        document: &RawDocument,
        value: Option<RawBsonRef<'_>>,
        position: Option<i64>,
    ) -> Result<RawDocumentBuf, Fault> {
        let mut made = replace(document, self.path.parts(), value)?;
        if let Some(index) = &self.index {
            let position = position.map_or(RawBson::Null, RawBson::Int64);
            if made.get(index.as_str())?.is_some() {
                let parts = [index.as_str().to_owned()];
                made = replace(&made, &parts, Some(position.as_raw_bson_ref()))?;
            } else {
                made.append(index, position);
            }
        }
        Ok(made)
    }
}

struct Unwinding<'r>(&'r Unwind);

impl Stage for Unwind {
    fn start<'r>(&'r self, _: &'r Query<'r>) -> Result<Box<dyn Step + 'r>, Fault> {
        Ok(Box::new(Unwinding(self)))
    }
}

impl Step for Unwinding<'_> {
    fn take(&mut self, document: Doc<'_>, out: &mut Out<'_, '_>) -> Result<Flow, Fault> {
        let stage = self.0;
        let value = find(&document, stage.path.parts())?;
        let mut position = 0;
        match value {
            Some(RawBsonRef::Array(array)) => {
                for element in array {
                    let made = stage.made(&document, Some(element?), Some(position))?;
                    position += 1;
                    if out.give(Cow::Owned(made))?.is_break() {
                        return Ok(Flow::Break(()));
                    }
                }
                // An empty array is left out where its document is kept.
                if position == 0 && stage.keeps_empty {
                    return out.give(Cow::Owned(stage.made(&document, None, None)?));
                }
                Ok(Flow::Continue(()))
            }
            None | Some(RawBsonRef::Null | RawBsonRef::Undefined) if !stage.keeps_empty => {
                Ok(Flow::Continue(()))
            }
            // What is no array stays as it is.
            value => out.give(Cow::Owned(stage.made(&document, value, None)?)),
        }
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
