//! A [`Write`] made ready for SQLite, and its run: row, head and event.
//!
//! Always inside of a transaction; an error means that the transaction must be
//! rolled back, because a row may have been changed without its event.

use rusqlite::{Connection, Statement};
use twinbase_core::{
    PrimaryError, State,
    primary::{PrimaryKind, Written},
    write::{Action, Target, Write},
};

use super::{
    bind::bind,
    error::During,
    events::{Events, Origin},
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
    /// What its events say; nothing for a table without events.
    origin: Option<Origin>,
}

impl Change {
    pub(super) fn new(write: &Write) -> Result<Self, PrimaryError> {
        let mut sql = render::change(PrimaryKind::Sqlite, write)?;
        let expected = Expected::of(PrimaryKind::Sqlite, write)?;
        let origin = match write.target {
            Target::Aggregate(schema) => {
                render::returning(&mut sql, schema);
                Some(Origin {
                    operation: render::operation(write),
                    schema,
                    event_type: schema.event_type(write.action.operation()),
                    traceparent: write.traceparent.clone(),
                })
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
            origin,
        })
    }

    pub(super) fn run(&self, connection: &Connection) -> Result<Written, PrimaryError> {
        if let Some(expected) = &self.expected {
            self.check(expected, connection)?;
        }
        let row = connection.prepare_cached(&self.sql);
        let mut row = row.during(self.operation)?;
        let mut events = match &self.origin {
            Some(origin) => Some(Events::prepare(origin, connection)?),
            None => None,
        };
        let mut written = Written::default();
        for params in &self.runs {
            bind(self.operation, &mut row, params)?;
            match &mut events {
                Some(events) => self.change(&mut row, events, &mut written.states)?,
                None => written.count += row.raw_execute().during(self.operation)? as u64,
            }
        }
        written.count += written.states.len() as u64;
        Ok(written)
    }

    fn change(
        &self,
        row: &mut Statement<'_>,
        events: &mut Events<'_>,
        states: &mut Vec<State>,
    ) -> Result<(), PrimaryError> {
        // SQLite makes all changes before it returns the first row.
        let mut rows = row.raw_query();
        while let Some(row) = rows.next().during(self.operation)? {
            let id = events.id(row.get_ref(0).during(self.operation)?)?;
            let payload: String = row.get(1).during(self.operation)?;
            let beyond: Option<String> = row.get(2).during(self.operation)?;
            if let Some(field) = beyond {
                return Err(fail::invalid_value(
                    self.operation,
                    format!("a number is out of range for `{field}`"),
                ));
            }
            let version = events.write(&id, &payload)?;
            states.push(State {
                id,
                version,
                payload: Some(payload),
            });
        }
        Ok(())
    }

    /// Compares versions before anything is changed; inside of a write nobody else can change the head.
    fn check(&self, expected: &Expected, connection: &Connection) -> Result<(), PrimaryError> {
        let statement = connection.prepare_cached(&expected.found.text);
        let mut statement = statement.during(self.operation)?;
        bind(self.operation, &mut statement, &expected.found.params)?;
        let found = statement
            .raw_query()
            .next()
            .and_then(|row| row.map(|row| row.get(0)).transpose());
        expected.check(found.during(self.operation)?)
    }
}
