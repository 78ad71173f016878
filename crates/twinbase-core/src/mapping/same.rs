//! Whether a document is the one of a payload, without making it: most of what is compared is equal.

use std::fmt;

use bson::{Bson, RawBsonRef, RawDocument};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::to_bson;
use crate::{AggregateId, Field, Kind, Schema, parse_time, to_millis};

/// Where the version is in stored documents.
const SYNC: &str = "_sync";

/// Whether a stored document has what [`super::to_document`] makes of a payload, in the order of the schema, and besides that its `_id` and
/// `_sync` alone. A document that is equal in another order is not found to be.
pub fn is_document(schema: &Schema, id: &AggregateId, payload: &str, document: &[u8]) -> bool {
    compare(schema, id, payload, document).unwrap_or(false)
}

/// `None` for no.
fn compare(schema: &Schema, id: &AggregateId, payload: &str, document: &[u8]) -> Option<bool> {
    let fields: Fields<'_> = serde_json::from_str(payload).ok()?;
    let mut mapped = schema.mapped().filter(|(field, _)| !field.key);
    let mut has_id = false;
    for element in RawDocument::from_bytes(document).ok()? {
        let (name, own) = element.ok()?;
        match (name.as_str(), own) {
            ("_id", RawBsonRef::String(own)) if !has_id => has_id = own == id.as_str(),
            (SYNC, _) => {}
            (name, own) => {
                let (field, wanted) = mapped.next()?;
                if name != wanted || !is_equal(field, wanted, fields.get(wanted)?, own) {
                    return None;
                }
            }
        }
    }
    let key = schema.mapped().find(|(field, _)| field.key);
    let key = key.and_then(|(_, name)| fields.get(name));
    let is_of_id = key.is_none_or(|key| key == "null" || text(key) == Some(id.as_str()));
    Some(has_id && is_of_id && mapped.next().is_none())
}

/// The fields of a JSON object as they are written. Names with escapes are none.
struct Fields<'a>(Vec<(&'a str, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// Of a name that is there twice the last counts.
    fn get(&self, name: &str) -> Option<&'a str> {
        let mut fields = self.0.iter().rev();
        fields
            .find(|(of, _)| *of == name)
            .map(|(_, value)| value.get())
    }
}

impl<'a> Deserialize<'a> for Fields<'a> {
    fn deserialize<D: Deserializer<'a>>(of: D) -> Result<Self, D::Error> {
        of.deserialize_map(Object)
    }
}

struct Object;

impl<'a> Visitor<'a> for Object {
    type Value = Fields<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut of: M) -> Result<Fields<'a>, M::Error> {
        let mut fields = Vec::with_capacity(16);
        while let Some(field) = of.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}

/// Whether a value is what a field's JSON becomes. The usual forms are compared where they lie.
fn is_equal(field: &Field, name: &str, json: &str, own: RawBsonRef<'_>) -> bool {
    let usual = match (field.kind, own) {
        _ if field.many => None,
        (_, RawBsonRef::Null) => Some(field.nullable && json == "null"),
        (Kind::Text, RawBsonRef::String(own)) => {
            text(json).map(|text| text == own && field.allows(text))
        }
        (Kind::Bool, RawBsonRef::Boolean(own)) => json.parse().ok().map(|of: bool| of == own),
        (Kind::Int32, RawBsonRef::Int32(own)) => json.parse().ok().map(|of: i32| of == own),
        (Kind::Int64, RawBsonRef::Int64(own)) => json.parse().ok().map(|of: i64| of == own),
        (Kind::Timestamp, RawBsonRef::DateTime(own)) => text(json)
            .and_then(parse_time)
            .map(|at| to_millis(at).as_millisecond() == own.timestamp_millis()),
        _ => None,
    };
    usual.unwrap_or_else(|| {
        let value = serde_json::from_str(json).ok();
        let value = value.and_then(|value| to_bson(field, name, &value).ok());
        value.is_some() && Bson::try_from(own).ok() == value
    })
}

/// What a JSON text says that has no escapes.
fn text(json: &str) -> Option<&str> {
    let text = json.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('\\')).then_some(text)
}
