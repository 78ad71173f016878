//! From a payload's JSON to a document's BSON, and back.
//!
//! Only what the schema names passes, in the schema's order and types: a field
//! that a foreign writer put into its event and that must not leave the primary
//! cannot reach a document.

mod elements;
mod members;
mod same;

use bson::{Binary, Bson, DateTime, Decimal128, Document, spec::BinarySubtype};
use jiff::{Timestamp, civil::Date};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

pub use same::is_document;

use crate::{
    Aggregate, AggregateId, Bytes, Decimal, Field, Kind, Name, Schema, State, parse_time, to_millis,
};

/// Why a payload or a document does not fit its schema. Texts name fields, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// The payload is not a JSON object.
    #[error("the payload is not a JSON object")]
    NotAnObject,
    /// The payload is an object and cannot be read: it nests deeper than 127 levels, or has a number that no double holds.
    #[error("the payload cannot be read: {reason}")]
    Unreadable {
        /// Why.
        reason: String,
    },
    /// The payload has no such key: its writer left out what did not change, or knows another
    /// mapping. That is not null; the document has to come from the row.
    #[error("field `{field}` is not in the payload")]
    Absent {
        /// The field's name in the payload.
        field: Name,
    },
    /// A field that must not be null is null.
    #[error("field `{field}` is null")]
    Missing {
        /// The field's name in the payload.
        field: Name,
    },
    /// A field has a value of another type, out of its range, or none of those that it may have.
    #[error("field `{field}` is not of type {kind:?}")]
    WrongType {
        /// The field's name in the payload.
        field: Name,
        /// What it should be.
        kind: Kind,
    },
    /// The payload's id is not that of the event's aggregate.
    #[error("the payload is of another aggregate")]
    WrongId,
}

/// Without the place, so that the same cause is the same text.
fn unreadable(payload: &str, error: &serde_json::Error) -> MapError {
    if !payload.trim_start().starts_with('{') {
        return MapError::NotAnObject;
    }
    let text = error.to_string();
    let reason = text.split(" at line").next().unwrap_or_default();
    MapError::Unreadable {
        reason: reason.to_owned(),
    }
}

/// The document for a payload, without `_id` and `_sync`.
pub fn to_document(schema: &Schema, id: &AggregateId, payload: &str) -> Result<Document, MapError> {
    let payload: Map<String, Json> =
        serde_json::from_str(payload).map_err(|error| unreadable(payload, &error))?;
    let mut document = Document::new();
    for (field, name) in schema.mapped() {
        let value = payload.get(name);
        if field.key {
            // A payload without an id is taken: the event itself names the aggregate.
            if value.is_some_and(|value| !value.is_null() && !is_id(value, id)) {
                return Err(MapError::WrongId);
            }
        } else {
            let value = value.ok_or_else(|| MapError::Absent {
                field: name.to_owned().into(),
            })?;
            document.insert(name, to_bson(field, name, value)?);
        }
    }
    Ok(document)
}

/// An integer key is a number in payloads and a text everywhere else.
fn is_id(value: &Json, id: &AggregateId) -> bool {
    match value {
        Json::String(text) => text == id.as_str(),
        Json::Number(number) => number.to_string() == id.as_str(),
        _ => false,
    }
}

pub(crate) fn to_bson(field: &Field, name: &str, value: &Json) -> Result<Bson, MapError> {
    if value.is_null() {
        return if field.nullable {
            Ok(Bson::Null)
        } else {
            Err(MapError::Missing {
                field: name.to_owned().into(),
            })
        };
    }
    let one = |value: &Json| one_to_bson(field, value);
    let typed = match value {
        Json::Array(values) if field.many => {
            let values = values.iter().map(one);
            values.collect::<Option<_>>().map(Bson::Array)
        }
        _ if field.many => None,
        value => one(value),
    };
    typed.ok_or_else(|| MapError::WrongType {
        field: name.to_owned().into(),
        kind: field.kind,
    })
}

fn one_to_bson(field: &Field, value: &Json) -> Option<Bson> {
    match field.kind {
        Kind::Text => text(value, |text| field.allows(text).then(|| text.to_owned())),
        Kind::Bool => value.as_bool().map(Bson::Boolean),
        Kind::Int32 => integer(value)
            .and_then(|n| i32::try_from(n).ok())
            .map(Bson::Int32),
        Kind::Int64 => integer(value).map(Bson::Int64),
        Kind::Double => value.as_f64().map(Bson::Double),
        Kind::Timestamp => timestamp(value).map(Bson::DateTime),
        Kind::Json => Some(json_to_bson(value)),
        Kind::Uuid => text(value, |text| Some(Uuid::try_parse(text).ok()?.to_string())),
        Kind::Date => text(value, |text| Some(text.parse::<Date>().ok()?.to_string())),
        Kind::Decimal => decimal(value).map(Bson::Decimal128),
        Kind::Bytes => Bytes::of_hex(value.as_str()?).map(|bytes| {
            Bson::Binary(Binary {
                subtype: BinarySubtype::Generic,
                bytes,
            })
        }),
    }
}

