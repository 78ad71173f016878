//! Values of fields, read as types.

use std::fmt::Display;

use jiff::Timestamp;
use serde_json::Value;

use crate::{body::Format, params};

/// A value of a field, which is not null.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub(super) value: &'a Value,
    pub(super) format: Format,
}

/// A text, read as one of an application's types. An error is the end of a sentence that begins with the field's name.
pub fn text<T, E: Display>(
    parse: impl Fn(&str) -> Result<T, E>,
) -> impl Fn(Field<'_>) -> Result<T, String> {
    move |field| match field.value {
        Value::String(text) => parse(text).map_err(|error| error.to_string()),
        _ => Err("must be a text".to_owned()),
    }
}

/// A list of texts.
pub fn texts(field: Field<'_>) -> Result<Vec<String>, &'static str> {
    let values = field.value.as_array();
    let texts = values.and_then(|values| {
        let texts = values.iter().map(Value::as_str);
        texts.map(|text| text.map(str::to_owned)).collect()
    });
    texts.ok_or("must be a list of texts")
}

/// `true` or `false`; a checkbox without a value of its own sends `on`.
pub fn boolean(field: Field<'_>) -> Result<bool, &'static str> {
    let value = match (field.value, field.format) {
        (Value::String(text), Format::Html) if text == "on" => Some(true),
        (Value::String(text), Format::Html) => text.parse().ok(),
        (value, _) => value.as_bool(),
    };
    value.ok_or("must be true or false")
}

/// A whole number, not negative.
pub fn number(field: Field<'_>) -> Result<u64, &'static str> {
    let value = match (field.value, field.format) {
        (Value::String(text), Format::Html) => text.parse().ok(),
        (value, _) => value.as_u64(),
    };
    value.ok_or("must be a whole number")
}

/// A time as RFC 3339 has it, in the years that every database can keep, as precise as they all keep it.
pub fn time(field: Field<'_>) -> Result<Timestamp, &'static str> {
    let at = params::time(field.value.as_str().unwrap_or_default())?;
    Ok(twinbase::core::to_millis(at))
}
