//! `twinbase_object`: what `json_object` makes of a row, in a third of its time. Only our own connections have it.
//!
//! Arguments are names and values in turn. The first character of a name is none of it: it says what its value is.

use std::fmt::Write as _;

use rusqlite::{
    Connection, Error, Result,
    functions::{Context, FunctionFlags},
    types::ValueRef,
};

/// As long as a small document: a shorter text is copied as it grows.
const USUAL_BYTES: usize = 512;

/// Its name.
pub(crate) const OBJECT: &str = "twinbase_object";

/// Before the name of what is JSON already.
pub(crate) const JSON: char = '=';

/// Before every other name.
pub(crate) const VALUE: char = '-';

pub(super) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function(OBJECT, -1, flags, object)
}

fn object(of: &Context<'_>) -> Result<String> {
    let mut json = String::with_capacity(USUAL_BYTES);
    for at in (0..of.len()).step_by(2) {
        json.push(if at == 0 { '{' } else { ',' });
        let mut name = of.get_raw(at).as_str()?.chars();
        let is_json = name.next() == Some(JSON);
        text(&mut json, name.as_str());
        json.push(':');
        value(&mut json, of.get_raw(at + 1), is_json)?;
    }
    json.push('}');
    Ok(json)
}

fn value(json: &mut String, value: ValueRef<'_>, is_json: bool) -> Result<()> {
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
        ValueRef::Text(_) if is_json => json.push_str(value.as_str()?),
        ValueRef::Text(_) => text(json, value.as_str()?),
        ValueRef::Blob(_) => {
            return Err(Error::UserFunctionError(
                "JSON cannot hold BLOB values".into(),
            ));
        }
    }
    Ok(())
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
    use rusqlite::types::Value;

    use super::*;

    fn made(by: &str, mark: &str, value: &Value) -> Result<serde_json::Value> {
        let db = Connection::open_in_memory()?;
        register(&db)?;
        let sql = format!("select {by}('{mark}= a \"name\"', ?1, '{mark}n', null)");
        let json: String = db.query_row(&sql, [value], |row| row.get(0))?;
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
            let of_sqlite = made("json_object", "", &value).unwrap();
            assert_eq!(made(OBJECT, "-", &value).unwrap(), of_sqlite, "{value:?}");
        }
    }

    #[test]
    fn json_is_taken_as_it_is_and_bytes_are_refused() {
        let db = Connection::open_in_memory().unwrap();
        register(&db).unwrap();
        let sql =
            format!("select {OBJECT}('=flag', 'true', '=tags', json('[1, \"a\"]'), '=none', null)");
        let json: String = db.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(json, r#"{"flag":true,"tags":[1,"a"],"none":null}"#);
        let bytes = Value::Blob(vec![1]);
        let refused = made(OBJECT, "-", &bytes).unwrap_err().to_string();
        assert!(
            refused.contains("JSON cannot hold BLOB values"),
            "{refused}"
        );
        let endless = format!("select {OBJECT}('-n', 9e999, '-m', -9e999)");
        let json: String = db.query_row(&endless, [], |row| row.get(0)).unwrap();
        assert_eq!(json, r#"{"n":9e999,"m":-9e999}"#);
    }
}
