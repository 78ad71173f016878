//! From a body's JSON to types of the domain, collecting everything that is wrong with it at once.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Fault, Problem};
use crate::domain::{Edit, Invalid, LAST};

/// An object of the body. Fields are taken out of it; what is left in the end is unknown.
pub(super) struct Form<'a> {
    at: String,
    fields: Map<String, Value>,
    faults: &'a mut Vec<Fault>,
}

/// More are not shown: a body of nothing but mistakes must not be answered with a longer one.
const MOST_FAULTS: usize = 20;

/// Reads a body that must be an object. `read` answers `None` only after a fault.
pub(super) fn read<T>(
    body: Value,
    read: impl FnOnce(&mut Form) -> Option<T>,
) -> Result<T, Problem> {
    let mut faults = Vec::new();
    match object(body, String::new(), &mut faults, read) {
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
    faults: &mut Vec<Fault>,
    read: impl FnOnce(&mut Form) -> Option<T>,
) -> Option<T> {
    let Value::Object(fields) = value else {
        faults.push(fault(at, "must be an object"));
        return None;
    };
    let mut form = Form { at, fields, faults };
    let value = read(&mut form);
    let Form { at, fields, faults } = form;
    for name in fields.keys().take(MOST_FAULTS) {
        faults.push(fault(pointer(&at, name), "is not a field of this request"));
    }
    value
}

impl Form<'_> {
    /// A field that must be there.
    pub(super) fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, Invalid>,
    ) -> Option<T> {
        match self.fields.remove(name) {
            None | Some(Value::Null) => self.refuse(name, "is missing"),
            Some(value) => self.take(name, &value, read),
        }
    }

    /// A field that may be left out, but not be null.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, Invalid>,
    ) -> Option<T> {
        match self.fields.remove(name)? {
            Value::Null => self.refuse(name, "must not be null"),
            value => self.take(name, &value, read),
        }
    }

    /// A field that may be left out or null, which are different things in a change.
    pub(super) fn nullable<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, Invalid>,
    ) -> Edit<T> {
        match self.fields.remove(name) {
            None => Edit::Keep,
            Some(Value::Null) => Edit::Clear,
            Some(value) => self.take(name, &value, read).map_or(Edit::Keep, Edit::Set),
        }
    }

    /// An object that may be left out.
    pub(super) fn child<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Form) -> Option<T>,
    ) -> Option<T> {
        let value = self.fields.remove(name).filter(|value| !value.is_null())?;
        object(value, pointer(&self.at, name), self.faults, read)
    }

    /// A list of 1 to `most` objects, which must be there.
    pub(super) fn children<T>(
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
            let read_one = object(value, pointer(&at, &i.to_string()), self.faults, &read);
            // Reading goes on after a fault: all are told.
            read_all = read_all.zip(read_one).map(|(mut all, one)| {
                all.push(one);
                all
            });
        }
        read_all
    }

    fn take<T>(
        &mut self,
        name: &str,
        value: &Value,
        read: impl FnOnce(&Value) -> Result<T, Invalid>,
    ) -> Option<T> {
        match read(value) {
            Ok(value) => Some(value),
            Err(invalid) => self.refuse(name, invalid.to_string()),
        }
    }

    fn refuse<T>(&mut self, name: &str, detail: impl Into<String>) -> Option<T> {
        self.faults.push(fault(pointer(&self.at, name), detail));
        None
    }
}

/// A text, read as one of the domain's types.
pub(super) fn text<T>(
    parse: impl Fn(&str) -> Result<T, Invalid>,
) -> impl Fn(&Value) -> Result<T, Invalid> {
    move |value| match value {
        Value::String(text) => parse(text),
        _ => Err(Invalid::new("must be a text")),
    }
}

/// `true` or `false`.
pub(super) fn boolean(value: &Value) -> Result<bool, Invalid> {
    value
        .as_bool()
        .ok_or_else(|| Invalid::new("must be true or false"))
}

/// A time as RFC 3339 has it, in the years that every database can keep.
pub(super) fn time(value: &Value) -> Result<Timestamp, Invalid> {
    let invalid = || Invalid::new("must be a time such as 2030-01-31T09:00:00Z, from 1970 to 9999");
    let at: Timestamp = value
        .as_str()
        .filter(|text| text.len() <= 64)
        .and_then(|text| text.parse().ok())
        .ok_or_else(invalid)?;
    if at < Timestamp::UNIX_EPOCH || at > LAST {
        return Err(invalid());
    }
    Ok(twinbase::core::to_millis(at))
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

    use super::{boolean, object, read, text, time};
    use crate::domain::{Edit, Invalid, Title};

    fn pointers(body: serde_json::Value) -> Vec<String> {
        let mut faults = Vec::new();
        object(body, String::new(), &mut faults, |form| {
            let title = form.required("title", text(Title::parse));
            form.optional("done", boolean);
            form.child("inner", |form| form.required("at", time));
            form.children("list", 2, |form| form.required("x", boolean));
            title
        });
        faults
            .into_iter()
            .filter_map(|fault| fault.pointer)
            .collect()
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

    #[test]
    fn a_change_tells_null_from_nothing() {
        let nullable = |body| {
            read(body, |form| {
                Some(form.nullable("a", text(|t| Ok::<_, Invalid>(t.to_owned()))))
            })
        };
        assert_eq!(nullable(json!({})).expect("it is valid"), Edit::Keep);
        assert_eq!(
            nullable(json!({"a": null})).expect("it is valid"),
            Edit::Clear
        );
        assert_eq!(
            nullable(json!({"a": "x"})).expect("it is valid"),
            Edit::Set("x".into())
        );
    }

    #[test]
    fn a_time_has_an_offset_and_a_year_that_can_be_kept() {
        assert!(time(&json!("2030-01-31T09:00:00+02:00")).is_ok());
        for bad in [
            "2030-01-31",
            "2030-01-31T09:00:00",
            "2030-02-30T09:00:00Z",
            "-000001-01-01T00:00:00Z",
            "9999-12-30T22:00:00.9999Z",
            "9999-12-31T23:59:59Z",
            "\0",
        ] {
            assert!(time(&json!(bad)).is_err(), "{bad}");
        }
    }
}
