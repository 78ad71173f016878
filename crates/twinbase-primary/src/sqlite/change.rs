//! A [`Write`] made ready for SQLite, and its run: row, head and event.
//!
//! Always inside of a transaction; an error means that the transaction must be
//! rolled back, because a row may have been changed without its event.

use std::sync::Arc;

use rusqlite::{Connection, types::ValueRef};
use twinbase_core::{
    AggregateId, Operation, PrimaryError, Schema, State, Version,
    error::Constraint,
    primary::{PrimaryKind, Written},
    write::{Action, Target, Write},
};

use super::{
    bind::{bind, prepare},
    error::During,
    sql,
};
use crate::fail;
use crate::render::{self, Expected, Param};

/// A change with its text and parameters, checked as far as a text can be.
pub(super) struct Change {
    operation: &'static str,
    sql: String,
    /// The parameters of each run; an insert of many rows is one statement run
    /// for each, which SQLite does faster than one of many rows.
    runs: Vec<Vec<Param>>,
    expected: Option<Expected>,
    /// Whose events it makes, and what they say; nothing for a table without events.
    events: Option<(Arc<Schema>, Operation)>,
    traceparent: Option<Box<str>>,
}

impl Change {
    pub(super) fn new(write: &Write) -> Result<Self, PrimaryError> {
        let mut sql = render::change(PrimaryKind::Sqlite, write)?;
        let expected = Expected::of(PrimaryKind::Sqlite, write)?;
        let events = match &write.target {
            Target::Aggregate(schema) => {
                render::returning(&mut sql, schema);
                Some((Arc::clone(schema), write.action.operation()))
            }
            Target::Plain(_) => None,
        };
        let runs = match &write.action {
            Action::Insert { columns, .. } => {
                let of_row = columns.len().max(1);
                sql.params.chunks(of_row).map(<[_]>::to_vec).collect()
            }
            _ => vec![sql.params],
        };
        Ok(Self {
            operation: render::operation(write),
            sql: sql.text,
            runs,
            expected,
            events,
            traceparent: write.traceparent.clone(),
        })
    }

    pub(super) fn run(&self, connection: &Connection) -> Result<Written, PrimaryError> {
        if let Some(expected) = &self.expected {
            self.check(expected, connection)?;
        }
        if let Some((schema, event)) = &self.events {
            let states = self.with_events(schema, *event, connection)?;
            let count = states.len() as u64;
            return Ok(Written { count, states });
        }
        let row = connection.prepare_cached(&self.sql);
        let mut row = row.during(self.operation)?;
        let mut written = Written::default();
        for params in &self.runs {
            bind(self.operation, &mut row, params)?;
            written.count += row.raw_execute().during(self.operation)? as u64;
        }
        Ok(written)
    }

    /// Changes rows; each gets one version more, and the event that says so.
    fn with_events(
        &self,
        schema: &Schema,
        event: Operation,
        connection: &Connection,
    ) -> Result<Vec<State>, PrimaryError> {
        let prepare = |sql| connection.prepare_cached(sql).during(self.operation);
        let (mut row, mut bump) = (prepare(&self.sql)?, prepare(sql::BUMP_HEAD)?);
        let mut insert = prepare(sql::INSERT_EVENT)?;
        let (of, event_type) = (schema.aggregate_type.as_ref(), schema.event_type(event));
        let mapping = schema.mapping_hash();
        let mut states = Vec::new();
        for params in &self.runs {
            bind(self.operation, &mut row, params)?;
            // SQLite makes all changes before it returns the first row.
            let mut rows = row.raw_query();
            while let Some(row) = rows.next().during(self.operation)? {
                let id = self.id(schema, row.get_ref(0).during(self.operation)?)?;
                let payload: String = row.get(1).during(self.operation)?;
                let beyond: Option<String> = row.get(2).during(self.operation)?;
                if let Some(field) = beyond {
                    return Err(self.invalid(format!("a number is out of range for `{field}`")));
                }
                let version: i64 = bump
                    .query_row((of, id.as_str()), |row| row.get(0))
                    .during(self.operation)?;
                let gone = (event == Operation::Deleted)
                    .then(|| serde_json::json!({ "id": id.as_str() }).to_string());
                insert
                    .execute((
                        &event_type,
                        of,
                        id.as_str(),
                        gone.as_ref().unwrap_or(&payload),
                        version,
                        self.traceparent.as_deref(),
                        mapping,
                    ))
                    .during(self.operation)?;
                states.push(State {
                    id,
                    version: Version::new(version),
                    payload: Some(payload),
                });
            }
        }
        Ok(states)
    }

    /// The key of a changed row. SQLite alone lets a primary key be null.
    fn id(&self, schema: &Schema, value: ValueRef<'_>) -> Result<AggregateId, PrimaryError> {
        match value {
            ValueRef::Null => Err(PrimaryError::Constraint {
                operation: self.operation,
                constraint: Constraint::NotNull,
                name: Some(format!("{}.{}", schema.table.name, schema.key().column)),
            }),
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text);
                let text = text.map_err(|error| self.invalid(error.to_string()))?;
                AggregateId::new(text).map_err(|error| self.invalid(error.to_string()))
            }
            ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => {
                Err(self.invalid("the key is not a text".into()))
            }
        }
    }

    fn invalid(&self, reason: String) -> PrimaryError {
        fail::invalid_value(self.operation, reason)
    }

    /// Compares versions before anything is changed; inside of a write nobody else can change the head.
    fn check(&self, expected: &Expected, connection: &Connection) -> Result<(), PrimaryError> {
        let mut statement = prepare(self.operation, connection, &expected.found)?;
        let found = statement
            .raw_query()
            .next()
            .and_then(|row| row.map(|row| row.get(0)).transpose());
        expected.check(found.during(self.operation)?)
    }
}
