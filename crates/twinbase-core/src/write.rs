//! Statements as data: what a change does, before a dialect renders it to SQL.

use std::sync::Arc;

use crate::{AggregateId, Name, Operation, Schema, Table, Value, Version};

/// What a statement changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An aggregate's table: head and event are written with the row, always.
    Aggregate(Arc<Schema>),
    /// A table without events, such as sessions or idempotency keys.
    Plain(Arc<Table>),
}

impl Target {
    /// The table that is changed.
    pub fn table(&self) -> &Table {
        match self {
            Self::Aggregate(schema) => &schema.table,
            Self::Plain(table) => table,
        }
    }
}

/// One change, of one row or of many.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The table.
    pub target: Target,
    /// What is done to it.
    pub action: Action,
    /// Only if the aggregate's head is this version; for changes of one
    /// aggregate by its key. Else [`crate::PrimaryError::VersionConflict`].
    pub expected: Option<Version>,
    /// The W3C trace context that its events carry.
    pub traceparent: Option<Box<str>>,
}

/// The kinds of change.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// `insert`.
    Insert {
        /// The columns that are given, the same for every row.
        columns: Vec<Name>,
        /// The rows, each with one value a column.
        rows: Vec<Vec<Value>>,
        /// What to do with a row whose key exists.
        on_conflict: OnConflict,
    },
    /// `update .. set .. where ..`.
    Update {
        /// The assignments.
        set: Vec<Assignment>,
        /// Which rows: all conditions hold.
        filter: Vec<Condition>,
    },
    /// `delete .. where ..`.
    Delete {
        /// Which rows: all conditions hold.
        filter: Vec<Condition>,
    },
}

impl Action {
    /// What the events of this change say.
    pub const fn operation(&self) -> Operation {
        match self {
            Self::Insert { .. } => Operation::Created,
            Self::Update { .. } => Operation::Updated,
            Self::Delete { .. } => Operation::Deleted,
        }
    }
}

/// What an insert does with a row whose key exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// The statement fails with a unique violation.
    #[default]
    Fail,
    /// The row is left out: no row, no event.
    Ignore,
}

/// `column = ..` of an update, or a column's value of an insert.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The column.
    pub column: Name,
    /// Whether `value` is added to what the column holds instead of replacing it.
    pub add: bool,
    /// The value.
    pub value: Value,
}

impl Assignment {
    /// `column = value`.
    pub fn set(column: impl Into<Name>, value: Value) -> Self {
        Self {
            column: column.into(),
            add: false,
            value,
        }
    }

    /// `column = column + value`.
    pub fn add(column: impl Into<Name>, value: Value) -> Self {
        Self {
            column: column.into(),
            add: true,
            value,
        }
    }
}

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `is not distinct from`: null equals null.
    Equal,
    /// `is distinct from`.
    NotEqual,
    /// `<`; never of null.
    Less,
    /// `>`; never of null.
    Greater,
    /// One of them; null is one where it is among them.
    In,
}

/// One condition on a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The column.
    pub column: Name,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what: one value, or any number for [`Comparison::In`].
    pub values: Vec<Value>,
}

impl Condition {
    /// A comparison with one value.
    pub fn compare(column: impl Into<Name>, comparison: Comparison, value: Value) -> Self {
        Self {
            column: column.into(),
            comparison,
            values: vec![value],
        }
    }

    /// The key is this id.
    pub fn key(schema: &Schema, id: &AggregateId) -> Self {
        Self::compare(schema.key().column.clone(), Comparison::Equal, id.into())
    }

    /// The column holds one of the values.
    pub fn is_in(column: impl Into<Name>, values: Vec<Value>) -> Self {
        Self {
            column: column.into(),
            comparison: Comparison::In,
            values,
        }
    }
}

/// One column of an order; nulls come first ascending, last descending, everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The column.
    pub column: Name,
    /// Largest first.
    pub descending: bool,
}

/// A read of an aggregate's rows, with their versions; of its documents by [`Select::to_find`].
///
/// Both sides compare and order as documents do: texts byte by byte, times by their milliseconds, null first.
#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    /// The aggregate.
    pub schema: Arc<Schema>,
    /// Which rows: all conditions hold.
    pub filter: Vec<Condition>,
    /// The order; its last column should be the key, so that pages neither skip nor repeat.
    pub order: Vec<Order>,
    /// Continue after the row with these values in the columns of `order` (keyset paging).
    pub after: Option<Vec<Value>>,
    /// At most so many rows.
    pub limit: u32,
    /// Lock the rows until the transaction ends (`for update`); ignored outside of one.
    pub for_update: bool,
}

impl Select {
    /// The row with this id.
    pub fn one(schema: &Arc<Schema>, id: &AggregateId) -> Self {
        Self {
            filter: vec![Condition::key(schema, id)],
            ..Self::new(schema, 1)
        }
    }

    /// All rows of an aggregate's table, up to `limit`.
    pub fn new(schema: &Arc<Schema>, limit: u32) -> Self {
        Self {
            schema: Arc::clone(schema),
            filter: Vec::new(),
            order: Vec::new(),
            after: None,
            limit,
            for_update: false,
        }
    }
}
