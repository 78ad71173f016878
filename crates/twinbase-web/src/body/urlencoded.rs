//! HTML forms (`application/x-www-form-urlencoded`) as the JSON that says the same.

use serde_json::{Map, Value};
use url::form_urlencoded;

/// An object of texts. `a.b` is the field `b` of the object `a`; of two fields of one name the last counts, so that
/// a hidden field can stand before a checkbox; an empty field is null, as browsers send what was left empty.
pub(super) fn to_json(bytes: &[u8]) -> Value {
    let mut object = Map::new();
    for (name, value) in form_urlencoded::parse(bytes) {
        let value = match &*value {
            "" => Value::Null,
            text => Value::String(text.to_owned()),
        };
        put(&mut object, &name, value);
    }
    Value::Object(object)
}

fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    if let Some((outer, inner)) = name.split_once('.') {
        let field = object
            .entry(outer)
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(object) = field {
            // One level: a name of dots alone must not become as deep as it is long.
            object.insert(inner.to_owned(), value);
        }
    } else {
        object.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::to_json;

    #[test]
    fn a_form_is_an_object_of_texts() {
        let form = to_json(b"title=a+b%20c&due=&done=false&done=true&todo.title=x&todo.=y&a.b.c=z");
        let expected = json!({
            "title": "a b c", "due": null, "done": "true", "todo": { "title": "x", "": "y" }, "a": { "b.c": "z" }
        });
        assert_eq!(form, expected);
        assert_eq!(to_json(b""), json!({}));
    }
}
