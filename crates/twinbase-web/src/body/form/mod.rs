//! From a body's fields to types, collecting everything that is wrong with them at once.

mod field;

use std::fmt::Display;

use serde_json::{Map, Value};

use super::Format;
use crate::{Fault, Problem};
pub use field::{Field, boolean, number, text, texts, time};

/// What can be read from the fields of a body.
pub trait FromForm: Sized {
    /// Takes the fields out of the form; `None` only after a fault.
    fn read(form: &mut Form<'_>) -> Option<Self>;
}

/// An object of the body. Fields are taken out of it; what is left in the end is unknown.
#[derive(Debug)]
pub struct Form<'a> {
    at: String,
    format: Format,
    fields: Map<String, Value>,
    faults: &'a mut Vec<Fault>,
}

/// More are not shown: a body of nothing but mistakes must not be answered with a longer one.
const MOST_FAULTS: usize = 20;

/// Reads a body that must be an object.
pub(super) fn read<T: FromForm>(body: Value, format: Format) -> Result<T, Problem> {
    let mut faults = Vec::new();
    match object(body, String::new(), format, &mut faults, T::read) {
        Some(value) if faults.is_empty() => Ok(value),
        _ => {
            faults.truncate(MOST_FAULTS);
            Err(Problem::invalid_fields(faults))
        }
    }
}

fn object<T>(
    value: Value,
    at: String,
    format: Format,
    faults: &mut Vec<Fault>,
    read: impl FnOnce(&mut Form) -> Option<T>,
) -> Option<T> {
    let Value::Object(fields) = value else {
        faults.push(fault(at, "must be an object"));
        return None;
    };
    let mut form = Form {
        at,
        format,
        fields,
        faults,
    };
    let value = read(&mut form);
    let Form {
        at, fields, faults, ..
    } = form;
    for name in fields.keys().take(MOST_FAULTS) {
        faults.push(fault(pointer(&at, name), "is not a field of this request"));
    }
    value
}

impl Form<'_> {
    /// A field that must be there.
    pub fn required<T, E: Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(Field<'_>) -> Result<T, E>,
    ) -> Option<T> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => self.refuse(name, "is missing"),
            Some(value) => self.take(name, &value, read),
        }
    }

    /// A field that may be left out, but not be null.
    pub fn optional<T, E: Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(Field<'_>) -> Result<T, E>,
    ) -> Option<T> {
        match self.fields.remove(name)? {
            Value::Null if self.format == Format::Html => None,
            Value::Null => self.refuse(name, "must not be null"),
            value => self.take(name, &value, read),
        }
    }

    /// A field that may be left out or null, which are different things in a change: `None`, or `Some(None)`.
    pub fn nullable<T, E: Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(Field<'_>) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match self.fields.remove(name)? {
            Value::Null => Some(None),
            value => self.take(name, &value, read).map(Some),
        }
    }

    /// An object that may be left out.
    pub fn child<T>(&mut self, name: &str, read: impl FnOnce(&mut Form) -> Option<T>) -> Option<T> {
        let value = self.fields.remove(name).filter(|value| !value.is_null())?;
        object(
            value,
            pointer(&self.at, name),
            self.format,
            self.faults,
            read,
        )
    }

    /// A list of 1 to `most` objects, which must be there.
    pub fn children<T>(
        &mut self,
        name: &str,
        most: usize,
        read: impl Fn(&mut Form) -> Option<T>,
    ) -> Option<Vec<T>> {
        let values = match self.fields.remove(name) {
            Some(Value::Array(values)) if (1..=most).contains(&values.len()) => values,
            Some(Value::Array(_)) => {
                return self.refuse(name, format!("must have 1 to {most} elements"));
            }
            None => return self.refuse(name, "is missing"),
            Some(_) => return self.refuse(name, "must be a list"),
        };
        let at = pointer(&self.at, name);
        let mut read_all = Some(Vec::with_capacity(values.len()));
        for (i, value) in values.into_iter().enumerate() {
            let read_one = object(
                value,
                pointer(&at, &i.to_string()),
                self.format,
                self.faults,
                &read,
            );
            // Reading goes on after a fault: all are told.
            read_all = read_all.zip(read_one).map(|(mut all, one)| {
                all.push(one);
                all
            });
        }
        read_all
    }

    fn take<T, E: Display>(
        &mut self,
        name: &str,
        value: &Value,
        read: impl FnOnce(Field<'_>) -> Result<T, E>,
    ) -> Option<T> {
        let field = Field {
            value,
            format: self.format,
        };
        match read(field) {
            Ok(value) => Some(value),
            Err(error) => self.refuse(name, error.to_string()),
        }
    }

    fn refuse<T>(&mut self, name: &str, detail: impl Into<String>) -> Option<T> {
        self.faults.push(fault(pointer(&self.at, name), detail));
        None
    }
}

