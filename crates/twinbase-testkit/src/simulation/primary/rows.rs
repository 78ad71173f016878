//! Rows, and the one write that the engine itself makes: its heartbeat.

use async_trait::async_trait;
use jiff::Timestamp;
use twinbase_core::{
    AggregateId, HEARTBEAT, PrimaryError, Row, Schema, State, StatePage, Value,
    primary::{MigrationReport, MigrationSet, PrimaryKind, Store, Transaction, Written},
    write::{Select, Target, Write},
};

use super::{SimPrimary, no_sql};

#[async_trait]
impl Store for SimPrimary {
    async fn select(&self, _: &Select) -> Result<Vec<State>, PrimaryError> {
        Err(no_sql("select rows"))
    }

    async fn query(&self, _: &str, _: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        Err(no_sql("query"))
    }

    async fn states_after(
        &self,
        schema: &'static Schema,
        after: Option<&str>,
        limit: u32,
    ) -> Result<StatePage, PrimaryError> {
        let after = after.map(str::to_owned);
        self.call("states after", 0, move |world| {
            // Ids are zero-padded: the order of keys is that of their numbers.
            let subjects = world.subjects.iter().enumerate();
            let keys = subjects.filter(|(_, subject)| {
                *subject.schema == *schema
                    && after
                        .as_ref()
                        .is_none_or(|after| subject.id.as_str() > &**after)
                    && !subject.is_deleted_at(subject.head())
            });
            let states: Vec<_> = keys
                .take(limit as usize)
                .map(|(key, _)| world.state(key))
                .collect();
            let full = states.len() == limit as usize;
            let last = states.last().filter(|_| full);
            StatePage {
                next: last.map(|last| last.id.to_string()),
                states,
                ..StatePage::default()
            }
        })
        .await
    }

    async fn states_of(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<State>, PrimaryError> {
        let ids = ids.to_vec();
        self.call("states", ids.len() as u64, move |world| {
            let keys = ids.iter().filter_map(|id| world.number(schema, id));
            let known = keys.filter(|key| world.subjects[*key].head() > 0);
            known.map(|key| world.state(key)).collect()
        })
        .await
    }

    async fn write(&self, write: &Write) -> Result<Written, PrimaryError> {
        if !matches!(write.target, Target::Aggregate(schema) if *schema == *HEARTBEAT) {
            return Err(no_sql("write rows"));
        }
        self.call("heartbeat", 0, |world| {
            let key = world.subjects.len() - 1;
            let seq = world.begin(key);
            world.commit(key, seq, false, world.now());
            Written {
                count: 1,
                states: vec![world.state(key)],
            }
        })
        .await
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, PrimaryError> {
        Err(no_sql("begin a transaction"))
    }

    fn kind(&self) -> PrimaryKind {
        PrimaryKind::Sqlite
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

    async fn register(&self, _: &[&'static Schema]) -> Result<(), PrimaryError> {
        Ok(())
    }

    async fn outdated(&self, _: &[(&'static str, i64)]) -> Result<Vec<String>, PrimaryError> {
        Ok(Vec::new())
    }

    async fn close(&self) {}
}
