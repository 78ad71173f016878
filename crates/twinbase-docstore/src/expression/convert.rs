//! Types: what a value is, and another type of it. Null and missing convert to null.

use bson::oid::ObjectId;
use bson::raw::RawBson;

use super::Value;
use super::compare::is_true;
use super::function::{Answer, Function, Null, Shape, Wrong, wrong};

const fn strict(name: &'static str, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, Shape::Listed(1, 1), Null::Spreads, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("$type", Shape::Listed(1, 1), Null::Passes, |a| {
        Ok(Some(RawBson::String(type_name(&a[0]).to_owned())))
    }),
    Function::new("$isNumber", Shape::Listed(1, 1), Null::Passes, |a| {
        let number = ["int", "long", "double", "decimal"].contains(&type_name(&a[0]));
        Ok(Some(RawBson::Boolean(number)))
    }),
    strict("$toBool", |a| {
        Ok(Some(RawBson::Boolean(is_true(a[0].as_ref()))))
    }),
    strict("$toInt", |a| {
        i32::try_from(integer(&a[0])?)
            .map_or_else(|_| wrong("leaves int32"), |n| Ok(Some(RawBson::Int32(n))))
    }),
    strict("$toLong", |a| Ok(Some(RawBson::Int64(integer(&a[0])?)))),
    strict("$toDouble", |a| Ok(Some(RawBson::Double(double(&a[0])?)))),
    strict("$toString", |a| Ok(Some(RawBson::String(text(&a[0])?)))),
    strict("$toObjectId", object_id),
];

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

/// A double loses its fraction, a string is a whole number in base 10, a date its milliseconds.
fn integer(value: &Value) -> Result<i64, Wrong> {
    match value {
        Some(RawBson::Int32(n)) => Ok(i64::from(*n)),
        Some(RawBson::Int64(n)) => Ok(*n),
        Some(RawBson::Boolean(truth)) => Ok(i64::from(*truth)),
        #[expect(clippy::cast_possible_truncation, reason = "in the range of int64")]
        Some(RawBson::Double(n)) if n.abs() < 9.223_372_036_854_775e18 => Ok(n.trunc() as i64),
        Some(RawBson::Double(_)) => wrong("leaves the range of whole numbers"),
        Some(RawBson::String(text)) => text
            .parse()
            .or_else(|_| wrong("cannot read the string as a whole number")),
        Some(RawBson::Decimal128(_)) => Err(Wrong::Unsupported("a decimal")),
        Some(RawBson::DateTime(_)) => Err(Wrong::Unsupported("a date")),
        _ => wrong("cannot convert a value of this type"),
    }
}

fn double(value: &Value) -> Result<f64, Wrong> {
    match value {
        Some(RawBson::Int32(n)) => Ok(f64::from(*n)),
        #[expect(
            clippy::cast_precision_loss,
            reason = "the nearest double is asked for"
        )]
        Some(RawBson::Int64(n)) => Ok(*n as f64),
        Some(RawBson::Double(n)) => Ok(*n),
        Some(RawBson::Boolean(truth)) => Ok(f64::from(u8::from(*truth))),
        Some(RawBson::String(text)) if text.bytes().any(|b| b.is_ascii_digit()) => text
            .parse()
            .or_else(|_| wrong("cannot read the string as a number")),
        Some(RawBson::String(_)) => wrong("cannot read the string as a number"),
        Some(RawBson::Decimal128(_)) => Err(Wrong::Unsupported("a decimal")),
        Some(RawBson::DateTime(_)) => Err(Wrong::Unsupported("a date")),
        _ => wrong("cannot convert a value of this type"),
    }
}

fn text(value: &Value) -> Result<String, Wrong> {
    match value {
        Some(RawBson::String(text)) => Ok(text.clone()),
        Some(RawBson::Int32(n)) => Ok(n.to_string()),
        Some(RawBson::Int64(n)) => Ok(n.to_string()),
        Some(RawBson::Boolean(truth)) => Ok(truth.to_string()),
        Some(RawBson::ObjectId(id)) => Ok(id.to_hex()),
        // MongoDB writes doubles beyond this in another form than Rust does.
        Some(RawBson::Double(n)) if *n == 0.0 || (1e-4..1e15).contains(&n.abs()) => {
            Ok(n.to_string())
        }
        Some(RawBson::Double(_)) => Err(Wrong::Unsupported("a very large or small double")),
        Some(RawBson::Decimal128(_)) => Err(Wrong::Unsupported("a decimal")),
        Some(RawBson::DateTime(_)) => Err(Wrong::Unsupported("a date")),
        _ => wrong("cannot convert a value of this type"),
    }
}

fn object_id(arguments: &[Value]) -> Answer {
    match &arguments[0] {
        Some(RawBson::ObjectId(id)) => Ok(Some(RawBson::ObjectId(*id))),
        Some(RawBson::String(text)) => ObjectId::parse_str(text).map_or_else(
            |_| wrong("takes 24 hexadecimal digits"),
            |id| Ok(Some(RawBson::ObjectId(id))),
        ),
        _ => wrong("cannot convert a value of this type"),
    }
}
