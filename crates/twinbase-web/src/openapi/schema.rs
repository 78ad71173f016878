//! Schemas of answers.

use serde_json::{Map, Value, json};
use twinbase::{core::Kind, prelude::*};

/// The document of an aggregate, as its schema has it. An answer of it alone has its version.
pub fn one<A: Aggregate>() -> Value {
    let fields = A::schema().table.fields.iter();
    let fields: Vec<_> = fields
        .filter_map(|field| {
            let schema = of_field(field);
            let schema = if field.nullable {
                json!({ "anyOf": [schema, { "type": "null" }] })
            } else {
                schema
            };
            Some((field.name.as_deref()?, schema))
        })
        .collect();
    let required: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    let properties: Map<_, _> = fields
        .iter()
        .map(|(name, of)| ((*name).to_owned(), of.clone()))
        .collect();
    let named = A::schema().table.fields.iter();
    let named = named.filter_map(|field| Some((field.name.as_deref()?, example_of(field))));
    let example: Map<_, _> = named.map(|(name, of)| (name.to_owned(), of)).collect();
    json!({
        "type": "object", "required": required, "properties": properties, "x-version": true, "example": example,
    })
}

/// The same schema, whose example has these fields instead of what their types alone suggest.
///
/// # Panics
///
/// When the schema has no such fields.
#[must_use]
pub fn shown_as(mut schema: Value, fields: &Value) -> Value {
    for (name, value) in fields.as_object().into_iter().flatten() {
        let field = schema["example"].get_mut(name);
        *field.expect("the example has the field") = value.clone();
    }
    schema
}

/// A value of a field, by its type.
fn example_of(field: &Field) -> Value {
    const ID: &str = "0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f10";
    let is_id = field.key || field.column.ends_with("_id");
    let one = match field.kind {
        Kind::Text => match field.values.first() {
            Some(value) => json!(value),
            None if is_id => json!(ID),
            None => json!("text"),
        },
        Kind::Bool => json!(true),
        Kind::Int32 | Kind::Int64 => json!(1),
        Kind::Double => json!(1.5),
        Kind::Timestamp => json!("2030-01-31T09:00:00Z"),
        Kind::Date => json!("2030-01-31"),
        Kind::Uuid => json!(ID),
        Kind::Decimal => json!("1.50"),
        Kind::Bytes => json!("00ff"),
        Kind::Json => json!({}),
    };
    if field.many { json!([one]) } else { one }
}

fn of_field(field: &Field) -> Value {
    let one = match field.kind {
        Kind::Text if !field.values.is_empty() => {
            json!({ "type": "string", "enum": field.values })
        }
        Kind::Text => json!({ "type": "string" }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Int32 => json!({ "type": "integer", "format": "int32" }),
        Kind::Int64 => json!({ "type": "integer", "format": "int64" }),
        Kind::Double => json!({ "type": "number" }),
        Kind::Timestamp => json!({ "type": "string", "format": "date-time" }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Uuid => json!({ "type": "string", "format": "uuid" }),
        Kind::Decimal => json!({ "type": "string", "format": "decimal" }),
        Kind::Bytes => json!({ "type": "string", "description": "Bytes in hexadecimal." }),
        Kind::Json => json!({}),
    };
    if field.many { list(&one) } else { one }
}

/// The document of an aggregate with more fields beside its own, all of them always or only sometimes there.
pub fn with(of: &Value, more: &Value) -> Value {
    let mut example = of["example"].clone();
    for (name, value) in more.as_object().into_iter().flatten() {
        example[name] = value.clone();
    }
    json!({ "allOf": [of, like(more)], "x-version": true, "example": example })
}

/// A list of these.
pub fn list(item: &Value) -> Value {
    json!({ "type": "array", "items": item })
}

/// Items, and nothing else.
pub fn items(item: &Value) -> Value {
    json!({
        "type": "object", "required": ["items"], "properties": { "items": list(item) },
        "example": { "items": [item["example"]] },
    })
}

/// A page of these, which says where the next one begins.
pub fn page(item: &Value) -> Value {
    let mut page = items(item);
    page["properties"]["nextCursor"] = json!({ "type": ["string", "null"] });
    page["example"]["nextCursor"] = Value::Null;
    page
}

/// The schema of what looks like this example.
pub fn like(example: &Value) -> Value {
    let mut schema = shape(example);
    schema["example"] = example.clone();
    schema
}

/// The same schema, where what these pointers (RFC 6901) lead to may also be null.
///
/// # Panics
///
/// When one leads nowhere.
#[must_use]
pub fn with_nulls(mut schema: Value, pointers: &[&str]) -> Value {
    for pointer in pointers {
        let found = schema
            .pointer_mut(pointer)
            .expect("the pointer leads somewhere");
        *found = json!({ "anyOf": [found.take(), { "type": "null" }] });
    }
    schema
}

fn shape(example: &Value) -> Value {
    match example {
        // What is null in an example may be anything.
        Value::Null => json!({}),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(number) if number.is_f64() => json!({ "type": "number" }),
        Value::Number(_) => json!({ "type": "integer" }),
        Value::String(text) if text.parse::<Timestamp>().is_ok() => {
            json!({ "type": "string", "format": "date-time" })
        }
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(items) => list(&items.first().map_or(json!({}), shape)),
        Value::Object(fields) => {
            let properties = fields
                .iter()
                .map(|(name, value)| (name.clone(), shape(value)));
            json!({ "type": "object", "properties": properties.collect::<Map<_, _>>() })
        }
    }
}
