//! `$addFields`, `$set`, `$replaceRoot` and `$replaceWith`: one document from another.

use bson::Bson;
use bson::raw::{RawBson, RawDocument, RawDocumentBuf};

use crate::Error;
use crate::expression::{Context, Expression};
use crate::fault::Fault;
use crate::projection::{Dialect, Projection};

/// A parsed stage.
#[derive(Debug)]
pub(crate) enum Reshape {
    /// Computed fields beside all that are there.
    Set(Projection),
    Replace(Expression),
}

impl Reshape {
    /// `place` is the name of the stage.
    pub(crate) fn parse(place: &str, value: &Bson) -> Result<Self, Error> {
        match place {
            "$replaceWith" => Expression::parse(value, place).map(Self::Replace),
            "$replaceRoot" => match value.as_document().map(|d| (d.len(), d.get("newRoot"))) {
                Some((1, Some(root))) => Expression::parse(root, place).map(Self::Replace),
                _ => Err(invalid(place, "takes newRoot")),
            },
            _ => {
                let fields = value
                    .as_document()
                    .filter(|fields| !fields.is_empty())
                    .ok_or_else(|| invalid(place, "takes fields, at least one"))?;
                Projection::new(fields, Dialect::AddFields).map(Self::Set)
            }
        }
    }

    pub(crate) fn apply(
        &self,
        document: &RawDocument,
        context: Context<'_>,
    ) -> Result<RawDocumentBuf, Fault> {
        match self {
            Self::Set(fields) => fields.apply(document, context),
            Self::Replace(root) => match root.evaluate(document, context)? {
                Some(RawBson::Document(root)) => Ok(root),
                _ => Err(invalid("$replaceRoot", "needs a document to replace with").into()),
            },
        }
    }
}

fn invalid(operator: &str, reason: &str) -> Error {
    Error::InvalidQuery {
        operator: operator.to_owned(),
        path: String::new(),
        reason: reason.to_owned(),
    }
}
