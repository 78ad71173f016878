//! `$group`: from a document to the small row that is sorted and folded, which has the group's `_id` and the arguments of the accumulators.

use bson::Document;
use bson::error::Error as Damage;
use bson::raw::{CString, RawBson, RawBsonRef, RawDocument, RawDocumentBuf, cstr};

use super::accumulator::Accumulator;
use crate::Error;
use crate::expression::{Expression, field_name};
use crate::fault::Fault;
use crate::store::Clock;
use crate::value::{key_of, key_of_missing};

/// A parsed `$group`.
#[derive(Debug)]
pub(crate) struct Group {
    id: Expression,
    pub(super) fields: Vec<Field>,
}

/// One field of the result besides `_id`.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: CString,
    pub(super) accumulator: Accumulator,
    argument: Expression,
}

impl Group {
    pub(crate) fn parse(spec: &Document) -> Result<Self, Error> {
        let id = spec.get("_id").ok_or_else(|| invalid("", "needs an _id"))?;
        let mut fields = Vec::new();
        for (name, value) in spec.iter().filter(|(name, _)| *name != "_id") {
            let accumulator = value
                .as_document()
                .ok_or_else(|| invalid(name, "takes an accumulator"))?;
            let mut operators = accumulator.iter();
            let (Some((operator, argument)), None) = (operators.next(), operators.next()) else {
                return Err(invalid(name, "takes exactly one accumulator"));
            };
            let place = format!("$group.{name}");
            let (accumulator, argument) = Accumulator::parse(operator, argument, &place)?;
            fields.push(Field {
                name: field_name(name, "$group")?,
                accumulator,
                argument,
            });
        }
        Ok(Self {
            id: Expression::parse(id, "$group._id")?,
            fields,
        })
    }

    /// Reads the `$group` that is bound to a statement.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        Ok(Self::parse(&Document::from_reader(bytes)?)?)
    }

    /// Whether an accumulator's result depends on the order of the documents.
    pub(super) fn depends_on_order(&self) -> bool {
        self.fields
            .iter()
            .any(|field| field.accumulator.depends_on_order())
    }

    /// With a constant id all documents are one group, and nothing needs to be sorted.
    pub(crate) fn has_constant_id(&self) -> bool {
        self.id.is_constant()
    }

    /// The row of a document: `_id` and the arguments by their numbers; what is missing is left out.
    pub(crate) fn row(
        &self,
        document: &RawDocument,
        clock: &Clock,
    ) -> Result<RawDocumentBuf, Fault> {
        let mut row = RawDocumentBuf::new();
        // A missing id is the group of null.
        row.append(
            cstr!("_id"),
            self.id.evaluate(document, clock)?.unwrap_or(RawBson::Null),
        );
        for (at, field) in self.fields.iter().enumerate() {
            if let Some(argument) = field.argument.evaluate(document, clock)? {
                row.append(argument_name(at)?, argument);
            }
        }
        Ok(row)
    }

    /// What rows of one group have in common.
    pub(crate) fn key(row: &RawDocument) -> Result<Vec<u8>, Damage> {
        row.get("_id")?.map_or_else(|| Ok(key_of_missing()), key_of)
    }

    /// The arguments in a row, in one walk over it.
    pub(super) fn arguments(
        row: &RawDocument,
        count: usize,
    ) -> Result<Vec<Option<RawBsonRef<'_>>>, Damage> {
        let mut arguments = vec![None; count];
        for element in row {
            let (name, value) = element?;
            let place = name.as_str().parse::<usize>().ok();
            if let Some(argument) = place.and_then(|at| arguments.get_mut(at)) {
                *argument = Some(value);
            }
        }
        Ok(arguments)
    }
}

fn argument_name(at: usize) -> Result<CString, Damage> {
    CString::try_from(at.to_string())
}

fn invalid(field: &str, reason: &str) -> Error {
    Error::InvalidQuery {
        operator: "$group".to_owned(),
        path: field.to_owned(),
        reason: reason.to_owned(),
    }
}
