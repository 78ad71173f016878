//! The expressions of `$group` and `$project`: field paths, literals, and documents of them. Every operator but `$literal` is refused by name.

use bson::error::Error as Damage;
use bson::raw::{CString, RawBson, RawDocument, RawDocumentBuf};
use bson::{Bson, Document};

use crate::Error;
use crate::path::{Path, evaluate};

/// A parsed expression.
#[derive(Debug, Clone)]
pub(crate) enum Expression {
    Field(Path),
    Literal(RawBson),
    Document(Vec<(CString, Expression)>),
}

impl Expression {
    /// `place` is where the expression stands, for errors.
    pub(crate) fn parse(value: &Bson, place: &str) -> Result<Self, Error> {
        match value {
            Bson::String(text) if text.starts_with("$$") => Err(unsupported(text, place)),
            Bson::String(text) => match text.strip_prefix('$') {
                Some(path) => Ok(Self::Field(Path::parse(path, place)?)),
                None => literal(value, place),
            },
            Bson::Document(document) => Self::document(document, place),
            Bson::Array(_) => Err(unsupported("an array expression", place)),
            value => literal(value, place),
        }
    }

    fn document(document: &Document, place: &str) -> Result<Self, Error> {
        if let Some((operator, value)) = document.iter().find(|(name, _)| name.starts_with('$')) {
            return match operator.as_str() {
                "$literal" if document.len() == 1 => literal(value, place),
                operator => Err(unsupported(operator, place)),
            };
        }
        let mut fields = Vec::with_capacity(document.len());
        for (name, value) in document {
            fields.push((
                field_name(name, place)?,
                Self::parse(value, &format!("{place}.{name}"))?,
            ));
        }
        Ok(Self::Document(fields))
    }

    /// Whether it has the same value for every document.
    pub(crate) fn is_constant(&self) -> bool {
        match self {
            Self::Field(_) => false,
            Self::Literal(_) => true,
            Self::Document(fields) => fields.iter().all(|(_, field)| field.is_constant()),
        }
    }

    /// The value for a document; `None` is a missing field, which a document expression leaves out.
    pub(crate) fn evaluate(&self, document: &RawDocument) -> Result<Option<RawBson>, Damage> {
        match self {
            Self::Field(path) => evaluate(document, path.parts()),
            Self::Literal(value) => Ok(Some(value.clone())),
            Self::Document(fields) => {
                let mut value = RawDocumentBuf::new();
                for (name, field) in fields {
                    if let Some(field) = field.evaluate(document)? {
                        value.append(name, field);
                    }
                }
                Ok(Some(RawBson::Document(value)))
            }
        }
    }
}

/// The name of a field that a stage makes: not a path, not an operator.
pub(crate) fn field_name(name: &str, place: &str) -> Result<CString, Error> {
    let refuse = || Error::InvalidQuery {
        operator: "a field name".to_owned(),
        path: place.to_owned(),
        reason: format!("{name:?} is empty, has a dot or NUL, or starts with $"),
    };
    if name.is_empty() || name.contains('.') || name.starts_with('$') {
        return Err(refuse());
    }
    CString::try_from(name).map_err(|_| refuse())
}

fn literal(value: &Bson, place: &str) -> Result<Expression, Error> {
    RawBson::try_from(value.clone())
        .map(Expression::Literal)
        .map_err(|_| Error::InvalidQuery {
            operator: "a literal".to_owned(),
            path: place.to_owned(),
            reason: "the value cannot be written as BSON".to_owned(),
        })
}

fn unsupported(operator: &str, place: &str) -> Error {
    Error::Unsupported {
        operator: operator.to_owned(),
        path: place.to_owned(),
    }
}
