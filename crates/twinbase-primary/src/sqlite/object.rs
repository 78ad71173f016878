//! The payload of a row of which each value has a column: what `json_object` makes, in a third of its time.

use std::fmt::Write as _;

use rusqlite::{Result, Row, types::ValueRef};
use twinbase_core::Schema;

use crate::render;

/// The names of a payload, in the order of the columns.
pub(super) struct Object {
    members: Vec<Member>,
}

struct Member {
    /// With all that is before its value: `,"name":`.
    name: String,
    /// Whether the value is JSON already.
    is_json: bool,
}

impl Object {
    pub(super) fn of(schema: &Schema) -> Self {
        let mapped = schema.mapped();
        Self::new(mapped.map(|(field, name)| (name, render::is_json(field))))
    }

    fn new<'a>(of: impl Iterator<Item = (&'a str, bool)>) -> Self {
        let member = |(at, (name, is_json))| {
            let mut before = String::from(if at == 0 { '{' } else { ',' });
            text(&mut before, name);
            before.push(':');
            Member {
                name: before,
                is_json,
            }
        };
        Self {
            members: of.enumerate().map(member).collect(),
        }
    }

    /// Appends the text; the values begin at a column.
    pub(super) fn write(&self, json: &mut String, row: &Row<'_>, first: usize) -> Result<()> {
        for (at, member) in self.members.iter().enumerate() {
            json.push_str(&member.name);
            value(json, row.get_ref(first + at)?, member.is_json);
        }
        json.push('}');
        Ok(())
    }
}

fn value(json: &mut String, value: ValueRef<'_>, is_json: bool) {
    match value {
        ValueRef::Null => json.push_str("null"),
        ValueRef::Integer(number) => {
            let _ = write!(json, "{number}");
        }
        ValueRef::Real(number) if number.is_infinite() => {
            json.push_str(if number > 0.0 { "9e999" } else { "-9e999" });
        }
        ValueRef::Real(number) => {
            let _ = write!(json, "{number:?}");
        }
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(of) if is_json => json.push_str(of),
            Ok(of) => text(json, of),
            Err(_) => no_text(json, bytes),
        },
        ValueRef::Blob(bytes) => no_text(json, bytes),
    }
}

/// Appends what no column's kind can be made of: its row has no document then, and holds up no other.
fn no_text(json: &mut String, bytes: &[u8]) {
    json.push_str("{\"bytes\":\"");
    for byte in bytes {
        let _ = write!(json, "{byte:02x}");
    }
    json.push_str("\"}");
}

/// Appends a text of JSON.
fn text(json: &mut String, text: &str) {
    let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    json.push('"');
    // All bytes, without an end in between: many at once.
    if text.bytes().fold(false, |any, byte| any | is_special(byte)) {
        for of in text.chars() {
            match of {
                '"' | '\\' => json.extend(['\\', of]),
                of if of < ' ' => {
                    let _ = write!(json, "\\u{:04x}", u32::from(of));
                }
                of => json.push(of),
            }
        }
    } else {
        json.push_str(text);
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, types::Value};

    use super::*;

    fn written(object: &Object, row: &Row<'_>, first: usize) -> Result<String> {
        let mut json = String::new();
        object.write(&mut json, row, first)?;
        Ok(json)
    }

    fn of_sqlite(value: &Value) -> Result<serde_json::Value> {
        let db = Connection::open_in_memory()?;
        let sql = "select json_object('= a \"name\"', ?1, 'n', null)";
        let json: String = db.query_row(sql, [value], |row| row.get(0))?;
        Ok(serde_json::from_str(&json).unwrap())
    }

    fn of_values(value: &Value) -> Result<serde_json::Value> {
        let object = Object::new([("= a \"name\"", false), ("n", false)].into_iter());
        let db = Connection::open_in_memory()?;
        let json = db.query_row("select 0, ?1, null", [value], |row| {
            written(&object, row, 1)
        })?;
        Ok(serde_json::from_str(&json).unwrap())
    }

    #[test]
    fn an_object_is_the_one_of_sqlite() {
        let controls: String = (0..=0x7f_u8)
            .map(char::from)
            .filter(|of| *of != '\0')
            .collect();
        let texts = [
            "",
            "plain",
            "\"",
            "\\",
            "\\u0041",
            "äöü, 漢字 🙂",
            "line\nbreak\u{2028}",
            &controls,
        ];
        let numbers = [
            0.0,
            -0.0,
            0.1,
            1e300,
            -1.5e-300,
            5e-324,
            f64::MAX,
            12_345_678.9,
        ];
        let whole = [0, -1, i64::MIN, i64::MAX];
        let values = texts.map(|text| Value::Text(text.into())).into_iter();
        let values = values
            .chain(numbers.map(Value::Real))
            .chain(whole.map(Value::Integer));
        for value in values.chain([Value::Null]) {
            let wanted = of_sqlite(&value).unwrap();
            assert_eq!(of_values(&value).unwrap(), wanted, "{value:?}");
        }
    }

    #[test]
    fn json_is_taken_as_it_is_and_bytes_are_no_value() {
        let object = Object::new([("flag", true), ("tags", true), ("none", true)].into_iter());
        let db = Connection::open_in_memory().unwrap();
        let sql = "select 'true', json('[1, \"a\"]'), null";
        let json = db
            .query_row(sql, [], |row| written(&object, row, 0))
            .unwrap();
        assert_eq!(json, r#"{"flag":true,"tags":[1,"a"],"none":null}"#);
        let bytes = of_values(&Value::Blob(vec![1, 255])).unwrap();
        assert_eq!(bytes["= a \"name\""]["bytes"], "01ff");
        let object = Object::new([("n", false), ("m", false)].into_iter());
        let sql = "select 9e999, -9e999";
        let json = db
            .query_row(sql, [], |row| written(&object, row, 0))
            .unwrap();
        assert_eq!(json, r#"{"n":9e999,"m":-9e999}"#);
    }
}
