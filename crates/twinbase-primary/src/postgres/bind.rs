//! Values to the server, in the type that the server gave the parameter.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use jiff::{Timestamp, civil};
use tokio_postgres::types::{IsNull, Kind, ToSql, Type, to_sql_checked};
use twinbase_core::{Value, to_millis};
use uuid::Uuid;

use super::numeric;
use crate::render::Param;

/// The seconds between the epochs of Unix and of PostgreSQL, 2000-01-01.
pub(super) const EPOCH_SECONDS: i64 = 946_684_800;

/// A value that does not fit its parameter. Names types, never the value.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unbindable {
    #[error("a value of type {value} was given where the statement takes {wanted}")]
    WrongType { value: &'static str, wanted: String },
    #[error("a number is out of range for {0}")]
    OutOfRange(String),
    #[error("a text is not a value of type {0}")]
    Malformed(String),
    #[error("a list was given where the statement takes {0}")]
    NotAnArray(String),
}

type Encoded = Result<IsNull, Box<dyn Error + Sync + Send>>;

#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) &'a Param);

impl ToSql for Bound<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Encoded {
        match self.0 {
            Param::One(value) => BoundValue(value).to_sql(ty, out),
            Param::Array(values) => match ty.kind() {
                Kind::Array(of) => {
                    let values = values.iter().filter(|value| can_be(value, of));
                    values.map(BoundValue).collect::<Vec<_>>().to_sql(ty, out)
                }
                _ => Err(Unbindable::NotAnArray(ty.name().to_owned()).into()),
            },
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[derive(Debug)]
pub(super) struct BoundValue<'a>(pub(super) &'a Value);

impl ToSql for BoundValue<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Encoded {
        if let Kind::Domain(base) = ty.kind() {
            return self.to_sql(base, out);
        }
        match self.0 {
            // Documents cannot tell a JSON null from no value, so neither do we.
            Value::Null | Value::Json(serde_json::Value::Null) => Ok(IsNull::Yes),
            Value::Bool(v) if *ty == Type::BOOL => v.to_sql(ty, out),
            Value::Int(v) => int(*v, ty, out),
            Value::Double(v) => double(*v, ty, out),
            Value::Text(v) => text(v, ty, out),
            Value::Timestamp(v) if matches!(*ty, Type::TIMESTAMPTZ | Type::TIMESTAMP) => {
                micros(*v).to_sql(&Type::INT8, out)
            }
            Value::Json(v) if matches!(*ty, Type::JSONB | Type::JSON) => v.to_sql(ty, out),
            Value::Bytes(v) if *ty == Type::BYTEA => v.to_sql(ty, out),
            Value::Many(v) if matches!(ty.kind(), Kind::Array(_)) => {
                v.iter().map(Element).collect::<Vec<_>>().to_sql(ty, out)
            }
            Value::Bytes(_) => Err(wrong("bytes", ty)),
            Value::Many(_) => Err(wrong("list", ty)),
            Value::Bool(_) => Err(wrong("boolean", ty)),
            Value::Timestamp(_) => Err(wrong("timestamp", ty)),
            Value::Json(_) => Err(wrong("JSON", ty)),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// An element of a list: there a JSON null is one, as in the lists of documents.
#[derive(Debug)]
struct Element<'a>(&'a Value);

impl ToSql for Element<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Encoded {
        match self.0 {
            Value::Json(v) if matches!(*ty, Type::JSONB | Type::JSON) => v.to_sql(ty, out),
            other => BoundValue(other).to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn int(v: i64, ty: &Type, out: &mut BytesMut) -> Encoded {
    let range = |_| Unbindable::OutOfRange(ty.name().to_owned());
    match *ty {
        Type::INT8 => v.to_sql(ty, out),
        Type::INT4 => i32::try_from(v).map_err(range)?.to_sql(ty, out),
        Type::INT2 => i16::try_from(v).map_err(range)?.to_sql(ty, out),
        #[expect(clippy::cast_precision_loss, reason = "as the database itself would")]
        Type::FLOAT8 => (v as f64).to_sql(ty, out),
        Type::NUMERIC => text(&v.to_string(), ty, out),
        _ => Err(wrong("integer", ty)),
    }
}

fn double(v: f64, ty: &Type, out: &mut BytesMut) -> Encoded {
    match *ty {
        Type::FLOAT8 => v.to_sql(ty, out),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "as the database itself would"
        )]
        Type::FLOAT4 => (v as f32).to_sql(ty, out),
        _ => Err(wrong("double", ty)),
    }
}

/// Whether a value in a list can equal anything of this type. One that cannot, such as an id that is no
/// uuid, is left out of the list: no row has it.
fn can_be(value: &Value, of: &Type) -> bool {
    match (value, of) {
        (Value::Text(text), &Type::UUID) => Uuid::try_parse(text).is_ok(),
        (Value::Text(text), &(Type::INT2 | Type::INT4 | Type::INT8)) => whole(text, of).is_some(),
        _ => true,
    }
}

/// A number as the database writes it: the text of a key and the key are one to one.
fn whole(text: &str, ty: &Type) -> Option<i64> {
    let number: i64 = text.parse().ok().filter(|n: &i64| n.to_string() == text)?;
    match *ty {
        Type::INT2 => i16::try_from(number).ok().map(i64::from),
        Type::INT4 => i32::try_from(number).ok().map(i64::from),
        _ => Some(number),
    }
}

fn text(v: &str, ty: &Type, out: &mut BytesMut) -> Encoded {
    let malformed = || Unbindable::Malformed(ty.name().to_owned());
    match (ty, ty.kind()) {
        (&Type::UUID, _) => {
            let uuid = Uuid::try_parse(v).map_err(|_| malformed())?;
            out.put_slice(uuid.as_bytes());
        }
        (&(Type::INT2 | Type::INT4 | Type::INT8), _) => {
            return int(whole(v, ty).ok_or_else(malformed)?, ty, out);
        }
        (&Type::DATE, _) => {
            let date: civil::Date = v.parse().map_err(|_| malformed())?;
            let days = (date - civil::date(2000, 1, 1)).get_days();
            out.put_i32(days);
        }
        (&Type::JSON | &Type::JSONB, _) => {
            serde_json::from_str::<serde_json::Value>(v)
                .map_err(|_| malformed())?
                .to_sql(ty, out)?;
        }
        (&Type::NUMERIC, _) => numeric::put(v, out).ok_or_else(malformed)?,
        (_, Kind::Enum(_)) => out.put_slice(v.as_bytes()),
        (ty, _) if <&str as ToSql>::accepts(ty) => out.put_slice(v.as_bytes()),
        _ => return Err(wrong("text", ty)),
    }
    Ok(IsNull::No)
}

/// `timestamptz` is sent as microseconds since 2000; ours have milliseconds.
fn micros(v: Timestamp) -> i64 {
    (to_millis(v).as_millisecond() - EPOCH_SECONDS * 1000) * 1000
}

fn wrong(value: &'static str, ty: &Type) -> Box<dyn Error + Sync + Send> {
    Unbindable::WrongType {
        value,
        wanted: ty.name().to_owned(),
    }
    .into()
}

/// A list of times, for statements of our own.
pub(super) fn timestamps(times: impl Iterator<Item = Option<Timestamp>>) -> Param {
    let value = |time: Option<Timestamp>| time.map_or(Value::Null, Value::Timestamp);
    Param::Array(times.map(value).collect())
}
