//! A [`Write`] as the statements that make it, for whoever sends them: no driver is known here.
//!
//! On PostgreSQL and CockroachDB row, version and event are one statement; where a version is expected and no row has
//! changed, a second one asks which it was. On SQLite that is asked first, inside of a write nobody else can change it; then
//! each changed row gets a version and an event, by a statement each. An insert of many rows is one statement that is
//! sent for each, which SQLite does faster than one of many rows.
//!
//! Always inside of a transaction or one statement alone; after an error it must be rolled back, because a row may have
//! been changed without its event.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use twinbase_core::{
    AggregateId, Operation, PrimaryError, Row, Schema, Value, Version,
    primary::{PrimaryKind, Written},
    write::{Action, Target, Write},
};

use super::{Cells, Expected, Param, Sql, Statement, change, payload, write};
use crate::{
    fail,
    sqlite::{BUMP_HEAD, INSERT_EVENT},
};

/// What CockroachDB takes in one message (its setting `sql.conn.max_read_buffer_message_size`); it ends
/// the connection of whoever sends more.
const COCKROACH_BYTES: usize = 16 << 20;

/// A change that is made by sending [`Rendered::statement`] and giving its rows to [`Rendered::answer`], until there is none.
#[derive(Debug)]
pub(crate) struct Rendered {
    operation: &'static str,
    /// Whose events it makes; nothing for a table without events.
    events: Option<Events>,
    expected: Option<Expected>,
    change: Sql,
    /// Which parameters of the change are sent next.
    run: Range<usize>,
    step: Step,
    /// Rows that have changed and have no event yet (SQLite).
    changed: VecDeque<(AggregateId, String)>,
    /// The parameters of the statement that gives one of them its version or event.
    params: Vec<Param>,
    written: Written,
}

#[derive(Debug)]
struct Events {
    schema: Arc<Schema>,
    operation: Operation,
    traceparent: Option<Box<str>>,
}

/// Which statement is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The version that the row is at, where one is expected.
    Version,
    Change,
    Head,
    Event(Version),
    Done,
}

impl Rendered {
    /// Renders a change, checked as far as a text can be.
    pub(crate) fn new(kind: PrimaryKind, of: &Write) -> Result<Self, PrimaryError> {
        let events = match &of.target {
            Target::Aggregate(schema) => Some(Events {
                schema: Arc::clone(schema),
                operation: of.action.operation(),
                traceparent: of.traceparent.clone(),
            }),
            Target::Plain(_) => None,
        };
        let mut rendered = Self {
            operation: change::operation(of),
            events,
            expected: Expected::of(kind, of)?,
            change: Sql::new(kind),
            run: 0..0,
            step: Step::Done,
            changed: VecDeque::new(),
            params: Vec::new(),
            written: Written::default(),
        };
        if change::is_nothing(of) {
            return Ok(rendered);
        }
        rendered.change = match (&rendered.events, kind) {
            (Some(_), PrimaryKind::Postgres | PrimaryKind::Cockroach) => write::write(kind, of)?,
            (Some(events), PrimaryKind::Sqlite) => {
                let mut sql = change::change(kind, of)?;
                payload::returning(&mut sql, &events.schema);
                sql
            }
            // What it returns is only counted.
            (None, _) => {
                let mut sql = change::change(kind, of)?;
                sql.push(" returning 1 as one");
                sql
            }
        };
        rendered.run = match &of.action {
            Action::Insert { columns, .. } if kind == PrimaryKind::Sqlite => 0..columns.len(),
            _ => 0..rendered.change.params.len(),
        };
        rendered.fits()?;
        rendered.restart();
        Ok(rendered)
    }

    /// Refuses what the database would not take.
    fn fits(&self) -> Result<(), PrimaryError> {
        if self.change.kind != PrimaryKind::Cockroach || self.change.bytes() < COCKROACH_BYTES {
            return Ok(());
        }
        Err(fail::invalid_statement(
            self.operation,
            "its rows have over 16 MiB, which CockroachDB does not take at once: change fewer at a time, in one transaction",
        ))
    }

    /// Begins again, after a rollback.
    pub(crate) fn restart(&mut self) {
        self.run = 0..self.run.len();
        self.changed.clear();
        self.written = Written::default();
        self.step = match (&self.expected, self.change.kind) {
            _ if self.change.text.is_empty() => Step::Done,
            (Some(_), PrimaryKind::Sqlite) => Step::Version,
            _ => Step::Change,
        };
    }

