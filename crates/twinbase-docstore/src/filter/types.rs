//! The names and numbers of `$type`.

use bson::Bson;
use bson::spec::ElementType;

use super::parse::invalid;
use crate::Error;
use crate::path::Path;

const NAMES: [(&str, ElementType); 21] = [
    ("double", ElementType::Double),
    ("string", ElementType::String),
    ("object", ElementType::EmbeddedDocument),
    ("array", ElementType::Array),
    ("binData", ElementType::Binary),
    ("undefined", ElementType::Undefined),
    ("objectId", ElementType::ObjectId),
    ("bool", ElementType::Boolean),
    ("date", ElementType::DateTime),
    ("null", ElementType::Null),
    ("regex", ElementType::RegularExpression),
    ("dbPointer", ElementType::DbPointer),
    ("javascript", ElementType::JavaScriptCode),
    ("symbol", ElementType::Symbol),
    ("javascriptWithScope", ElementType::JavaScriptCodeWithScope),
    ("int", ElementType::Int32),
    ("timestamp", ElementType::Timestamp),
    ("long", ElementType::Int64),
    ("decimal", ElementType::Decimal128),
    ("minKey", ElementType::MinKey),
    ("maxKey", ElementType::MaxKey),
];

const NUMBERS: [ElementType; 4] = [
    ElementType::Double,
    ElementType::Int32,
    ElementType::Int64,
    ElementType::Decimal128,
];

/// The types of a `$type`: one, or several in an array.
pub(super) fn parse(path: &Path, value: &Bson) -> Result<Vec<ElementType>, Error> {
    let refuse = |reason: &str| invalid("$type", path.text(), reason);
    let values = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    if values.is_empty() {
        return Err(refuse("takes at least one type"));
    }
    let mut types = Vec::new();
    for value in values {
        match value {
            Bson::String(name) if name == "number" => types.extend(NUMBERS),
            Bson::String(name) => {
                let found = NAMES.iter().find(|(own, _)| own == name);
                types.push(found.ok_or_else(|| refuse("is no name of a type"))?.1);
            }
            value => types.push(of_number(value).ok_or_else(|| refuse("is no number of a type"))?),
        }
    }
    Ok(types)
}

/// The number that MongoDB gives a type: that of its byte, as a signed one.
pub(super) fn number(of: ElementType) -> i32 {
    i32::from((of as u8).cast_signed())
}

fn of_number(value: &Bson) -> Option<ElementType> {
    let wanted = super::operand::whole_number(value)?;
    NAMES
        .iter()
        .map(|(_, own)| *own)
        .find(|own| i64::from(number(*own)) == wanted)
}
