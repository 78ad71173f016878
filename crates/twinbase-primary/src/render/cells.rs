//! The row of a rendered statement, cell by cell, from whatever driver it came.

use twinbase_core::{AggregateId, PrimaryError, Row, Schema, Value, error::Constraint};

use crate::fail;

/// The cells of a row that are not taken yet.
pub(crate) struct Cells {
    operation: &'static str,
    left: std::vec::IntoIter<Value>,
}

impl Cells {
    pub(crate) fn of(operation: &'static str, row: Row) -> Self {
        let left = row.into_values().into_iter();
        Self { operation, left }
    }

    pub(crate) fn text(&mut self) -> Result<String, PrimaryError> {
        self.text_or_null()?.ok_or_else(|| self.unexpected())
    }

    pub(crate) fn text_or_null(&mut self) -> Result<Option<String>, PrimaryError> {
        match self.left.next() {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.unexpected()),
        }
    }

    pub(crate) fn number(&mut self) -> Result<i64, PrimaryError> {
        match self.left.next() {
            Some(Value::Int(number)) => Ok(number),
            _ => Err(self.unexpected()),
        }
    }

    /// The key of a changed row. SQLite alone lets a primary key be null.
    pub(crate) fn id(&mut self, schema: &Schema) -> Result<AggregateId, PrimaryError> {
        let Some(text) = self.text_or_null()? else {
            return Err(PrimaryError::Constraint {
                operation: self.operation,
                constraint: Constraint::NotNull,
                name: Some(format!("{}.{}", schema.table.name, schema.key().column)),
            });
        };
        AggregateId::new(text)
            .map_err(|error| fail::invalid_value(self.operation, error.to_string()))
    }

    fn unexpected(&self) -> PrimaryError {
        let reason = "the answer does not have the columns of the statement that was sent";
        fail::invalid_statement(self.operation, reason)
    }
}
