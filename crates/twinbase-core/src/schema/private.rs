//! Columns that never leave the primary.

use std::fmt;

use super::{FieldType, Kind};
use crate::Value;

/// The value of a column that no payload, document, log or answer ever has, such as the hash of a password.
///
/// It is there to be written. What is read of an aggregate, from the primary too, has none: ask for it with
/// a query of its own. It cannot be serialized; a field of it is `#[serde(skip)]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Private<T>(Option<T>);

impl<T> Private<T> {
    /// A value to be written.
    pub const fn new(value: T) -> Self {
        Self(Some(value))
    }

    /// The value, where it was not read from a database.
    pub const fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> Default for Private<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> From<T> for Private<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private(hidden)")
    }
}

impl<T: Into<Value>> From<Private<T>> for Value {
    fn from(private: Private<T>) -> Self {
        private.0.into()
    }
}

impl<T: FieldType> FieldType for Private<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = T::NULLABLE;
    const MANY: bool = T::MANY;
    const VALUES: &'static [&'static str] = T::VALUES;
    const PRIVATE: bool = true;
}
