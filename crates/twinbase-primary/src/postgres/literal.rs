//! Lists as the text that PostgreSQL reads (its manual, "Array Input and Output Syntax").

use twinbase_core::Value;

use crate::render;

/// `{"a","b"}`, each element in quotes, so that none is taken for null or for a list.
pub(super) fn array(values: &[Value]) -> String {
    let mut text = String::from("{");
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        let element = match render::json(value) {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        text.push('"');
        for c in element.chars() {
            if matches!(c, '"' | '\\') {
                text.push('\\');
            }
            text.push(c);
        }
        text.push('"');
    }
    text.push('}');
    text
}
