//! Values from the server, of whatever type a query returns.

use std::{convert::Infallible, error::Error, ops::ControlFlow, sync::Arc};

use jiff::{Timestamp, ToSpan, civil};
use tokio_postgres::types::{FromSql, Kind, Type};
use twinbase_core::{Row, StateRows, Value, Version};
use uuid::Uuid;

use super::bind::EPOCH_SECONDS;

/// A column that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the result has a column of type {0}, which cannot be read; cast it to text")]
pub(super) struct Unreadable(String);

pub(super) struct Cell(pub(super) Value);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        if let Kind::Domain(base) = ty.kind() {
            return Self::from_sql(base, raw);
        }
        let unreadable = || Unreadable(ty.name().to_owned());
        let value = match *ty {
            Type::BOOL => Value::Bool(bool::from_sql(ty, raw)?),
            Type::INT2 => Value::Int(i16::from_sql(ty, raw)?.into()),
            Type::INT4 => Value::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::OID => Value::Int(u32::from_sql(ty, raw)?.into()),
            Type::FLOAT4 => Value::Double(f32::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => Value::Double(f64::from_sql(ty, raw)?),
            Type::JSON | Type::JSONB => Value::Json(FromSql::from_sql(ty, raw)?),
            Type::TIMESTAMPTZ | Type::TIMESTAMP => {
                let time = timestamp(i64::from_sql(&Type::INT8, raw)?);
                Value::Timestamp(time.ok_or_else(unreadable)?)
            }
            Type::DATE => Value::Text(
                date(i32::from_sql(&Type::INT4, raw)?)
                    .ok_or_else(unreadable)?
                    .to_string(),
            ),
            Type::BYTEA => Value::Bytes(raw.to_owned()),
            Type::UUID => Value::Text(Uuid::from_slice(raw)?.hyphenated().to_string()),
            _ if matches!(ty.kind(), Kind::Array(_)) => {
                let cells = Vec::<Self>::from_sql(ty, raw)?;
                Value::Many(cells.into_iter().map(|cell| cell.0).collect())
            }
            _ if <&str as FromSql>::accepts(ty) || matches!(ty.kind(), Kind::Enum(_)) => {
                Value::Text(std::str::from_utf8(raw)?.to_owned())
            }
            _ => return Err(unreadable().into()),
        };
        Ok(Self(value))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A `timestamptz` of our own statements.
pub(super) struct Time(pub(super) Timestamp);

impl<'a> FromSql<'a> for Time {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        timestamp(i64::from_sql(&Type::INT8, raw)?)
            .map(Self)
            .ok_or_else(|| Unreadable(ty.name().to_owned()).into())
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }
}

/// `None` for the infinities.
fn timestamp(micros: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros.checked_add(EPOCH_SECONDS * 1_000_000)?).ok()
}

fn date(days: i32) -> Option<civil::Date> {
    civil::date(2000, 1, 1).checked_add(days.days()).ok()
}

/// The rows of a query of any columns.
pub(super) fn rows(answer: &[tokio_postgres::Row]) -> Result<Vec<Row>, tokio_postgres::Error> {
    cells(answer, |row, at| Ok(row.try_get::<_, Cell>(at)?.0))
}

/// The rows of our own tables. What a foreign writer left and cannot be read, such as an infinite
/// time, is null.
pub(super) fn readable(answer: &[tokio_postgres::Row]) -> Vec<Row> {
    let cell = |row: &tokio_postgres::Row, at| {
        let cell = row.try_get::<_, Cell>(at);
        Ok::<_, Infallible>(cell.map_or(Value::Null, |cell| cell.0))
    };
    let Ok(rows) = cells(answer, cell);
    rows
}

fn cells<E>(
    answer: &[tokio_postgres::Row],
    cell: impl Fn(&tokio_postgres::Row, usize) -> Result<Value, E>,
) -> Result<Vec<Row>, E> {
    let columns = answer.first().map(tokio_postgres::Row::columns);
    let names = columns.into_iter().flatten();
    let names: Arc<[String]> = names.map(|column| column.name().to_owned()).collect();
    let row = |row| {
        let values = (0..names.len())
            .map(|at| cell(row, at))
            .collect::<Result<_, E>>()?;
        Ok(Row::new(Arc::clone(&names), values))
    };
    answer.iter().map(row).collect()
}

/// Takes a row of a statement that returns `id`, `version` and `payload`.
pub(super) fn state(
    row: &tokio_postgres::Row,
    rows: &mut StateRows,
) -> Result<ControlFlow<()>, tokio_postgres::Error> {
    let version = Version::new(row.try_get(1)?);
    Ok(rows.take(row.try_get(0)?, version, row.try_get(2)?))
}
