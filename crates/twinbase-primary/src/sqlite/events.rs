//! Gives changed rows their versions and events.

use rusqlite::{CachedStatement, Connection, types::ValueRef};
use twinbase_core::{AggregateId, Operation, PrimaryError, Schema, Version, error::Constraint};

use super::{error::During, sql};

/// The two statements behind every changed row, prepared once for all rows of a change.
pub(super) struct Events<'a> {
    operation: &'static str,
    schema: &'static Schema,
    mapping: i64,
    event_type: &'a str,
    traceparent: Option<&'a str>,
    bump: CachedStatement<'a>,
    insert: CachedStatement<'a>,
}

impl<'a> Events<'a> {
    pub(super) fn prepare(
        operation: &'static str,
        connection: &'a Connection,
        schema: &'static Schema,
        event_type: &'a str,
        traceparent: Option<&'a str>,
    ) -> Result<Self, PrimaryError> {
        let prepare = |sql| connection.prepare_cached(sql).during(operation);
        Ok(Self {
            operation,
            schema,
            mapping: schema.mapping_hash(),
            event_type,
            traceparent,
            bump: prepare(sql::BUMP_HEAD)?,
            insert: prepare(sql::INSERT_EVENT)?,
        })
    }

    /// The key of a changed row. SQLite alone lets a primary key be null.
    pub(super) fn id(&self, value: ValueRef<'_>) -> Result<AggregateId, PrimaryError> {
        let invalid = |reason: String| PrimaryError::InvalidValue {
            operation: self.operation,
            reason,
        };
        match value {
            ValueRef::Null => Err(PrimaryError::Constraint {
                operation: self.operation,
                constraint: Constraint::NotNull,
                name: Some(format!(
                    "{}.{}",
                    self.schema.table.name,
                    self.schema.key().column
                )),
            }),
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text).map_err(|error| invalid(error.to_string()))?;
                AggregateId::new(text).map_err(|error| invalid(error.to_string()))
            }
            ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => {
                Err(invalid("the key is not a text".into()))
            }
        }
    }

    /// One version more, and the event that says so.
    pub(super) fn write(
        &mut self,
        id: &AggregateId,
        payload: &str,
    ) -> Result<Version, PrimaryError> {
        let aggregate_type = self.schema.aggregate_type;
        let version: i64 = self
            .bump
            .query_row((aggregate_type, id.as_str()), |row| row.get(0))
            .during(self.operation)?;
        let gone;
        let payload = if Operation::is_delete(self.event_type, aggregate_type) {
            gone = serde_json::json!({ "id": id.as_str() }).to_string();
            gone.as_str()
        } else {
            payload
        };
        self.insert
            .execute((
                self.event_type,
                aggregate_type,
                id.as_str(),
                payload,
                version,
                self.traceparent,
                self.mapping,
            ))
            .during(self.operation)?;
        Ok(Version::new(version))
    }
}
