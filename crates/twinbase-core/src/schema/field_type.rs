//! Which Rust types a column can have.

use jiff::Timestamp;

use super::{Field, Kind, Name};
use crate::{AggregateId, Value, Version};

/// A Rust type that a column of an aggregate can have.
///
/// `#[derive(FieldType)]` of `twinbase` implements it for a type around one of these.
pub trait FieldType: Clone + Into<Value> {
    /// The kind of the column.
    const KIND: Kind;
    /// Whether the column may be null.
    const NULLABLE: bool = false;
    /// Whether the column holds a list of the kind.
    const MANY: bool = false;
    /// The texts that the column may hold; empty when it may hold any.
    const VALUES: &'static [&'static str] = &[];
    /// Whether the column never leaves the primary: see [`super::Private`].
    const PRIVATE: bool = false;
}

macro_rules! field_types {
    ($($of:ty => $kind:ident;)*) => {
        $(impl FieldType for $of {
            const KIND: Kind = Kind::$kind;
        })*
    };
}

field_types! {
    String => Text;
    AggregateId => Text;
    bool => Bool;
    i16 => Int32;
    i32 => Int32;
    i64 => Int64;
    u32 => Int64;
    f64 => Double;
    Version => Int64;
    Timestamp => Timestamp;
    serde_json::Value => Json;
    uuid::Uuid => Uuid;
    jiff::civil::Date => Date;
}

impl<T: FieldType> FieldType for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;
    const MANY: bool = T::MANY;
    const VALUES: &'static [&'static str] = T::VALUES;
    const PRIVATE: bool = T::PRIVATE;
}

impl<T: FieldType> FieldType for Vec<T> {
    const KIND: Kind = T::KIND;
    const MANY: bool = {
        assert!(
            !T::MANY && !T::NULLABLE && !T::PRIVATE,
            "a list is of plain values"
        );
        true
    };
    const VALUES: &'static [&'static str] = T::VALUES;
}

impl Field {
    /// The field of a column that holds values of type `T`, in documents under `name` unless it is private.
    pub fn of<T: FieldType>(column: impl Into<Name>, name: impl Into<Name>) -> Self {
        Self {
            name: (!T::PRIVATE).then(|| name.into()),
            nullable: T::NULLABLE,
            many: T::MANY,
            values: T::VALUES.iter().map(|value| (*value).into()).collect(),
            ..Self::private(column, T::KIND)
        }
    }
}

/// Whether a column holds something else afterwards; what it held of a private one is not known.
pub fn is_change<T: FieldType>(new: &T, current: &T) -> bool {
    T::PRIVATE || new.clone().into() != current.clone().into()
}
