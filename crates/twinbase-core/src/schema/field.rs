//! Tables, their columns, and the indexes of collections.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The name of a type, table, column, field, collection or index: a constant of the program or read from a file.
pub type Name = Cow<'static, str>;

crate::named! {
    /// The type of a field on both sides. Its name is part of the hash of a mapping: it never changes.
    pub enum Kind {
        /// `text`; a string.
        Text = "text",
        /// `boolean`; a boolean.
        Bool = "bool",
        /// `integer`; a 32-bit integer.
        Int32 = "int32",
        /// `bigint`; a 64-bit integer.
        Int64 = "int64",
        /// `double precision`; a double.
        Double = "double",
        /// `timestamptz(3)`, in SQLite RFC 3339 text in UTC with milliseconds; a date.
        ///
        /// Other columns and forms that hold a time are read as well ([`crate::parse_time`]); one without a zone is
        /// UTC. Whatever is finer than a millisecond is rounded in one way on both sides
        /// ([`crate::to_millis`]). A time beyond the years that [`jiff::Timestamp`] knows, or
        /// infinity, fails the event that carries it, and no other.
        Timestamp = "timestamp",
        /// `jsonb`, in SQLite JSON text; a document, array or scalar.
        Json = "json",
        /// `numeric`, in SQLite text; a `Decimal128`, exact. One of more than 34 digits fails the event that
        /// carries it. It has no order that both sides share.
        Decimal = "decimal",
        /// `bytea`, in SQLite a blob; binary data.
        Bytes = "bytes",
        /// `uuid`, in SQLite text; a string in the usual lower-case form.
        Uuid = "uuid",
        /// `date`, in SQLite text; a string `YYYY-MM-DD`, which sorts as dates do.
        Date = "date",
    }
}

/// One column of a table and, when it has a name, one field of the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The column in the primary, `snake_case`.
    pub column: Name,
    /// The field in payload and document, camelCase; `None` keeps it in the primary.
    pub name: Option<Name>,
    /// Its type; that of each element where there are `many`.
    pub kind: Kind,
    /// Whether it holds a list: an array in documents and on PostgreSQL, JSON text in SQLite. No element is null.
    pub many: bool,
    /// The texts that it may hold; empty when it may hold any. A column of an enum type, or of text.
    pub values: Vec<Name>,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it is the aggregate's id.
    pub key: bool,
}

impl Field {
    /// A column that goes into the document under `name`.
    pub fn new(column: impl Into<Name>, name: impl Into<Name>, kind: Kind) -> Self {
        Self {
            name: Some(name.into()),
            ..Self::private(column, kind)
        }
    }

    /// The key column, a text: `id` in the payload, `_id` in the document.
    pub fn key(column: impl Into<Name>) -> Self {
        Self::key_of(column, Kind::Text)
    }

    /// The key column of one of the kinds that a key can have: text, uuid, int32 or int64. In payloads, documents and
    /// programs every key is a text.
    pub fn key_of(column: impl Into<Name>, kind: Kind) -> Self {
        Self {
            key: true,
            ..Self::new(column, "id", kind)
        }
    }

    /// A column that never leaves the primary, such as a password hash.
    pub fn private(column: impl Into<Name>, kind: Kind) -> Self {
        Self {
            column: column.into(),
            name: None,
            kind,
            many: false,
            values: Vec::new(),
            nullable: false,
            key: false,
        }
    }

    /// The same field, which holds a list.
    #[must_use]
    pub fn many(mut self) -> Self {
        self.many = true;
        self
    }

    /// The same field, which holds one of these texts.
    #[must_use]
    pub fn one_of<N: Into<Name>>(mut self, values: impl IntoIterator<Item = N>) -> Self {
        self.values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Whether its values have an order that both sides share.
    pub fn has_order(&self) -> bool {
        !self.many && !matches!(self.kind, Kind::Json | Kind::Decimal | Kind::Bytes)
    }

    /// Whether the field may hold this text.
    pub fn allows(&self, text: &str) -> bool {
        self.values.is_empty() || self.values.iter().any(|value| value == text)
    }

    /// The same field, which may be null.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }
}

/// A table of the primary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name, unquoted.
    pub name: Name,
    /// Its columns.
    pub fields: Vec<Field>,
}

impl Table {
    /// A table with these columns.
    pub fn new(name: impl Into<Name>, fields: impl Into<Vec<Field>>) -> Self {
        Self {
            name: name.into(),
            fields: fields.into(),
        }
    }

    /// The column of that name.
    pub fn field(&self, column: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.column == column)
    }
}

/// An index of a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Its name, unique in the collection.
    pub name: Name,
    /// The fields in order, each ascending (`1`) or descending (`-1`).
    pub keys: Vec<(Name, i32)>,
}

impl Index {
    /// An index over these fields of the document, each ascending (`1`) or descending (`-1`).
    pub fn new<K: Into<Name>>(
        name: impl Into<Name>,
        keys: impl IntoIterator<Item = (K, i32)>,
    ) -> Self {
        Self {
            name: name.into(),
            keys: keys
                .into_iter()
                .map(|(key, way)| (key.into(), way))
                .collect(),
        }
    }
}

/// A unique constraint or index of the table, by the name that [`crate::PrimaryError::constraint`] answers on every
/// database: SQLite itself names only columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unique {
    /// Its name in the primary.
    pub name: Name,
    /// Its columns, in order.
    pub columns: Vec<Name>,
}

impl Unique {
    /// A constraint over these columns.
    pub fn new<C: Into<Name>>(name: impl Into<Name>, columns: impl IntoIterator<Item = C>) -> Self {
        Self {
            name: name.into(),
            columns: columns.into_iter().map(Into::into).collect(),
        }
    }
}