fn fault(pointer: String, detail: impl Into<String>) -> Fault {
    Fault {
        pointer: Some(pointer),
        parameter: None,
        detail: detail.into(),
    }
}

/// A JSON pointer one level down (RFC 6901). Names that no field of ours has may be long: they are cut.
fn pointer(at: &str, name: &str) -> String {
    let name: String = name.chars().take(64).collect();
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn some(text: &str) -> Result<String, &'static str> {
        (!text.is_empty())
            .then(|| text.to_owned())
            .ok_or("is empty")
    }

    struct Outer;

    impl FromForm for Outer {
        fn read(form: &mut Form<'_>) -> Option<Self> {
            let title = form.required("title", text(some));
            form.optional("done", boolean);
            form.child("inner", |form| form.required("at", time));
            form.children("list", 2, |form| form.required("x", boolean));
            title.map(|_| Self)
        }
    }

    fn pointers(body: Value) -> Vec<String> {
        let mut faults = Vec::new();
        object(body, String::new(), Format::Json, &mut faults, Outer::read);
        let pointers = faults.into_iter().filter_map(|fault| fault.pointer);
        pointers.collect()
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let body = json!({
            "title": 1, "done": "yes", "inner": {"at": "tomorrow", "a/b~": 0}, "list": [{"x": true}, {"x": null}], "more": 1
        });
        assert_eq!(
            pointers(body),
            [
                "/title",
                "/done",
                "/inner/at",
                "/inner/a~1b~0",
                "/list/1/x",
                "/more"
            ]
        );
        assert_eq!(pointers(json!([])), [""]);
        assert_eq!(pointers(json!({"title": "x", "list": []})), ["/list"]);
    }

    #[derive(Debug, PartialEq)]
    struct Change {
        #[expect(clippy::option_option, reason = "left out and null are two things")]
        text: Option<Option<String>>,
        done: Option<bool>,
    }

    impl FromForm for Change {
        fn read(form: &mut Form<'_>) -> Option<Self> {
            Some(Self {
                text: form.nullable("text", text(some)),
                done: form.optional("done", boolean),
            })
        }
    }

    #[test]
    fn a_change_tells_null_from_nothing() {
        let text = |body| read::<Change>(body, Format::Json).map(|change| change.text);
        assert_eq!(text(json!({})).expect("it is valid"), None);
        assert_eq!(
            text(json!({"text": null})).expect("it is valid"),
            Some(None)
        );
        assert_eq!(
            text(json!({"text": "x"})).expect("it is valid"),
            Some(Some("x".into()))
        );
    }

    #[test]
    fn a_text_is_a_truth_value_in_an_html_form_alone() {
        let body = json!({"done": "on", "text": null});
        assert!(read::<Change>(body.clone(), Format::Json).is_err());
        let change = read::<Change>(body, Format::Html).expect("it is valid");
        let expected = Change {
            text: Some(None),
            done: Some(true),
        };
        assert_eq!(change, expected);
        let empty = read::<Change>(json!({"done": null}), Format::Html);
        assert_eq!(empty.expect("it is valid").done, None);
    }
}
