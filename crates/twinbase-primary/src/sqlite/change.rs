//! A [`Write`] made ready for SQLite, and its run: row, head and event.
//!
//! Always inside of a transaction; an error means that the transaction must be
//! rolled back, because a row may have been changed without its event.

use rusqlite::{CachedStatement, Connection};
use twinbase_core::{
    AggregateId, Key, PrimaryError, Schema, State, Value, Version,
    primary::{PrimaryKind, Written},
    write::{Action, Target, Write},
};

use super::{bind::bind, error::During, events::Events};
use crate::render::{self, Param, Sql};

/// A change with its text and parameters, checked as far as a text can be.
pub(super) struct Change {
    operation: &'static str,
    sql: String,
    /// The parameters of each run; an insert of many rows is one statement run
    /// for each, which SQLite does faster than one of many rows.
    runs: Vec<Vec<Param>>,
    aggregate: Option<Aggregate>,
}

struct Aggregate {
    schema: &'static Schema,
    event_type: String,
    traceparent: Option<Box<str>>,
    expected: Option<Expected>,
}

/// What a conditional change asks for.
struct Expected {
    id: AggregateId,
    version: Version,
    /// Answers the version that the row is at.
    found: Sql,
}

/// What is being done, for errors.
pub(super) const fn name(write: &Write) -> &'static str {
    match write.action {
        Action::Insert { .. } => "insert rows",
        Action::Update { .. } => "update rows",
        Action::Delete { .. } => "delete rows",
    }
}

/// Whether there is nothing to do.
pub(super) fn is_nothing(write: &Write) -> bool {
    matches!(&write.action, Action::Insert { rows, .. } if rows.is_empty())
}

impl Change {
    pub(super) fn new(write: &Write) -> Result<Self, PrimaryError> {
        let operation = name(write);
        let mut sql = render::change(PrimaryKind::Sqlite, write)?;
        let aggregate = match write.target {
            Target::Aggregate(schema) => {
                render::returning(&mut sql, schema);
                Some(Aggregate::new(operation, schema, write)?)
            }
            Target::Plain(_) if write.expected.is_some() => {
                return Err(PrimaryError::InvalidStatement {
                    operation,
                    reason: "a table without events has no versions to expect".into(),
                });
            }
            Target::Plain(_) => None,
        };
        let runs = match &write.action {
            Action::Insert { columns, rows, .. } if rows.len() > 1 => {
                split(sql.params, columns.len())
            }
            _ => vec![sql.params],
        };
        Ok(Self {
            operation,
            sql: sql.text,
            runs,
            aggregate,
        })
    }

    /// Does it.
    pub(super) fn run(&self, connection: &Connection) -> Result<Written, PrimaryError> {
        let mut row = connection
            .prepare_cached(&self.sql)
            .during(self.operation)?;
        match &self.aggregate {
            None => self.run_plain(&mut row),
            Some(aggregate) => {
                if let Some(expected) = &aggregate.expected {
                    expected.check(self.operation, connection, aggregate.schema)?;
                }
                let mut events = Events::prepare(
                    self.operation,
                    connection,
                    aggregate.schema,
                    &aggregate.event_type,
                    aggregate.traceparent.as_deref(),
                )?;
                self.run_aggregate(&mut row, &mut events)
            }
        }
    }

    fn run_plain(&self, row: &mut CachedStatement<'_>) -> Result<Written, PrimaryError> {
        let mut written = Written::default();
        for params in &self.runs {
            bind(self.operation, row, params)?;
            written.count += row.raw_execute().during(self.operation)? as u64;
        }
        Ok(written)
    }

    fn run_aggregate(
        &self,
        row: &mut CachedStatement<'_>,
        events: &mut Events<'_>,
    ) -> Result<Written, PrimaryError> {
        let mut states = Vec::with_capacity(self.runs.len());
        for params in &self.runs {
            bind(self.operation, row, params)?;
            // SQLite makes all changes before it returns the first row.
            let mut rows = row.raw_query();
            while let Some(row) = rows.next().during(self.operation)? {
                let id = events.id(row.get_ref(0).during(self.operation)?)?;
                let payload: String = row.get(1).during(self.operation)?;
                let beyond: Option<String> = row.get(2).during(self.operation)?;
                if let Some(field) = beyond {
                    return Err(PrimaryError::InvalidValue {
                        operation: self.operation,
                        reason: format!("a number is out of range for `{field}`"),
                    });
                }
                let version = events.write(&id, &payload)?;
                states.push(State {
                    id,
                    version,
                    payload: Some(payload),
                });
            }
        }
        Ok(Written {
            count: states.len() as u64,
            states,
        })
    }
}

fn split(params: Vec<Param>, of: usize) -> Vec<Vec<Param>> {
    let mut runs = Vec::with_capacity(params.len() / of.max(1));
    let mut params = params.into_iter().peekable();
    while params.peek().is_some() {
        runs.push(params.by_ref().take(of).collect());
    }
    runs
}

impl Aggregate {
    fn new(
        operation: &'static str,
        schema: &'static Schema,
        write: &Write,
    ) -> Result<Self, PrimaryError> {
        let expected = write
            .expected
            .map(|version| Expected::new(operation, schema, &write.action, version))
            .transpose()?;
        Ok(Self {
            schema,
            event_type: schema.event_type(write.action.operation()),
            traceparent: write.traceparent.clone(),
            expected,
        })
    }
}

impl Expected {
    fn new(
        operation: &'static str,
        schema: &Schema,
        action: &Action,
        version: Version,
    ) -> Result<Self, PrimaryError> {
        let key = render::expected_key(schema, action)?;
        let id = match key {
            Value::Text(id) => AggregateId::new(id).map_err(|error| error.to_string()),
            _ => Err("the key is not a text".to_owned()),
        };
        Ok(Self {
            id: id.map_err(|reason| PrimaryError::InvalidValue { operation, reason })?,
            version,
            found: render::found_version(PrimaryKind::Sqlite, schema, key.clone()),
        })
    }

    /// Compares before anything is changed; inside of a write nobody else can
    /// change the head. A row that does not exist is at no version to conflict with.
    fn check(
        &self,
        operation: &'static str,
        connection: &Connection,
        schema: &Schema,
    ) -> Result<(), PrimaryError> {
        let mut statement = connection
            .prepare_cached(&self.found.text)
            .during(operation)?;
        bind(operation, &mut statement, &self.found.params)?;
        let found = statement
            .raw_query()
            .next()
            .and_then(|row| row.map(|row| row.get(0)).transpose())
            .during(operation)?
            .map(Version::new);
        match found {
            Some(found) if found != self.version => Err(PrimaryError::VersionConflict {
                key: Key::new(schema.aggregate_type, self.id.clone()),
                expected: self.version,
                found,
            }),
            _ => Ok(()),
        }
    }
}
