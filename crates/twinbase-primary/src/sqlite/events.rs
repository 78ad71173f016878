//! Gives changed rows their versions and events.

use rusqlite::{CachedStatement, Connection, types::ValueRef};
use twinbase_core::{AggregateId, Operation, PrimaryError, Schema, Version, error::Constraint};

use super::{error::During, sql};
use crate::fail;

/// What a change tells its events.
pub(super) struct Origin {
    pub(super) operation: &'static str,
    pub(super) schema: &'static Schema,
    pub(super) event_type: String,
    pub(super) traceparent: Option<Box<str>>,
}

/// The two statements behind every changed row, prepared once for all rows of a change.
pub(super) struct Events<'a> {
    origin: &'a Origin,
    mapping: i64,
    bump: CachedStatement<'a>,
    insert: CachedStatement<'a>,
}

impl<'a> Events<'a> {
    pub(super) fn prepare(
        origin: &'a Origin,
        connection: &'a Connection,
    ) -> Result<Self, PrimaryError> {
        let prepare = |sql| connection.prepare_cached(sql).during(origin.operation);
        Ok(Self {
            origin,
            mapping: origin.schema.mapping_hash(),
            bump: prepare(sql::BUMP_HEAD)?,
            insert: prepare(sql::INSERT_EVENT)?,
        })
    }

    /// The key of a changed row. SQLite alone lets a primary key be null.
    pub(super) fn id(&self, value: ValueRef<'_>) -> Result<AggregateId, PrimaryError> {
        let Origin {
            operation, schema, ..
        } = *self.origin;
        let invalid = |reason: String| fail::invalid_value(operation, reason);
        match value {
            ValueRef::Null => Err(PrimaryError::Constraint {
                operation,
                constraint: Constraint::NotNull,
                name: Some(format!("{}.{}", schema.table.name, schema.key().column)),
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
        let Origin {
            operation,
            schema,
            ref event_type,
            ref traceparent,
        } = *self.origin;
        let aggregate_type = schema.aggregate_type;
        let version: i64 = self
            .bump
            .query_row((aggregate_type, id.as_str()), |row| row.get(0))
            .during(operation)?;
        let gone;
        let payload = if Operation::is_delete(event_type, aggregate_type) {
            gone = serde_json::json!({ "id": id.as_str() }).to_string();
            gone.as_str()
        } else {
            payload
        };
        self.insert
            .execute((
                event_type,
                aggregate_type,
                id.as_str(),
                payload,
                version,
                traceparent.as_deref(),
                self.mapping,
            ))
            .during(operation)?;
        Ok(Version::new(version))
    }
}