    /// The statement to send next, once; `None` when all is done.
    pub(crate) fn statement(&self) -> Option<Statement<'_>> {
        let (text, params) = match self.step {
            Step::Version => {
                let found = &self.expected.as_ref()?.found;
                (found.text.as_str(), found.params.as_slice())
            }
            Step::Change => (
                self.change.text.as_str(),
                self.change.params.get(self.run.clone())?,
            ),
            Step::Head => (BUMP_HEAD, self.params.as_slice()),
            Step::Event(_) => (INSERT_EVENT, self.params.as_slice()),
            Step::Done => return None,
        };
        Some(Statement {
            operation: self.operation,
            kind: self.change.kind,
            text,
            params,
        })
    }

    /// Takes the rows of the statement that was sent. A version that is not the expected one is
    /// [`PrimaryError::VersionConflict`].
    pub(crate) fn answer(&mut self, rows: Vec<Row>) -> Result<(), PrimaryError> {
        match self.step {
            Step::Version => {
                let found = rows.into_iter().next();
                let found = found.map(|row| self.cells(row).number()).transpose()?;
                if let Some(expected) = &self.expected {
                    expected.check(found)?;
                }
                self.step = match self.change.kind {
                    PrimaryKind::Sqlite => Step::Change,
                    // Where the version is the expected one, another condition was the reason.
                    PrimaryKind::Postgres | PrimaryKind::Cockroach => Step::Done,
                };
            }
            Step::Change => self.changed(rows)?,
            Step::Head => {
                for row in rows {
                    let version = self.cells(row).number()?;
                    self.event(Version::new(version));
                }
            }
            Step::Event(version) => {
                if let Some((id, payload)) = self.changed.pop_front() {
                    self.written.add(id, version, payload);
                }
                self.next_row();
            }
            Step::Done => {}
        }
        Ok(())
    }

    /// Takes rows that the change returned.
    fn changed(&mut self, rows: Vec<Row>) -> Result<(), PrimaryError> {
        let Some(events) = &self.events else {
            self.written.count += rows.len() as u64;
            self.next_row();
            return Ok(());
        };
        for row in rows {
            let mut cells = self.cells(row);
            let id = cells.id(&events.schema)?;
            if self.change.kind == PrimaryKind::Sqlite {
                let payload = cells.text()?;
                if let Some(field) = cells.text_or_null()? {
                    let reason = format!("a number is out of range for `{field}`");
                    return Err(fail::invalid_value(self.operation, reason));
                }
                self.changed.push_back((id, payload));
            } else {
                let version = Version::new(cells.number()?);
                self.written.add(id, version, cells.text()?);
            }
        }
        if self.change.kind == PrimaryKind::Sqlite {
            self.next_row();
        } else if self.written.count == 0 && self.expected.is_some() {
            self.step = Step::Version;
        } else {
            self.step = Step::Done;
        }
        Ok(())
    }

    fn cells(&self, row: Row) -> Cells {
        Cells::of(self.operation, row)
    }

    /// Goes on with the next row that has no event, else with the next run of the change.
    fn next_row(&mut self) {
        let head = self.changed.front().zip(self.events.as_ref());
        if let Some(((id, _), events)) = head {
            self.params = params([events.schema.aggregate_type.as_ref().into(), id.into()]);
            self.step = Step::Head;
            return;
        }
        let run = self.run.end..self.run.end + self.run.len();
        self.step = if run.is_empty() || run.end > self.change.params.len() {
            Step::Done
        } else {
            self.run = run;
            Step::Change
        };
    }

    /// Goes on with the event of a row that has got its version.
    fn event(&mut self, version: Version) {
        let Some(((id, payload), events)) = self.changed.front().zip(self.events.as_ref()) else {
            return;
        };
        let payload = match events.operation {
            Operation::Created | Operation::Updated => payload.clone(),
            Operation::Deleted => serde_json::json!({ "id": id.as_str() }).to_string(),
        };
        let schema = &events.schema;
        self.params = params([
            schema.event_type(events.operation).into(),
            schema.aggregate_type.as_ref().into(),
            id.into(),
            payload.into(),
            version.into(),
            events.traceparent.as_deref().into(),
            schema.mapping_hash().into(),
        ]);
        self.step = Step::Event(version);
    }

    /// What was changed.
    pub(crate) fn written(&mut self) -> Written {
        std::mem::take(&mut self.written)
    }
}

fn params<const N: usize>(values: [Value; N]) -> Vec<Param> {
    values.into_iter().map(Param::One).collect()
}

#[cfg(test)]
mod tests {
    use twinbase_core::{Field, Kind, Table, write::OnConflict};

    use super::*;

    #[test]
    fn what_cockroachdb_would_not_take_is_refused_with_a_remedy() {
        let fields = [Field::key("id"), Field::private("text", Kind::Text)];
        let table = Arc::new(Table::new("texts", &fields));
        for (kind, megabytes, fits) in [
            (PrimaryKind::Cockroach, 15, true),
            (PrimaryKind::Cockroach, 17, false),
            (PrimaryKind::Postgres, 17, true),
        ] {
            let change = Write {
                target: Target::Plain(Arc::clone(&table)),
                action: Action::Insert {
                    columns: vec!["id".into(), "text".into()],
                    rows: vec![vec!["a".into(), "x".repeat(megabytes << 20).into()]],
                    on_conflict: OnConflict::Fail,
                },
                expected: None,
                traceparent: None,
            };
            let rendered = Rendered::new(kind, &change);
            assert_eq!(rendered.is_ok(), fits, "{megabytes}");
        }
    }
}
