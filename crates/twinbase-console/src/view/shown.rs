//! Values as people see them: a document may have any size, and a screen has not.

use serde_json::Value;

/// How much of one value is shown.
const MOST_BYTES: usize = 4_096;

/// Data for a screen: each field that is long has its beginning, its size, and where the whole is.
pub fn shown(value: &Value, whole: &str) -> Value {
    match value {
        Value::Object(fields) => {
            let short = fields
                .iter()
                .map(|(name, of)| (name.clone(), cut(of, whole)));
            Value::Object(short.collect())
        }
        other => cut(other, whole),
    }
}

fn cut(value: &Value, whole: &str) -> Value {
    let json;
    let text = match value {
        Value::String(text) => text,
        Value::Array(_) | Value::Object(_) => {
            json = value.to_string();
            &json
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => return value.clone(),
    };
    if text.len() <= MOST_BYTES {
        return value.clone();
    }
    let start = &text[..text.floor_char_boundary(MOST_BYTES)];
    let size = match text.len() {
        bytes @ ..1_000_000 => format!("{} kB", bytes / 1_000),
        bytes => format!("{} MB", bytes / 1_000_000),
    };
    format!("{start}… ({size} in all; {whole} has it whole)").into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_long_value_has_its_beginning_and_its_size() {
        let small = json!({ "text": "x".repeat(4_096), "list": [1, 2], "none": null });
        assert_eq!(shown(&small, "--json"), small);
        // A letter of two bytes lies across the end.
        let long = format!("x{}", "ü".repeat(8_500_000));
        let short = format!(
            "x{}… (17 MB in all; --json has it whole)",
            "ü".repeat(2_047)
        );
        for (value, expected) in [
            (
                json!({ "n": 1, "text": long }),
                json!({ "n": 1, "text": short }),
            ),
            (json!(long), json!(short)),
        ] {
            assert_eq!(shown(&value, "--json"), expected);
        }
        let list = shown(&json!({ "list": vec![1_000; 1_000] }), "the API");
        let list = list["list"].as_str().unwrap();
        assert!(
            list.starts_with("[1000,1000,")
                && list.ends_with("(5 kB in all; the API has it whole)"),
            "{list}"
        );
    }
}
