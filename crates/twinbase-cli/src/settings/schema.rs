//! The JSON schema of the configuration file, for editors.

use serde_json::{Map, Value, json};

use super::{Kind, Setting};

/// The schema (draft 2020-12) of a file with these settings.
pub(super) fn of(program: &str, table: &[Setting]) -> Value {
    let properties: Map<_, _> = table.iter().flat_map(properties).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Configuration of {program}"),
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn properties(setting: &Setting) -> Vec<(String, Value)> {
    let types = match setting.kind {
        Kind::Text => json!("string"),
        Kind::Number => json!(["integer", "string"]),
        Kind::Switch => json!(["boolean", "string"]),
    };
    let mut property = json!({ "description": setting.summary(), "type": types });
    // One that depends on another setting has no fixed value.
    if !setting.default.is_empty() && !setting.default.contains('{') {
        property["default"] = match setting.kind {
            Kind::Text => setting.default.into(),
            Kind::Number | Kind::Switch => {
                serde_json::from_str(setting.default).unwrap_or_else(|_| setting.default.into())
            }
        };
    }
    let file = setting.file_key().map(|key| {
        let description = format!("A file that holds `{}`", setting.name);
        (key, json!({ "description": description, "type": "string" }))
    });
    let property = (setting.name.to_owned(), property);
    std::iter::once(property).chain(file).collect()
}
