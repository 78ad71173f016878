//! Types: what a value is, and another type of it. Null and missing convert to null.

use bson::oid::ObjectId;
use bson::raw::RawBson;

use super::compare::is_true;
use super::function::{Answer, Function, Null, Shape, Wrong, wrong};
use super::number::Number;
use super::{Value, date, text};
use crate::value::{Decimal, Rounding};

const fn one(name: &'static str, null: Null, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, Shape::Listed(1, 1), null, run)
}

const fn strict(name: &'static str, run: fn(&[Value]) -> Answer) -> Function {
    one(name, Null::Spreads, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    one("$type", Null::Passes, |a| {
        Ok(Some(RawBson::String(type_name(&a[0]).to_owned())))
    }),
    one("$isNumber", Null::Passes, |a| {
        let number = a[0].as_ref().and_then(Number::read);
        Ok(Some(RawBson::Boolean(number.is_some())))
    }),
    strict("$toBool", |a| Target::Bool.of(&a[0])),
    strict("$toInt", |a| Target::Int.of(&a[0])),
    strict("$toLong", |a| Target::Long.of(&a[0])),
    strict("$toDouble", |a| Target::Double.of(&a[0])),
    strict("$toDecimal", |a| Target::Decimal.of(&a[0])),
    strict("$toString", |a| Target::String.of(&a[0])),
    strict("$toObjectId", |a| Target::ObjectId.of(&a[0])),
    strict("$toDate", |a| Target::Date.of(&a[0])),
];

/// `$convert` without its other values for null and for errors.
pub(super) const CONVERT: Function = Function::new(
    "$convert",
    Shape::Named(2, &["input", "to"]),
    Null::Spreads,
    |a| Target::read(&a[1])?.of(&a[0]),
);

/// The names of the manual's table of types.
fn type_name(value: &Value) -> &'static str {
    match value {
        None => "missing",
        Some(RawBson::Double(_)) => "double",
        Some(RawBson::String(_)) => "string",
        Some(RawBson::Document(_)) => "object",
        Some(RawBson::Array(_)) => "array",
        Some(RawBson::Binary(_)) => "binData",
        Some(RawBson::Undefined) => "undefined",
        Some(RawBson::ObjectId(_)) => "objectId",
        Some(RawBson::Boolean(_)) => "bool",
        Some(RawBson::DateTime(_)) => "date",
        Some(RawBson::Null) => "null",
        Some(RawBson::RegularExpression(_)) => "regex",
        Some(RawBson::DbPointer(_)) => "dbPointer",
        Some(RawBson::JavaScriptCode(_)) => "javascript",
        Some(RawBson::Symbol(_)) => "symbol",
        Some(RawBson::JavaScriptCodeWithScope(_)) => "javascriptWithScope",
        Some(RawBson::Int32(_)) => "int",
        Some(RawBson::Timestamp(_)) => "timestamp",
        Some(RawBson::Int64(_)) => "long",
        Some(RawBson::Decimal128(_)) => "decimal",
        Some(RawBson::MinKey) => "minKey",
        Some(RawBson::MaxKey) => "maxKey",
    }
}

fn unconvertible<T>(reason: &str) -> Result<T, Wrong> {
    Err(Wrong::Unconvertible(reason.to_owned()))
}

/// A type that values can be converted to.
#[derive(Debug, Clone, Copy)]
enum Target {
    Double,
    String,
    ObjectId,
    Bool,
    Date,
    Int,
    Long,
    Decimal,
}

impl Target {
    /// By the type's name or number, or a document with either as `type`.
    fn read(to: &Value) -> Result<Self, Wrong> {
        match to {
            Some(RawBson::Document(document)) => {
                let inner = document.get("type")?.map(RawBson::from);
                if document.iter().count() != 1 || matches!(inner, Some(RawBson::Document(_))) {
                    return Err(Wrong::Unsupported("more than a type"));
                }
                Self::read(&inner)
            }
            Some(RawBson::String(name)) => Self::by_name(name),
            other => match other
                .as_ref()
                .and_then(Number::read)
                .and_then(|n| n.integral())
            {
                Some(1) => Ok(Self::Double),
                Some(2) => Ok(Self::String),
                Some(7) => Ok(Self::ObjectId),
                Some(8) => Ok(Self::Bool),
                Some(9) => Ok(Self::Date),
                Some(16) => Ok(Self::Int),
                Some(18) => Ok(Self::Long),
                Some(19) => Ok(Self::Decimal),
                Some(-1 | 3..=19 | 127) => Err(Wrong::Unsupported("a value to this type")),
                _ => wrong("takes the name or the number of a type"),
            },
        }
    }

    fn by_name(name: &str) -> Result<Self, Wrong> {
        Ok(match name {
            "double" => Self::Double,
            "string" => Self::String,
            "objectId" => Self::ObjectId,
            "bool" => Self::Bool,
            "date" => Self::Date,
            "int" => Self::Int,
            "long" => Self::Long,
            "decimal" => Self::Decimal,
            "object"
            | "array"
            | "binData"
            | "undefined"
            | "null"
            | "regex"
            | "dbPointer"
            | "javascript"
            | "symbol"
            | "javascriptWithScope"
            | "timestamp"
            | "minKey"
            | "maxKey" => return Err(Wrong::Unsupported("a value to this type")),
            _ => return wrong(&format!("does not know the type {name:?}")),
        })
    }

