//! What an aggregate looks like on both sides: its table, its document, and which fields go from one to the other.

mod column;
mod field;
mod hash;
mod registry;

use serde::{Serialize, de::DeserializeOwned};

pub use column::Column;
pub use field::{Field, Index, Kind, Table};
pub use registry::{InvalidSchema, Registry};

/// A type of aggregate: one table in the primary, one collection in the replica.
///
/// A schema is data, not code: the statement that writes a row also composes the
/// event's payload from it, inside the database, so what is not listed as a
/// field cannot be in an event, whoever writes the statement.
#[derive(Debug, PartialEq, Eq)]
pub struct Schema {
    /// The type as events name it, such as `todo`.
    pub aggregate_type: &'static str,
    /// The table of its rows.
    pub table: Table,
    /// The collection of its documents, such as `todos`.
    pub collection: &'static str,
    /// The indexes of the collection.
    pub indexes: &'static [Index],
}

impl Schema {
    /// A schema without secondary indexes on its collection.
    pub const fn new(aggregate_type: &'static str, table: Table, collection: &'static str) -> Self {
        Self {
            aggregate_type,
            table,
            collection,
            indexes: &[],
        }
    }

    /// The same schema with these indexes on its collection.
    #[must_use]
    pub const fn with_indexes(mut self, indexes: &'static [Index]) -> Self {
        self.indexes = indexes;
        self
    }

    /// The fields of the document, in order; the key first by convention.
    pub fn mapped(&self) -> impl Iterator<Item = (&'static Field, &'static str)> {
        self.table
            .fields
            .iter()
            .filter_map(|field| field.name.map(|name| (field, name)))
    }

    /// The key column of the table.
    ///
    /// # Panics
    /// When the schema has none, which [`Registry::new`] refuses.
    pub fn key(&self) -> &'static Field {
        self.table
            .fields
            .iter()
            .find(|field| field.key)
            .expect("a registered schema has a key field")
    }

    /// A hash of what makes a document out of a row: the table, its key, and of every mapped field
    /// the column, name, kind and whether it may be null. Stable across builds and machines.
    ///
    /// Two programs whose schemas have the same hash compose the same document. It walks all
    /// fields: keep it where it is needed often.
    pub fn mapping_hash(&self) -> i64 {
        hash::of(self)
    }

    /// The event type for an operation on this aggregate.
    pub fn event_type(&self, operation: crate::Operation) -> String {
        format!("{}.{}", self.aggregate_type, operation.name())
    }
}

/// A Rust type for the rows and documents of a [`Schema`].
///
/// It is read from the payload's JSON: the field names of the schema in
/// camelCase, the key as `id`. Fields that a projection may leave out are `Option`.
pub trait Aggregate: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The schema of the type.
    const SCHEMA: &'static Schema;
}
