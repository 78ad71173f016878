//! Writes of rows by their keys, as far as the suite of primaries and the heartbeat need them without SQL.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value as Json};
use twinbase_core::{
    AggregateId, PrimaryError, Row, Schema, State, Value, Version,
    error::Constraint,
    primary::{Transaction, Written},
    write::{Action, Assignment, Comparison, Condition, Select, Target, Write},
};

use super::no_sql;
use crate::simulation::{
    database::Open,
    keys::KeyNumber,
    world::{Simulation, World},
};

/// A transaction of a program beside the workers; nothing goes wrong with its calls.
pub(super) struct SimTransaction {
    shared: Simulation,
    open: Vec<Open>,
}

impl SimTransaction {
    pub(super) const fn new(shared: Simulation) -> Self {
        Self {
            shared,
            open: Vec::new(),
        }
    }

    fn end(&mut self, commits: bool) {
        let open = std::mem::take(&mut self.open);
        self.shared.world().end(open, commits);
    }
}

impl Drop for SimTransaction {
    fn drop(&mut self) {
        self.end(false);
    }
}

#[async_trait]
impl Transaction for SimTransaction {
    async fn write(&mut self, write: &Write) -> Result<Written, PrimaryError> {
        let mut world = self.shared.world();
        world.stage(write, &mut self.open)
    }

    async fn select(&mut self, _: &Select) -> Result<Vec<State>, PrimaryError> {
        Err(no_sql("select rows"))
    }

    async fn query(&mut self, _: &str, _: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        Err(no_sql("query"))
    }

    async fn commit(mut self: Box<Self>) -> Result<(), PrimaryError> {
        self.end(true);
        Ok(())
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), PrimaryError> {
        self.end(false);
        Ok(())
    }
}

/// What a statement does to one row.
enum Change<'a> {
    Insert(Map<String, Json>),
    Update(&'a [Assignment]),
    Delete,
}

impl World {
    /// One change that commits by itself.
    pub(super) fn write_rows(&mut self, write: &Write) -> Result<Written, PrimaryError> {
        let mut open = Vec::new();
        let written = self.stage(write, &mut open);
        self.end(open, written.is_ok());
        written
    }

    /// Makes the changes of a statement in a transaction; `open` are its earlier ones, and has the new ones then.
    fn stage(&mut self, write: &Write, open: &mut Vec<Open>) -> Result<Written, PrimaryError> {
        let Target::Aggregate(schema) = write.target else {
            return Err(no_sql("write to a plain table"));
        };
        let mut written = Written::default();
        for (id, change) in changes(schema, &write.action)? {
            let key = self.number(schema.aggregate_type, &id);
            let before = self.row(key, open)?;
            let payload = match (&before, change) {
                (None, Change::Insert(fields)) => Some(text(fields)),
                (Some(_), Change::Insert(_)) => return Err(exists()),
                (None, _) => continue,
                (Some(_), Change::Delete) => None,
                (Some(row), Change::Update(set)) => Some(text(updated(schema, row, set))),
            };
            let mut made = self.open(key, payload.clone());
            made.row.record.traceparent = write.traceparent.as_deref().map(str::to_owned);
            made.row.mapping = Some(schema.mapping_hash());
            open.push(made);
            let staged = open.iter().filter(|open| open.row.key == key).count();
            let staged = i64::try_from(staged).unwrap_or_default();
            written.count += 1;
            written.states.push(State {
                id,
                version: Version::new(self.subjects[key].head() + staged),
                payload: payload
                    .or(before)
                    .map(|payload| payload.as_ref().to_owned()),
            });
        }
        Ok(written)
    }

    /// A row as a transaction with these changes sees it.
    fn row(&self, key: KeyNumber, open: &[Open]) -> Result<Option<Arc<str>>, PrimaryError> {
        let subject = &self.subjects[key];
        match open.iter().rfind(|open| open.row.key == key) {
            Some(own) => Ok(own.state.clone()),
            None if subject.locked => Err(PrimaryError::Contention {
                operation: "write",
                source: "another transaction has the row".into(),
            }),
            // A migration inserts its row, without an event.
            None if subject.is_heartbeat() && subject.head() == 0 => {
                Ok(Some(subject.only_id().into()))
            }
            None => Ok(subject.at(subject.head()).cloned()),
        }
    }

    /// Ends a transaction.
    fn end(&mut self, open: Vec<Open>, commits: bool) {
        for change in open {
            if commits {
                self.commit(change);
            } else {
                self.subjects[change.row.key].locked = false;
            }
        }
    }
}

/// The rows that a statement names, and what it does to each.
fn changes<'a>(
    schema: &Schema,
    action: &'a Action,
) -> Result<Vec<(AggregateId, Change<'a>)>, PrimaryError> {
    match action {
        Action::Insert { columns, rows, .. } => rows
            .iter()
            .map(|row| {
                let mut fields = Map::new();
                for (column, value) in columns.iter().zip(row) {
                    let field = schema.table.field(column);
                    if let Some(name) = field.and_then(|field| field.name) {
                        fields.insert(name.to_owned(), json(value));
                    }
                }
                let id = fields.get("id").and_then(Json::as_str).unwrap_or_default();
                Ok((parsed(id)?, Change::Insert(fields)))
            })
            .collect(),
        Action::Update { set, filter } => Ok(vec![(by_id(filter)?, Change::Update(set))]),
        Action::Delete { filter } => Ok(vec![(by_id(filter)?, Change::Delete)]),
    }
}

fn exists() -> PrimaryError {
    PrimaryError::Constraint {
        operation: "insert rows",
        constraint: Constraint::Unique,
        name: None,
    }
}

fn text(fields: Map<String, Json>) -> Arc<str> {
    Json::Object(fields).to_string().into()
}

/// The fields of a row after an update.
fn updated(schema: &Schema, row: &str, set: &[Assignment]) -> Map<String, Json> {
    let mut fields: Map<String, Json> = serde_json::from_str(row).unwrap_or_default();
    for assignment in set {
        let field = schema.table.field(assignment.column);
        let Some(name) = field.and_then(|field| field.name) else {
            continue;
        };
        let before = fields.get(name).and_then(Json::as_i64).unwrap_or_default();
        let value = match (&assignment.value, assignment.add) {
            (Value::Int(n), true) => Json::from(n + before),
            (value, _) => json(value),
        };
        fields.insert(name.to_owned(), value);
    }
    fields
}

/// The one id that a filter names.
fn by_id(filter: &[Condition]) -> Result<AggregateId, PrimaryError> {
    match filter {
        [condition] if condition.comparison == Comparison::Equal => match &condition.values[..] {
            [Value::Text(id)] if condition.column == "id" => parsed(id),
            _ => Err(no_sql("filter by a value")),
        },
        _ => Err(no_sql("filter by conditions")),
    }
}

fn parsed(id: &str) -> Result<AggregateId, PrimaryError> {
    AggregateId::new(id).map_err(|error| PrimaryError::InvalidValue {
        operation: "write",
        reason: error.to_string(),
    })
}

fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Double(value) => (*value).into(),
        Value::Text(value) => value.as_str().into(),
        Value::Timestamp(value) => value.to_string().into(),
        Value::Json(value) => value.clone(),
    }
}