/// A number is taken by the digits that it is written with.
fn decimal(value: &Json) -> Option<Decimal128> {
    match value {
        Json::String(text) => Decimal::of_text(text),
        Json::Number(number) => Decimal::of_text(&number.to_string()),
        _ => None,
    }
}

/// A text in the one form that documents have of it.
fn text(value: &Json, form: impl Fn(&str) -> Option<String>) -> Option<Bson> {
    form(value.as_str()?).map(Bson::String)
}

/// 64-bit values may come as strings: that is how JavaScript writers keep them exact.
fn integer(value: &Json) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

/// A number is milliseconds since 1970, as Prisma keeps times in SQLite.
fn timestamp(value: &Json) -> Option<DateTime> {
    let at = match value {
        Json::String(text) => parse_time(text),
        Json::Number(millis) => Timestamp::from_millisecond(millis.as_i64()?).ok(),
        _ => None,
    }?;
    Some(DateTime::from_millis(to_millis(at).as_millisecond()))
}

fn json_to_bson(value: &Json) -> Bson {
    match value {
        Json::Null => Bson::Null,
        Json::Bool(v) => Bson::Boolean(*v),
        Json::Number(n) => match n.as_i64() {
            Some(n) => i32::try_from(n).map_or(Bson::Int64(n), Bson::Int32),
            None => Bson::Double(n.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(v) => Bson::String(v.clone()),
        Json::Array(values) => Bson::Array(values.iter().map(json_to_bson).collect()),
        Json::Object(fields) => Bson::Document(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), json_to_bson(value)))
                .collect(),
        ),
    }
}

/// What a document of a collection can be read as.
pub trait FromDocument: Sized {
    /// The document as this type; `None` when it does not fit.
    fn from_document(document: Document) -> Option<Self>;

    /// The row of the same aggregate as this type; `None` when it does not fit.
    fn from_row(schema: &Schema, row: &State) -> Option<Self>;
}

impl<A: Aggregate> FromDocument for A {
    fn from_document(document: Document) -> Option<Self> {
        deserialize(document)
    }

    fn from_row(_: &Schema, row: &State) -> Option<Self> {
        serde_json::from_str(row.payload.as_deref()?).ok()
    }
}

impl FromDocument for Document {
    fn from_document(document: Document) -> Option<Self> {
        Some(document)
    }

    fn from_row(schema: &Schema, row: &State) -> Option<Self> {
        let mut document = bson::doc! { "_id": row.id.as_str() };
        document.extend(to_document(schema, &row.id, row.payload.as_deref()?).ok()?);
        Some(document)
    }
}

/// A document, or a part of one, as a type that is read from the payload's JSON; `None` when it does not fit.
pub fn deserialize<T: DeserializeOwned>(document: Document) -> Option<T> {
    serde_json::from_value(to_json(document).into()).ok()
}

/// The payload-shaped JSON of a document or a part of one: `_id` becomes `id`,
/// dates become RFC 3339 text. What an aggregation computed passes as it is.
pub fn to_json(document: Document) -> Map<String, Json> {
    document
        .into_iter()
        .map(|(name, value)| {
            let name = if name == "_id" { "id".to_owned() } else { name };
            (name, bson_to_json(value))
        })
        .collect()
}

pub(crate) fn bson_to_json(value: Bson) -> Json {
    match value {
        Bson::DateTime(at) => Timestamp::from_millisecond(at.timestamp_millis())
            .map_or(Json::Null, |at| Json::String(at.to_string())),
        // Infinity and NaN, which JSON does not have, become null.
        Bson::Double(n) => n.into(),
        Bson::Array(values) => values.into_iter().map(bson_to_json).collect(),
        Bson::Document(document) => Json::Object(
            document
                .into_iter()
                .map(|(name, value)| (name, bson_to_json(value)))
                .collect(),
        ),
        Bson::Undefined => Json::Null,
        Bson::Decimal128(number) => Json::String(number.to_string()),
        Bson::Binary(binary) => Json::String(Bytes::hex(&binary.bytes)),
        other => other.into_relaxed_extjson(),
    }
}
