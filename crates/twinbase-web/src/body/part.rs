//! Types of bodies and of their fields: how they are read, and how the OpenAPI document describes them.

use std::num::NonZeroU32;

use jiff::{Timestamp, civil::Date};
use serde_json::{Value, json};

use super::{Format, Place};
use crate::params;

/// A body, or a field of one. [`text!`](crate::text) and [`body!`](crate::body!) implement it for types of your own.
pub trait Part: Sized {
    /// Whether a body without it is refused.
    const REQUIRED: bool = true;

    /// What it is when it is left out; `None` when it must not be.
    fn absent() -> Option<Self> {
        None
    }

    /// What it is when it is null; `None` when it must not be.
    fn null() -> Option<Self> {
        None
    }

    /// Reads a value that is not null. `None` only after a fault was noted at the place.
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self>;

    /// Its JSON schema.
    fn schema() -> Value;
}

/// `Option<T>` may be left out, but not be null. `Option<Option<T>>` may be both, which a change tells apart.
impl<T: Part> Part for Option<T> {
    const REQUIRED: bool = false;

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn null() -> Option<Self> {
        T::absent().map(Some)
    }

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        T::read(value, place).map(Some)
    }

    fn schema() -> Value {
        if T::REQUIRED {
            return T::schema();
        }
        json!({ "anyOf": [T::schema(), { "type": "null" }] })
    }
}

/// What may be left out or null, and is the same then: no value.
pub type Nullable<T> = Option<Option<T>>;

/// `true` or `false`; a checkbox without a value of its own sends `on`.
impl Part for bool {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let read = match (&value, place.format) {
            (Value::String(text), Format::Html) if text == "on" => Some(true),
            (Value::String(text), Format::Html) => text.parse().ok(),
            (value, _) => value.as_bool(),
        };
        read.or_else(|| place.refuse("must be true or false"))
    }

    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

/// A number from 0 on.
impl Part for u32 {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let number = whole(&value, place);
        number.or_else(|| place.refuse("must be a number from 0 to 4,294,967,295"))
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0, "maximum": Self::MAX })
    }
}

/// A whole number as it was sent, which an HTML form does as a text.
fn whole(value: &Value, place: &Place<'_>) -> Option<u32> {
    let number = match (value, place.format) {
        (Value::String(text), Format::Html) => text.trim().parse().ok(),
        (value, _) => value.as_u64(),
    };
    number.and_then(|number| number.try_into().ok())
}

/// A number from 1 on.
impl Part for NonZeroU32 {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let number = whole(&value, place).and_then(Self::new);
        number.or_else(|| place.refuse("must be a number from 1 to 4,294,967,295"))
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX })
    }
}

/// Any text.
impl Part for String {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        match value {
            Value::String(text) => Some(text),
            _ => place.refuse("must be a text"),
        }
    }

    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

/// A time as RFC 3339 has it, in the years that every database can keep, as precise as they all keep it.
impl Part for Timestamp {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        match params::time(value.as_str().unwrap_or_default()) {
            Ok(at) => Some(twinbase::core::to_millis(at)),
            Err(error) => place.refuse(error),
        }
    }

    fn schema() -> Value {
        json!({ "type": "string", "format": "date-time" })
    }
}

/// A day of the calendar, in the years that every database can keep.
impl Part for Date {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        match params::date(value.as_str().unwrap_or_default()) {
            Ok(date) => Some(date),
            Err(error) => place.refuse(error),
        }
    }

    fn schema() -> Value {
        json!({ "type": "string", "format": "date" })
    }
}

/// Any number of elements.
impl<T: Part> Part for Vec<T> {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        place.list(value, 0, usize::MAX)
    }

    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema() })
    }
}

/// 1 to `MOST` elements.
#[derive(Debug, Clone)]
pub struct Many<T, const MOST: usize>(
    /// The elements.
    pub Vec<T>,
);

impl<T: Part, const MOST: usize> Part for Many<T, MOST> {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        place.list(value, 1, MOST).map(Self)
    }

    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema(), "minItems": 1, "maxItems": MOST })
    }
}

/// The schema of an object, from its fields' names, schemas, and whether they are required.
pub fn object_schema(fields: Vec<(&str, Value, bool)>, example: &Value) -> Value {
    let names = fields.iter().filter(|(_, _, required)| *required);
    let required: Vec<_> = names
        .map(|(name, _, _)| super::form::camel_case(name))
        .collect();
    let fields = fields.into_iter();
    let properties: serde_json::Map<_, _> = fields
        .map(|(name, schema, _)| (super::form::camel_case(name), schema))
        .collect();
    json!({
        "type": "object", "properties": properties, "required": required,
        "additionalProperties": false, "example": example,
    })
}

/// The schema of a field that a function reads, which tells its type, and whether it is required.
pub fn field_schema<S, T: Part>(_: fn(&S) -> &T) -> (Value, bool) {
    (T::schema(), T::REQUIRED)
}

/// Has a struct read from JSON and HTML forms, and described in the OpenAPI document, by its fields' types, which are
/// [`Part`]s. A field's name in the program is in camelCase in the body; what is beside it is an example of its value.
/// `..` at the end stands for fields that no body has: they have their default.
///
/// ```
/// struct NewPlan {
///     due_at: Option<twinbase::Timestamp>,
///     done: bool,
/// }
///
/// twinbase_web::body!(NewPlan { due_at: "2030-01-31T09:00:00Z", done: false });
/// ```
#[macro_export]
macro_rules! body {
    ($of:ident { $($field:ident: $example:tt),* $(,)? }) => {
        $crate::body!(@ $of { $($field: $example),* } {});
    };
    ($of:ident { $($field:ident: $example:tt,)* .. }) => {
        $crate::body!(@ $of { $($field: $example),* } { ..::std::default::Default::default() });
    };
    (@ $of:ident { $($field:ident: $example:tt),* } { $($rest:tt)* }) => {
        impl $crate::Part for $of {
            fn read(value: $crate::__private::Value, place: &mut $crate::Place<'_>) -> ::std::option::Option<Self> {
                place.object(value, |form| {
                    // All are taken before one that is missing ends it.
                    $(let $field = form.take(::std::stringify!($field));)*
                    ::std::option::Option::Some(Self { $($field: $field?,)* $($rest)* })
                })
            }

            fn schema() -> $crate::__private::Value {
                let fields = ::std::vec![$({
                    let (schema, required) = $crate::__private::field_schema::<Self, _>(|of| &of.$field);
                    (::std::stringify!($field), schema, required)
                }),*];
                let mut example = $crate::__private::Map::new();
                $(example.insert(
                    $crate::__private::camel_case(::std::stringify!($field)),
                    $crate::__private::json!($example),
                );)*
                $crate::__private::object_schema(fields, &example.into())
            }
        }
    };
}
