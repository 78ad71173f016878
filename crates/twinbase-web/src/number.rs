//! Numbers that people give, parsed once at the boundary: what is in one of these types is within its limits.

use std::fmt::Display;

use serde_json::Value;

use crate::Invalid;

/// A kind of number that [`number!`](crate::number) can bound.
pub trait Number: Copy + PartialOrd + Display {
    /// The name of the kind in a JSON schema.
    const SCHEMA_TYPE: &'static str;

    /// Reads a JSON number, or the text of an HTML form.
    fn read(value: &Value) -> Option<Self>;
}

impl Number for i32 {
    const SCHEMA_TYPE: &'static str = "integer";

    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_i64().and_then(|number| number.try_into().ok()),
        }
    }
}

impl Number for f64 {
    const SCHEMA_TYPE: &'static str = "number";

    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => decimal(text.trim()),
            value => value.as_f64(),
        }
    }
}

/// A number as people write it, with a point or a comma. A comma before three digits may stand between thousands: it is refused.
fn decimal(text: &str) -> Option<f64> {
    let Some((whole, part)) = text.split_once(',') else {
        return text.parse().ok();
    };
    (part.len() != 3)
        .then(|| format!("{whole}.{part}").parse().ok())
        .flatten()
}

/// Takes a number from `least` to `most`; not-a-number is not between them.
///
/// # Errors
///
/// One that says the limits.
pub fn within<N: Number>(number: N, least: N, most: N) -> Result<N, Invalid> {
    if least <= number && number <= most {
        return Ok(number);
    }
    Err(Invalid::new(format!(
        "must be a number from {least} to {most}"
    )))
}

/// Makes types of numbers within limits, as columns, fields of documents and fields of bodies. A document is read as it
/// is: another program may have written it by other rules.
///
/// ```
/// twinbase_web::number! {
///     /// An hour of the day.
///     #[derive(Eq)]
///     pub struct Hour: i32 in 0..=23;
/// }
/// assert_eq!(Hour::new(7).map(Hour::get), Ok(7));
/// assert!(Hour::new(24).is_err());
/// ```
#[macro_export]
macro_rules! number {
    ($($(#[$meta:meta])* $visibility:vis struct $name:ident: $of:ident in $least:literal..=$most:literal;)*) => {$(
        $(#[$meta])*
        #[derive(
            ::std::fmt::Debug, ::std::clone::Clone, ::std::marker::Copy, ::std::cmp::PartialEq, ::std::cmp::PartialOrd,
            $crate::__private::FieldType, $crate::__private::Serialize, $crate::__private::Deserialize,
        )]
        #[serde(transparent, crate = "twinbase_web::__private::serde")]
        $visibility struct $name($of);

        impl $name {
            /// Checks a number and takes it.
            $visibility fn new(number: $of) -> ::std::result::Result<Self, $crate::Invalid> {
                $crate::within(number, $least, $most).map(Self)
            }

            /// The number.
            $visibility const fn get(self) -> $of {
                self.0
            }
        }

        impl $crate::Part for $name {
            fn read(value: $crate::__private::Value, place: &mut $crate::Place<'_>) -> ::std::option::Option<Self> {
                match place.number(&value).map(Self::new)? {
                    ::std::result::Result::Ok(number) => ::std::option::Option::Some(number),
                    ::std::result::Result::Err(invalid) => place.refuse(::std::string::ToString::to_string(&invalid)),
                }
            }

            fn schema() -> $crate::__private::Value {
                $crate::__private::json!({
                    "type": <$of as $crate::Number>::SCHEMA_TYPE, "minimum": $least, "maximum": $most,
                })
            }
        }
    )*};
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_is_within_its_limits_and_is_a_number() {
        assert_eq!(within(0.5, 0.0, 1.0), Ok(0.5));
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(within(bad, 0.0, 1.0).is_err(), "{bad}");
        }
        assert_eq!(i32::read(&json!(" 7 ")), Some(7));
        for bad in [json!(1.5), json!(3_000_000_000_i64), json!("x"), json!([])] {
            assert_eq!(i32::read(&bad), None, "{bad}");
        }
        assert_eq!(f64::read(&json!(2)), Some(2.0));
        for (text, number) in [
            (" 2.5", Some(2.5)),
            ("2,5", Some(2.5)),
            ("2,", Some(2.0)),
            ("1,000", None),
            ("1,2,3", None),
        ] {
            assert_eq!(f64::read(&json!(text)), number, "{text}");
        }
    }
}
