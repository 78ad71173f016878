//! Whether a document is the one of a payload, without making it: most of what is compared is equal.

use bson::{Bson, RawDocument, spec::ElementType};

use super::{
    elements::{Element, Elements},
    members::{Members, quoted},
    to_bson,
};
use crate::{Field, Kind, Schema, parse_time, to_millis};

/// Where the version is in stored documents.
const SYNC: &[u8] = b"_sync";

/// Whether a stored document has what [`super::to_document`] makes of a payload, in the order of the schema, and besides that its `_id` and
/// `_sync` alone. A document that is equal in another order is not found to be.
pub fn is_document(schema: &Schema, id: &str, payload: &str, document: &[u8]) -> bool {
    compare(schema, id, payload, document).unwrap_or(false)
}

/// `None` for no.
fn compare(schema: &Schema, id: &str, payload: &str, document: &[u8]) -> Option<bool> {
    let members = Members::of(payload)?;
    let mut mapped = schema.mapped().filter(|(field, _)| !field.key);
    let mut has_id = false;
    for element in Elements::of(document)? {
        let element = element?;
        if element.name == b"_id" && !has_id {
            has_id = element.text() == Some(id.as_bytes());
        } else if element.name != SYNC {
            let (field, name) = mapped.next()?;
            let json = members.get(name)?;
            if element.name != name.as_bytes()
                || !is_equal(field, json, &element)
                    .unwrap_or_else(|| is_equal_read(field, name, json, document))
            {
                return None;
            }
        }
    }
    let key = schema.mapped().find(|(field, _)| field.key);
    let key = key.and_then(|(_, name)| members.get(name));
    let is_of_id = key.is_none_or(|key| key == "null" || text(key) == Some(id));
    Some(has_id && is_of_id && mapped.next().is_none())
}

/// Whether a value is what a field's JSON becomes, in the usual forms, which are compared where they lie; `None` for others.
fn is_equal(field: &Field, json: &str, own: &Element<'_>) -> Option<bool> {
    if field.many {
        return None;
    }
    match (field.kind, own.kind) {
        (_, ElementType::Null) => Some(field.nullable && json == "null"),
        // What differs may be written with escapes.
        (Kind::Text, ElementType::String) => {
            let text = text(json)?;
            (own.text()? == text.as_bytes()).then(|| field.allows(text))
        }
        (Kind::Bool, ElementType::Boolean) => json
            .parse()
            .ok()
            .map(|of: bool| own.value == [u8::from(of)]),
        (Kind::Int32, ElementType::Int32) => json
            .parse()
            .ok()
            .map(|of: i32| own.value == of.to_le_bytes()),
        (Kind::Int64, ElementType::Int64) => json
            .parse()
            .ok()
            .map(|of: i64| own.value == of.to_le_bytes()),
        (Kind::Timestamp, ElementType::DateTime) => {
            let at = to_millis(parse_time(text(json)?)?).as_millisecond();
            Some(own.value == at.to_le_bytes())
        }
        _ => None,
    }
}

/// The same of any value, by what it means.
fn is_equal_read(field: &Field, name: &str, json: &str, document: &[u8]) -> bool {
    let own = RawDocument::from_bytes(document).and_then(|document| document.get(name));
    let own = own.ok().flatten().and_then(|own| Bson::try_from(own).ok());
    let value = serde_json::from_str(json).ok();
    let value = value.and_then(|value| to_bson(field, name, &value).ok());
    value.is_some() && own == value
}

/// What a JSON text says that has no escapes.
fn text(json: &str) -> Option<&str> {
    let text = quoted(json)?;
    (!text.contains('\\')).then_some(text)
}
