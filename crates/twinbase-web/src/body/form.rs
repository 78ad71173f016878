//! From a body's fields to types, collecting everything that is wrong with them at once.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::{Format, Part};
use crate::{Fault, Number, Problem};

/// More are not shown: a body of nothing but mistakes must not be answered with a longer one.
const MOST_FAULTS: usize = 20;

/// A place in a body, and what is wrong there and elsewhere.
#[derive(Debug)]
pub struct Place<'a> {
    at: String,
    pub(super) format: Format,
    faults: &'a mut Vec<Fault>,
}

/// An object of the body. Fields are taken out of it; what is left in the end is unknown.
#[derive(Debug)]
pub struct Form<'a> {
    place: Place<'a>,
    fields: Map<String, Value>,
}

/// Reads a whole body.
pub(super) fn read<T: Part>(body: Value, format: Format) -> Result<T, Problem> {
    let mut faults = Vec::new();
    let mut place = Place {
        at: String::new(),
        format,
        faults: &mut faults,
    };
    match T::read(body, &mut place) {
        Some(value) if faults.is_empty() => Ok(value),
        _ => {
            faults.truncate(MOST_FAULTS);
            Err(Problem::invalid_fields(faults))
        }
    }
}

impl Place<'_> {
    /// Reads an object: `read` takes its fields, and returns `None` only after a fault.
    pub fn object<T>(
        &mut self,
        value: Value,
        read: impl FnOnce(&mut Form<'_>) -> Option<T>,
    ) -> Option<T> {
        let Value::Object(fields) = value else {
            return self.refuse("must be an object");
        };
        let place = self.reborrow();
        let mut form = Form { place, fields };
        let value = read(&mut form);
        for name in form.fields.keys().take(MOST_FAULTS) {
            let mut unknown = form.place.below(name);
            unknown.refuse::<()>("is not a field of this request");
        }
        value
    }

    /// Reads a text as one of an application's types. An error is the end of a sentence that begins with the place.
    pub fn text<T, E: Display>(
        &mut self,
        value: &Value,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let Value::String(text) = value else {
            return self.refuse("must be a text");
        };
        parse(text).map_or_else(|error| self.refuse(error.to_string()), Some)
    }

    /// Reads a number; an HTML form sends it as a text.
    pub fn number<N: Number>(&mut self, value: &Value) -> Option<N> {
        let is_readable = self.format == Format::Html || value.is_number();
        let number = is_readable.then(|| N::read(value)).flatten();
        number.or_else(|| {
            self.refuse(match N::SCHEMA_TYPE {
                "integer" => "must be a whole number",
                _ => "must be a number",
            })
        })
    }

    /// Reads a list of `least` to `most` elements.
    pub(super) fn list<T: Part>(
        &mut self,
        value: Value,
        least: usize,
        most: usize,
    ) -> Option<Vec<T>> {
        let Value::Array(values) = value else {
            return self.refuse("must be a list");
        };
        if !(least..=most).contains(&values.len()) {
            return self.refuse(format!("must have {least} to {most} elements"));
        }
        let mut all = Some(Vec::with_capacity(values.len()));
        for (i, value) in values.into_iter().enumerate() {
            let read = T::read(value, &mut self.below(&i.to_string()));
            // Reading goes on after a fault: all are reported.
            all = all.zip(read).map(|(mut all, one)| {
                all.push(one);
                all
            });
        }
        all
    }

    /// Notes a fault, as the end of a sentence that begins with the place.
    pub fn refuse<T>(&mut self, detail: impl Into<String>) -> Option<T> {
        self.faults.push(Fault {
            pointer: Some(self.at.clone()),
            parameter: None,
            detail: detail.into(),
        });
        None
    }

    fn reborrow(&mut self) -> Place<'_> {
        Place {
            at: self.at.clone(),
            format: self.format,
            faults: self.faults,
        }
    }

    /// One level down, as JSON pointers write it (RFC 6901). Names that no field of ours has may be long: they are cut.
    fn below(&mut self, name: &str) -> Place<'_> {
        let name: String = name.chars().take(64).collect();
        let name = name.replace('~', "~0").replace('/', "~1");
        Place {
            at: format!("{}/{name}", self.at),
            ..self.reborrow()
        }
    }
}

