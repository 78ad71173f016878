//! What an aggregate looks like on both sides: its table, its document, and which fields go from one to the other.

mod column;
mod exact;
mod field;
mod field_type;
mod hash;
mod id;
mod private;
mod registry;
mod sample;
mod source;
mod stored;
mod text;
mod typed;

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::primary::{FIRST_GENERATION, physical};

pub use column::Column;
pub use exact::{Bytes, Decimal, InvalidDecimal};
pub use field::{Field, Index, Kind, Name, Table, Unique};
pub use field_type::{FieldType, is_change};
pub use id::{Id, IdOf};
pub use private::Private;
pub use registry::{InvalidSchema, Registry};
pub use sample::SampleMismatch;
pub use source::DocumentSource;
pub use text::{Language, TextIndex};
pub use typed::{Assignment, Condition, Of, Order};

/// A type of aggregate: one table in the primary, one collection in the replica.
///
/// A schema is data, not code: the statement that writes a row also composes the
/// event's payload from it, inside the database, so what is not listed as a
/// field cannot be in an event, whoever writes the statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The type as events name it, such as `todo`.
    pub aggregate_type: Name,
    /// The table of its rows.
    pub table: Table,
    /// The collection of its documents, such as `todos`.
    pub collection: Name,
    /// Where the documents lie, when that is not the collection of that name: a rebuild has moved them.
    #[serde(skip)]
    pub physical: Option<Name>,
    /// The indexes of the collection.
    pub indexes: Vec<Index>,
    /// The text index of the collection.
    pub text: Option<TextIndex>,
    /// The unique constraints of the table that a program tells from each other.
    pub uniques: Vec<Unique>,
}

impl Schema {
    /// A schema without secondary indexes on its collection.
    pub fn new(aggregate_type: impl Into<Name>, table: Table, collection: impl Into<Name>) -> Self {
        Self {
            aggregate_type: aggregate_type.into(),
            table,
            collection: collection.into(),
            physical: None,
            indexes: Vec::new(),
            text: None,
            uniques: Vec::new(),
        }
    }

    /// The same schema with these indexes on its collection.
    #[must_use]
    pub fn with_indexes(mut self, indexes: impl Into<Vec<Index>>) -> Self {
        self.indexes = indexes.into();
        self
    }

    /// The same schema with this text index on its collection.
    #[must_use]
    pub fn with_text(mut self, text: TextIndex) -> Self {
        self.text = Some(text);
        self
    }

    /// The same schema with these unique constraints of its table.
    #[must_use]
    pub fn with_uniques(mut self, uniques: impl Into<Vec<Unique>>) -> Self {
        self.uniques = uniques.into();
        self
    }

    /// The same schema with its documents in another generation of the collection.
    #[must_use]
    pub fn in_generation(mut self, generation: u32) -> Self {
        self.physical =
            (generation != FIRST_GENERATION).then(|| physical(&self.collection, generation));
        self
    }

    /// The name of the collection in which the documents lie.
    pub fn physical(&self) -> &str {
        self.physical.as_ref().unwrap_or(&self.collection)
    }

    /// The key column of the table.
    ///
    /// # Panics
    /// When the schema has none, which [`Registry::new`] refuses.
    pub fn key(&self) -> &Field {
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

/// A schema that is made when it is first used, as a static of a program.
pub type SharedSchema = LazyLock<Arc<Schema>>;

/// A table without events that is made when it is first used, as a static of a program.
pub type SharedTable = LazyLock<Arc<Table>>;

/// A Rust type for the rows and documents of a [`Schema`].
///
/// It is read from the payload's JSON: the field names of the schema in
/// camelCase, the key as `id`. Fields that a projection may leave out are `Option`.
pub trait Aggregate: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The schema of the type, the same one at each call.
    fn schema() -> &'static Arc<Schema>;

    /// What identifies the aggregate of this type with that id.
    fn key(id: crate::AggregateId) -> crate::Key {
        crate::Key::new(Self::schema().aggregate_type.as_ref(), id)
    }
}

/// A row to be inserted: its columns with their values.
pub trait NewRow: Sync {
    /// What the row becomes.
    type Aggregate: Aggregate;

    /// The columns that are given, each once, the key among them. Of rows that one statement inserts, every
    /// one gives the same columns.
    fn row(&self) -> Vec<Assignment<Self::Aggregate>>;
}