    /// The value is not null.
    fn of(self, value: &Value) -> Answer {
        Ok(Some(match self {
            Self::Bool => RawBson::Boolean(is_true(value.as_ref())),
            Self::Int => match i32::try_from(integer(value, false)?) {
                Ok(n) => RawBson::Int32(n),
                Err(_) => return unconvertible("leaves int32"),
            },
            Self::Long => RawBson::Int64(integer(value, true)?),
            Self::Double => RawBson::Double(double(value)?),
            Self::Decimal => RawBson::Decimal128(decimal(value)?.to_bson()),
            Self::String => RawBson::String(string(value)?),
            Self::ObjectId => RawBson::ObjectId(object_id(value)?),
            Self::Date => RawBson::DateTime(bson::DateTime::from_millis(milliseconds(value)?)),
        }))
    }
}

fn of_no_such_type<T>() -> Result<T, Wrong> {
    unconvertible("cannot convert a value of this type")
}

/// A fraction is cut off, a string is a whole number in base 10, a date its milliseconds.
fn integer(value: &Value, takes_dates: bool) -> Result<i64, Wrong> {
    let beyond = || unconvertible("leaves the range of whole numbers");
    match value {
        Some(RawBson::Boolean(truth)) => Ok(i64::from(*truth)),
        Some(RawBson::String(text)) => text
            .parse()
            .or_else(|_| unconvertible("cannot read the string as a whole number")),
        Some(RawBson::DateTime(date)) if takes_dates => Ok(date.timestamp_millis()),
        value => match value.as_ref().and_then(Number::read) {
            None => of_no_such_type(),
            Some(Number::Double(n)) => Decimal::of_double(n)
                .to_integer(Rounding::TowardZero)
                .map_or_else(beyond, Ok),
            Some(Number::Decimal(n)) => n.to_integer(Rounding::TowardZero).map_or_else(beyond, Ok),
            Some(number) => number.whole().map_or_else(beyond, Ok),
        },
    }
}

fn double(value: &Value) -> Result<f64, Wrong> {
    match value {
        Some(RawBson::Boolean(truth)) => Ok(f64::from(u8::from(*truth))),
        Some(RawBson::String(text)) if text.bytes().any(|b| b.is_ascii_digit()) => text
            .parse()
            .or_else(|_| unconvertible("cannot read the string as a number")),
        Some(RawBson::String(_)) => unconvertible("cannot read the string as a number"),
        #[expect(
            clippy::cast_precision_loss,
            reason = "the nearest double is asked for"
        )]
        Some(RawBson::DateTime(date)) => Ok(date.timestamp_millis() as f64),
        value => match value.as_ref().and_then(Number::read) {
            None => of_no_such_type(),
            Some(Number::Decimal(n)) => {
                let near = n.to_double();
                if near.is_infinite() && !matches!(n, Decimal::Infinite { .. }) {
                    return unconvertible("leaves the range of doubles");
                }
                Ok(near)
            }
            Some(number) => Ok(number.double()),
        },
    }
}

fn decimal(value: &Value) -> Result<Decimal, Wrong> {
    match value {
        Some(RawBson::Boolean(truth)) => Ok(Decimal::of_integer(i64::from(*truth))),
        Some(RawBson::String(text)) => Decimal::parse(text)
            .map_or_else(|| unconvertible("cannot read the string as a number"), Ok),
        Some(RawBson::DateTime(date)) => Ok(Decimal::of_integer(date.timestamp_millis())),
        value => match value.as_ref().and_then(Number::read) {
            None => of_no_such_type(),
            Some(number) => Ok(number.decimal()),
        },
    }
}

fn string(value: &Value) -> Result<String, Wrong> {
    match value {
        Some(RawBson::Boolean(truth)) => Ok(truth.to_string()),
        Some(RawBson::ObjectId(id)) => Ok(id.to_hex()),
        Some(RawBson::Double(n)) => Ok(text::double(*n)),
        Some(
            RawBson::String(_)
            | RawBson::Int32(_)
            | RawBson::Int64(_)
            | RawBson::Decimal128(_)
            | RawBson::DateTime(_),
        ) => text::of(value),
        Some(RawBson::Binary(_)) => Err(Wrong::Unsupported("binary data")),
        Some(RawBson::Document(_) | RawBson::Array(_)) => {
            Err(Wrong::Unsupported("a document or an array"))
        }
        _ => of_no_such_type(),
    }
}

fn object_id(value: &Value) -> Result<ObjectId, Wrong> {
    match value {
        Some(RawBson::ObjectId(id)) => Ok(*id),
        Some(RawBson::String(text)) => {
            ObjectId::parse_str(text).or_else(|_| unconvertible("takes 24 hexadecimal digits"))
        }
        _ => of_no_such_type(),
    }
}

/// A number counts milliseconds since 1970; an int32 is none that MongoDB takes.
fn milliseconds(value: &Value) -> Result<i64, Wrong> {
    match value {
        Some(RawBson::String(text)) => date::from_iso(text),
        Some(RawBson::Int64(_) | RawBson::Double(_) | RawBson::Decimal128(_)) => {
            integer(value, false)
        }
        Some(RawBson::DateTime(_) | RawBson::ObjectId(_) | RawBson::Timestamp(_)) => {
            date::instant(value)
        }
        _ => of_no_such_type(),
    }
}
