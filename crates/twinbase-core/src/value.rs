//! Values that go into a statement and come out of a query, the same on every primary.

use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::{AggregateId, Bytes, Decimal, FieldType, Version, parse_time, to_millis};

/// One SQL value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL `null`, of any type.
    Null,
    /// `boolean`.
    Bool(bool),
    /// `smallint`, `integer` or `bigint`, by the column's type.
    Int(i64),
    /// `double precision`.
    Double(f64),
    /// `text`, and what is written as text (`uuid`, `date`, `numeric`).
    Text(String),
    /// `timestamptz`; kept with millisecond precision, as documents are.
    Timestamp(Timestamp),
    /// `jsonb`.
    Json(serde_json::Value),
    /// `bytea`.
    Bytes(Vec<u8>),
    /// A list; JSON text in SQLite.
    Many(Vec<Value>),
}

macro_rules! value_from {
    ($($from:ty => |$v:ident| $to:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($v: $from) -> Self { $to }
        })*
    };
}

value_from! {
    bool => |v| Value::Bool(v);
    i16 => |v| Value::Int(v.into());
    i32 => |v| Value::Int(v.into());
    u32 => |v| Value::Int(v.into());
    i64 => |v| Value::Int(v);
    f64 => |v| Value::Double(v);
    &str => |v| Value::Text(v.to_owned());
    String => |v| Value::Text(v);
    &String => |v| Value::Text(v.clone());
    AggregateId => |v| Value::Text(v.into());
    &AggregateId => |v| Value::Text(v.as_str().to_owned());
    Version => |v| Value::Int(v.get());
    Timestamp => |v| Value::Timestamp(to_millis(v));
    serde_json::Value => |v| Value::Json(v);
    Uuid => |v| Value::Text(v.hyphenated().to_string());
    Date => |v| Value::Text(v.to_string());
}

impl<T: FieldType> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::Many(values.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// A type that a query's column can be read as.
pub trait FromValue: Sized {
    /// The value as this type, or `None` when it is of another.
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! from_value {
    ($($to:ty { $($pattern:pat => $out:expr),+ $(,)? })*) => {
        $(impl FromValue for $to {
            fn from_value(value: &Value) -> Option<Self> {
                match value { $($pattern => $out,)+ _ => None }
            }
        })*
    };
}

from_value! {
    // SQLite has no boolean of its own: 0 and 1 stand for it.
    bool { Value::Bool(v) => Some(*v), Value::Int(v) => Some(*v != 0) }
    i64 { Value::Int(v) => Some(*v) }
    i32 { Value::Int(v) => (*v).try_into().ok() }
    f64 { Value::Double(v) => Some(*v), Value::Int(v) => i32::try_from(*v).ok().map(f64::from) }
    String { Value::Text(v) => Some(v.clone()) }
    Bytes { Value::Bytes(v) => Some(Bytes(v.clone())) }
    Decimal { Value::Text(v) => v.parse().ok(), Value::Int(v) => Some((*v).into()) }
    Uuid { Value::Text(v) => Uuid::try_parse(v).ok() }
    Date { Value::Text(v) => v.parse().ok() }
    AggregateId { Value::Text(v) => AggregateId::new(v).ok() }
    Version { Value::Int(v) => Some(Version::new(*v)) }
    Timestamp { Value::Timestamp(v) => Some(*v), Value::Text(v) => parse_time(v), Value::Int(v) => Timestamp::from_millisecond(*v).ok() }
    serde_json::Value { Value::Json(v) => Some(v.clone()), Value::Text(v) => serde_json::from_str(v).ok() }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

/// One row of a query's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

/// Why a column of a [`Row`] could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The query has no column of that name.
    #[error("the query has no column `{column}`")]
    NoColumn {
        /// The name asked for.
        column: String,
    },
    /// The column holds a value of another type.
    #[error("column `{column}` does not hold a value of type {wanted}")]
    WrongType {
        /// The column's name.
        column: String,
        /// The Rust type asked for.
        wanted: &'static str,
    },
}

impl Row {
    /// A row of as many values as columns.
    ///
    /// # Panics
    /// When there are more or fewer values than columns.
    pub fn new(columns: Arc<[String]>, values: Vec<Value>) -> Self {
        assert_eq!(
            columns.len(),
            values.len(),
            "a row has a value for each column"
        );
        Self { columns, values }
    }

    /// The value in a column, as `T`.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, RowError> {
        let at = self.columns.iter().position(|name| name == column);
        let value = at
            .and_then(|at| self.values.get(at))
            .ok_or_else(|| RowError::NoColumn {
                column: column.to_owned(),
            })?;
        T::from_value(value).ok_or_else(|| RowError::WrongType {
            column: column.to_owned(),
            wanted: std::any::type_name::<T>(),
        })
    }

    /// The names of the columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The values by themselves, in the order of the columns.
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// The values, in the order of the columns.
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}
