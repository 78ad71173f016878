//! `$sortArray`: by the elements themselves, or by fields of documents.

use bson::Bson;
use bson::raw::{RawBson, RawBsonRef, RawDocument};

use super::bounds::to_array;
use super::form::field;
use super::function::is_null;
use super::parse::{Parser, invalid, unsupported};
use super::{Expression, Scope, Value, elements};
use crate::Error;
use crate::fault::Fault;
use crate::path::Path;
use crate::value::{Order, key_of, key_of_missing};

#[derive(Debug, Clone)]
pub(crate) struct SortArray {
    input: Expression,
    by: By,
    place: String,
}

#[derive(Debug, Clone)]
enum By {
    Element(Way),
    Fields(Vec<(Path, Way)>),
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Ascending,
    Descending,
}

impl Way {
    fn of(value: &Bson, place: &str) -> Result<Self, Error> {
        match value {
            Bson::Int32(1) | Bson::Int64(1) | Bson::Double(1.0) => Ok(Self::Ascending),
            Bson::Int32(-1) | Bson::Int64(-1) | Bson::Double(-1.0) => Ok(Self::Descending),
            _ => Err(invalid("$sortArray", place, "sorts by 1 or -1")),
        }
    }

    /// The key of an element in this order, which ends itself, so that a further one can follow.
    fn apply(self, mut key: Vec<u8>) -> Vec<u8> {
        if matches!(self, Self::Descending) {
            for byte in &mut key {
                *byte = !*byte;
            }
        }
        key
    }
}

pub(super) fn parse(parser: &mut Parser, value: &Bson, place: &str) -> Result<SortArray, Error> {
    let operator = "$sortArray";
    let names = value
        .as_document()
        .into_iter()
        .flat_map(bson::Document::keys);
    for name in names {
        if name != "input" && name != "sortBy" {
            return Err(unsupported(&format!("{operator} with {name}"), place));
        }
    }
    let input = parser.expression(field(operator, value, "input", place)?, place)?;
    let by = match field(operator, value, "sortBy", place)? {
        Bson::Document(fields) if fields.is_empty() => {
            return Err(invalid(operator, place, "sorts by at least one field"));
        }
        Bson::Document(fields) => {
            let mut by = Vec::with_capacity(fields.len());
            for (name, order) in fields {
                by.push((Path::parse(name, place)?, Way::of(order, place)?));
            }
            By::Fields(by)
        }
        order => By::Element(Way::of(order, place)?),
    };
    Ok(SortArray {
        input,
        by,
        place: place.to_owned(),
    })
}

impl SortArray {
    pub(super) fn value(&self, scope: &mut Scope<'_>) -> Result<Value, Fault> {
        let input = match self.input.value(scope)? {
            value if is_null(&value) => return Ok(Some(RawBson::Null)),
            Some(RawBson::Array(array)) => elements(&array)?,
            _ => return Err(invalid("$sortArray", &self.place, "sorts arrays").into()),
        };
        let mut keyed = Vec::with_capacity(input.len());
        for element in input {
            scope.step()?;
            keyed.push((self.key(&element, scope.clock.order())?, element));
        }
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        to_array(keyed.into_iter().map(|(_, element)| element)).map(Some)
    }

    fn key(&self, element: &RawBson, values: &Order) -> Result<Vec<u8>, Fault> {
        let fields = match &self.by {
            By::Element(order) => {
                return Ok(order.apply(key_of(element.as_raw_bson_ref(), values)?));
            }
            By::Fields(fields) => fields,
        };
        let mut key = Vec::new();
        for (path, order) in fields {
            let own = match element {
                RawBson::Document(document) => self.key_at(document, path, values)?,
                _ => key_of_missing(),
            };
            key.extend(order.apply(own));
        }
        Ok(key)
    }

    /// An array at the end of a path is compared whole; one on the way is left out here.
    fn key_at(
        &self,
        document: &RawDocument,
        path: &Path,
        values: &Order,
    ) -> Result<Vec<u8>, Fault> {
        let mut value = Some(RawBsonRef::Document(document));
        for part in path.parts() {
            value = match value {
                Some(RawBsonRef::Document(inner)) => inner.get(part)?,
                Some(RawBsonRef::Array(_)) => {
                    return Err(unsupported("$sortArray through an array", &self.place).into());
                }
                _ => None,
            };
        }
        value.map_or_else(|| Ok(key_of_missing()), |value| Ok(key_of(value, values)?))
    }
}
