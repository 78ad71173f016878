//! `$addFields`, `$set`, `$replaceRoot` and `$replaceWith`: one document from another.

use bson::Bson;
use bson::raw::{CString, RawBson, RawDocument, RawDocumentBuf};

use crate::Error;
use crate::expression::{Expression, field_name};
use crate::fault::Fault;
use crate::store::Clock;

/// A parsed stage.
#[derive(Debug)]
pub(crate) enum Reshape {
    /// The fields with their values; a field that exists is replaced in its place, and left out if the value is missing.
    Set(Vec<(CString, Expression)>),
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
                fields
                    .iter()
                    .map(|(field, value)| Self::field(place, field, value))
                    .collect::<Result<_, _>>()
                    .map(Self::Set)
            }
        }
    }

    /// Fields below others, which MongoDB merges with what is there, are left out.
    fn field(place: &str, field: &str, value: &Bson) -> Result<(CString, Expression), Error> {
        let nested = value
            .as_document()
            .is_some_and(|d| !d.keys().any(|key| key.starts_with('$')));
        if nested || field.contains('.') {
            return Err(Error::Unsupported {
                operator: "a computed field below another".to_owned(),
                path: format!("{place}.{field}"),
            });
        }
        let below = format!("{place}.{field}");
        Ok((field_name(field, place)?, Expression::parse(value, &below)?))
    }

    pub(crate) fn apply(
        &self,
        document: &RawDocument,
        clock: &Clock,
    ) -> Result<RawDocumentBuf, Fault> {
        match self {
            Self::Set(fields) => set(document, fields, clock),
            Self::Replace(root) => match root.evaluate(document, clock)? {
                Some(RawBson::Document(root)) => Ok(root),
                _ => Err(invalid("$replaceRoot", "needs a document to replace with").into()),
            },
        }
    }
}

fn set(
    document: &RawDocument,
    fields: &[(CString, Expression)],
    clock: &Clock,
) -> Result<RawDocumentBuf, Fault> {
    // All values are those of the document as it came.
    let mut values = Vec::with_capacity(fields.len());
    for (name, expression) in fields {
        values.push((name, expression.evaluate(document, clock)?));
    }
    let mut made = RawDocumentBuf::new();
    for element in document {
        let (name, old) = element?;
        match values.iter().find(|(own, _)| own.as_str() == name.as_str()) {
            None => made.append(name, old),
            Some((_, Some(new))) => made.append(name, new),
            Some((_, None)) => {}
        }
    }
    for (name, value) in values {
        if let (Some(value), None) = (value, document.get(name.as_str())?) {
            made.append(name, value);
        }
    }
    Ok(made)
}

fn invalid(operator: &str, reason: &str) -> Error {
    Error::InvalidQuery {
        operator: operator.to_owned(),
        path: String::new(),
        reason: reason.to_owned(),
    }
}
