//! Rows, and opening.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use twinbase_core::{
    AggregateId, Name, PrimaryError, Row, Schema, State, StatePage, StateRows, Value, Version,
    primary::{MigrationReport, MigrationSet, PrimaryKind, Store, Transaction, Written},
    write::{Select, Write},
};

use super::{SimPrimary, no_sql, writes::SimTransaction};
use crate::simulation::{
    faults::Sabotage,
    keys::{KeyNumber, Poison},
    world::World,
};

#[async_trait]
impl Store for SimPrimary {
    /// The last rows of a table, and nothing else.
    async fn select(&self, select: &Select) -> Result<Vec<State>, PrimaryError> {
        if !select.filter.is_empty() || select.order.iter().any(|by| !by.descending) {
            return Err(no_sql("select rows"));
        }
        let (of_type, limit) = (select.schema.aggregate_type.clone(), select.limit);
        self.call("last rows", 0, move |world| {
            let keys: Vec<_> = world.after(&of_type, None).collect();
            let states = keys.into_iter().rev().map(|key| world.paged(key));
            let rows = states.filter(|state| state.payload.is_some());
            rows.take(limit as usize).collect()
        })
        .await
    }

    /// How many rows a table has, and nothing else.
    async fn query(&self, sql: &str, _: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        let table = sql.strip_prefix("select count(*) as n from \"");
        let table = table.and_then(|rest| rest.strip_suffix('"'));
        // The type of a simulated table is its name without the `s`.
        let of_type = table.and_then(|table| table.strip_suffix('s'));
        let Some(of_type) = of_type.map(str::to_owned) else {
            return Err(no_sql("query"));
        };
        self.call("count rows", 0, move |world| {
            let rows = world.after(&of_type, None);
            let rows = rows.filter(|key| world.state(*key).payload.is_some());
            let count = i64::try_from(rows.count()).unwrap_or(i64::MAX);
            vec![Row::new(["n".to_owned()].into(), vec![Value::Int(count)])]
        })
        .await
    }

    async fn states_after(
        &self,
        schema: &Schema,
        after: Option<&str>,
        until: Option<&str>,
        limit: u32,
    ) -> Result<StatePage, PrimaryError> {
        let of_type = schema.aggregate_type.clone();
        let (after, until) = (after.map(str::to_owned), until.map(str::to_owned));
        self.call("states after", 0, move |world| {
            let rows = world.after(&of_type, after.as_deref()).filter_map(|key| {
                let state = world.paged(key);
                let is_row = state.payload.is_some()
                    && until
                        .as_deref()
                        .is_none_or(|until| state.id.as_str() <= until);
                is_row.then_some(state)
            });
            let mut page = StateRows::page_of(limit);
            for row in rows {
                let taken = page.take(row.id.as_str(), row.version, row.payload.as_deref());
                if taken.is_break() {
                    break;
                }
            }
            page.page()
        })
        .await
    }

    async fn states_of(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<State>, PrimaryError> {
        let of_type = schema.aggregate_type.clone();
        let ids = ids.to_vec();
        self.call("states", ids.len() as u64, move |world| {
            let keys = world.of_ids(&of_type, &ids);
            let known = keys.filter(|key| world.subjects[*key].head() > 0);
            let readable = known.map(|key| match world.subjects[key].poison {
                Some(Poison::Unreadable) => Err(PrimaryError::InvalidValue {
                    operation: "read rows",
                    reason: "a fault of the simulation".into(),
                }),
                _ => Ok(world.state(key)),
            });
            readable.collect()
        })
        .await?
    }

    async fn write(&self, write: &Write) -> Result<Written, PrimaryError> {
        let write = write.clone();
        self.call("write", 0, move |world| world.write_rows(&write))
            .await?
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, PrimaryError> {
        Ok(Box::new(SimTransaction {
            shared: self.shared.clone(),
            open: Vec::new(),
        }))
    }

    fn kind(&self) -> PrimaryKind {
        PrimaryKind::Postgres
    }

    fn location(&self) -> String {
        "simulated primary".into()
    }

    async fn ping(&self) -> Result<(), PrimaryError> {
        self.call("ping", 0, |_| ()).await
    }

    async fn now(&self) -> Result<Timestamp, PrimaryError> {
        self.call("now", 0, |world| world.now()).await
    }

    async fn migrate(&self, _: &[MigrationSet]) -> Result<MigrationReport, PrimaryError> {
        Ok(MigrationReport::default())
    }

    async fn pending_migrations(
        &self,
        _: &[MigrationSet],
    ) -> Result<MigrationReport, PrimaryError> {
        Ok(MigrationReport::default())
    }

    async fn register(&self, schemas: &[Arc<Schema>]) -> Result<(), PrimaryError> {
        let schemas = schemas.to_vec();
        self.call("register", 0, move |world| {
            world.database.register(&schemas);
        })
        .await
    }

    async fn outdated(&self, mappings: &[(Name, i64)]) -> Result<Vec<String>, PrimaryError> {
        let mappings = mappings.to_vec();
        self.call("outdated", 0, move |world| {
            let is_outdated = |(of_type, mapping): &&(Name, i64)| {
                world.database.is_outdated(of_type, Some(*mapping))
            };
            let outdated = mappings.iter().filter(is_outdated);
            outdated.map(|(of_type, _)| of_type.to_string()).collect()
        })
        .await
    }

    async fn close(&self) {}
}

impl World {
    /// A row as a walk through a table reads it.
    fn paged(&self, key: KeyNumber) -> State {
        let mut state = self.state(key);
        let before = self.subjects[key].history.range(..state.version.get());
        if self.sabotage == Some(Sabotage::ReadsOldPages)
            && self.is_filled(key)
            && let Some((version, payload)) = before.last()
        {
            state.version = Version::new(*version);
            state.payload = payload.as_deref().map(str::to_owned);
        }
        state
    }

    fn state(&self, key: KeyNumber) -> State {
        let subject = &self.subjects[key];
        let head = subject.head();
        let payload = subject.at(head).map(|payload| subject.shown(payload));
        State {
            id: subject.key.id.clone(),
            version: Version::new(head),
            payload,
        }
    }
}
