//! Tables, their columns, and the indexes of collections.

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
    }
}

/// One column of a table and, when it has a name, one field of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The column in the primary, `snake_case`.
    pub column: &'static str,
    /// The field in payload and document, camelCase; `None` keeps it in the primary.
    pub name: Option<&'static str>,
    /// Its type.
    pub kind: Kind,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it is the aggregate's id.
    pub key: bool,
}

impl Field {
    /// A column that goes into the document under `name`.
    pub const fn new(column: &'static str, name: &'static str, kind: Kind) -> Self {
        Self {
            column,
            name: Some(name),
            kind,
            nullable: false,
            key: false,
        }
    }

    /// The key column: `id` in the payload, `_id` in the document.
    pub const fn key(column: &'static str) -> Self {
        Self {
            key: true,
            ..Self::new(column, "id", Kind::Text)
        }
    }

    /// A column that never leaves the primary, such as a password hash.
    pub const fn private(column: &'static str, kind: Kind) -> Self {
        Self {
            name: None,
            ..Self::new(column, "", kind)
        }
    }

    /// The same field, which may be null.
    #[must_use]
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }
}

/// A table of the primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name, unquoted.
    pub name: &'static str,
    /// Its columns.
    pub fields: &'static [Field],
}

impl Table {
    /// A table with these columns.
    pub const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        Self { name, fields }
    }

    /// The column of that name.
    pub fn field(&self, column: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.column == column)
    }
}

/// An index of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// Its name, unique in the collection.
    pub name: &'static str,
    /// The fields in order, each ascending (`1`) or descending (`-1`).
    pub keys: &'static [(&'static str, i32)],
}