impl Form<'_> {
    /// The field of this name. The name is written as in the program, and is camelCase in the body.
    pub fn take<T: Part>(&mut self, name: &str) -> Option<T> {
        let name = camel_case(name);
        let value = self.fields.remove(&name);
        let mut place = self.place.below(&name);
        match value {
            None => T::absent().or_else(|| place.refuse("is missing")),
            Some(Value::Null) => match T::null() {
                Some(value) => Some(value),
                None if T::REQUIRED => place.refuse("is missing"),
                None if place.format == Format::Html => T::absent(),
                None => place.refuse("must not be null"),
            },
            Some(value) => T::read(value, &mut place),
        }
    }
}

/// A field's name as documents and bodies have it.
pub(crate) fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::Many;

    crate::text! {
        /// A word.
        struct Word: Rules::of(1, 5);
    }

    #[derive(Debug, Default)]
    struct Outer {
        some_title: Option<Word>,
        done: Option<bool>,
        inner: Option<Inner>,
        list: Option<Many<Inner, 2>>,
    }

    #[derive(Debug)]
    struct Inner {
        at: Timestamp,
    }

    crate::body!(Inner {
        at: "2030-01-31T09:00:00Z"
    });
    crate::body!(Outer { some_title: "x", done: true, inner: { "at": "2030-01-31T09:00:00Z" }, list: [] });

    fn pointers(body: Value) -> Vec<String> {
        let mut faults = Vec::new();
        let mut place = Place {
            at: String::new(),
            format: Format::Json,
            faults: &mut faults,
        };
        Outer::read(body, &mut place);
        let pointers = faults.into_iter().filter_map(|fault| fault.pointer);
        pointers.collect()
    }

    #[test]
    fn every_fault_is_reported_with_its_place() {
        let (good, bad) = (json!("2030-01-31T09:00:00Z"), json!("tomorrow"));
        let body = json!({
            "someTitle": 1, "done": "yes", "inner": {"at": bad, "a/b~": 0}, "list": [{"at": good}, {"at": null}], "more": 1
        });
        assert_eq!(
            pointers(body),
            [
                "/someTitle",
                "/done",
                "/inner/at",
                "/inner/a~1b~0",
                "/list/1/at",
                "/more"
            ]
        );
        assert_eq!(pointers(json!([])), [""]);
        assert_eq!(pointers(json!({"list": []})), ["/list"]);
        assert_eq!(pointers(json!({"some_title": "x"})), ["/some_title"]);
        let outer = read::<Outer>(
            json!({"someTitle": "x", "inner": {"at": good}}),
            Format::Json,
        );
        let outer = outer.expect("it is valid");
        assert!(outer.some_title.is_some() && outer.done.is_none() && outer.list.is_none());
        assert_eq!(outer.inner.expect("it is there").at.to_string(), good);
    }

    #[derive(Debug, Default, PartialEq)]
    struct Change {
        #[expect(clippy::option_option, reason = "left out and null are two things")]
        text: Option<Option<Word>>,
        done: Option<bool>,
        more: u8,
    }

    crate::body!(Change {
        text: "x",
        done: true,
        ..
    });

    #[test]
    fn a_change_tells_null_from_nothing_and_leaves_out_what_is_no_field_of_the_body() {
        let text = |body| read::<Change>(body, Format::Json).map(|change| change.text);
        assert_eq!(text(json!({})).expect("it is valid"), None);
        assert_eq!(
            text(json!({"text": null})).expect("it is valid"),
            Some(None)
        );
        assert!(
            text(json!({"text": "x"}))
                .expect("it is valid")
                .flatten()
                .is_some()
        );
        assert!(text(json!({"done": null})).is_err() && text(json!({"more": 1})).is_err());
    }

    #[test]
    fn a_text_is_a_truth_value_in_an_html_form_alone() {
        let body = json!({"done": "on", "text": null});
        assert!(read::<Change>(body.clone(), Format::Json).is_err());
        let change = read::<Change>(body, Format::Html).expect("it is valid");
        assert_eq!((change.text, change.done), (Some(None), Some(true)));
        let empty = read::<Change>(json!({"done": null}), Format::Html);
        assert_eq!(empty.expect("it is valid").done, None);
    }
}
