//! Writes of rows by their keys, as far as the suite of primaries and the heartbeat need them without SQL.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value as Json};
use twinbase_core::{
    AggregateId, Bytes, NO_MAPPING, PrimaryError, Row, Schema, State, Value, Version,
    error::Constraint,
    primary::{Transaction, Written},
    write::{Action, Comparison, Condition, Select, Target, Write},
};

use super::no_sql;
use crate::simulation::{
    database::Open,
    keys::KeyNumber,
    world::{Simulation, World},
};

/// A transaction of a program beside the workers; nothing goes wrong with its calls.
pub(super) struct SimTransaction {
    pub(super) shared: Simulation,
    pub(super) open: Vec<Open>,
}

impl SimTransaction {
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
        let Target::Aggregate(schema) = &write.target else {
            return Err(no_sql("write to a plain table"));
        };
        let mut written = Written::default();
        for (id, inserted) in rows(schema, &write.action)? {
            let key = self.number(&schema.aggregate_type, &id);
            let before = self.row(key, open)?;
            let state = match (&before, &write.action) {
                (None, _) if inserted.is_some() => inserted,
                (None, _) => continue,
                (Some(_), Action::Insert { .. }) => {
                    return Err(PrimaryError::Constraint {
                        operation: "insert rows",
                        constraint: Constraint::Unique,
                        name: None,
                    });
                }
                (Some(_), Action::Delete { .. }) => None,
                (Some(row), Action::Update { set, .. }) => {
                    let set = set.iter().map(|of| (of.column.as_ref(), &of.value, of.add));
                    Some(assigned(schema, row, set))
                }
            };
            let mut made = self.open(key, state.clone());
            made.row.record.traceparent = write.traceparent.as_deref().map(str::to_owned);
            made.row.mapping = Some(schema.mapping_hash());
            open.push(made);
            let staged = open.iter().filter(|open| open.row.key == key).count();
            let staged = i64::try_from(staged).unwrap_or_default();
            written.count += 1;
            written.states.push(State {
                id,
                version: Version::new(
                    self.subjects[key].head().max(self.database.floor.get()) + staged,
                ),
                payload: state.or(before).map(|row| row.as_ref().to_owned()),
            });
        }
        Ok(written)
    }

    /// Raises heads: what a row is stays what it is at each new version.
    pub(super) fn touch(
        &mut self,
        of_type: &str,
        above: &[(AggregateId, Version)],
    ) -> Result<Vec<(AggregateId, Version)>, PrimaryError> {
        if above.iter().any(|(_, above)| *above > Version::HIGHEST) {
            return Err(PrimaryError::InvalidValue {
                operation: "raise versions",
                reason: "nobody counted it".into(),
            });
        }
        if self.forgets_touches() {
            return Ok(above.to_vec());
        }
        let mut open = Vec::new();
        for (id, above) in above {
            let key = self.number(of_type, id);
            let state = match self.row(key, &open) {
                Ok(state) => state,
                Err(error) => {
                    self.end(open, false);
                    return Err(error);
                }
            };
            let subject = &mut self.subjects[key];
            if subject.head() < above.get() {
                subject.history.insert(above.get(), state.clone());
            }
            let mut made = self.open(key, state);
            made.row.payload = made.row.payload.map(|_| "{}".into());
            made.row.mapping = Some(NO_MAPPING);
            open.push(made);
        }
        let keys: Vec<_> = open.iter().map(|open| open.row.key).collect();
        self.end(open, true);
        let raised = keys.into_iter().map(|key| {
            let subject = &self.subjects[key];
            (subject.key.id.clone(), Version::new(subject.head()))
        });
        Ok(raised.collect())
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
                let id = &subject.key.id;
                Ok(Some(format!(r#"{{"id":"{id}","twin":null}}"#).into()))
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

/// An aggregate that a statement names, and its row when it is inserted.
type Named = (AggregateId, Option<Arc<str>>);

fn rows(schema: &Schema, action: &Action) -> Result<Vec<Named>, PrimaryError> {
    let (columns, rows) = match action {
        Action::Insert { columns, rows, .. } => (columns, rows),
        Action::Update { filter, .. } | Action::Delete { filter } => {
            return Ok(vec![(by_id(filter)?, None)]);
        }
    };
    let row = |row: &Vec<Value>| {
        let mut ids = columns
            .iter()
            .zip(row)
            .filter(|(column, _)| **column == "id");
        let Some((_, Value::Text(id))) = ids.next() else {
            return Err(no_sql("insert a row without an id"));
        };
        let values = columns.iter().zip(row);
        let set = values.map(|(column, value)| (column.as_ref(), value, false));
        Ok((parsed(id)?, Some(assigned(schema, "{}", set))))
    };
    rows.iter().map(row).collect()
}

/// A row after columns have been set to values, or have had them added.
fn assigned<'a>(
    schema: &Schema,
    row: &str,
    set: impl Iterator<Item = (&'a str, &'a Value, bool)>,
) -> Arc<str> {
    let mut fields: Map<String, Json> = serde_json::from_str(row).unwrap_or_default();
    for (column, value, adds) in set {
        let field = schema.table.field(column);
        let Some(name) = field.and_then(|field| field.name.as_deref()) else {
            continue;
        };
        let before = fields.get(name).and_then(Json::as_i64).unwrap_or_default();
        let value = match (value, adds) {
            (Value::Int(n), true) => Json::from(n + before),
            (value, _) => json(value),
        };
        fields.insert(name.to_owned(), value);
    }
    Json::Object(fields).to_string().into()
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
        Value::Bytes(value) => Bytes::hex(value).into(),
        Value::Many(values) => values.iter().map(json).collect(),
    }
}
