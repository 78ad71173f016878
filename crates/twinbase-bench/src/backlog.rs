//! Events that wait, made inside of the database as the write path would have made them.

use std::time::Instant;

use twinbase::prelude::Aggregate as _;

use crate::{
    app::{CREATED, DESCRIPTION, TITLE, Todo, USER},
    servers::Pair,
};

/// How many events on how many keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backlog {
    /// The number of the first key; those of one database must not meet.
    pub(crate) first: u64,
    pub(crate) keys: u64,
    /// Events of each key: its created one and updates.
    pub(crate) versions: u64,
}

impl Backlog {
    /// Events of as many keys.
    pub(crate) const fn distinct(events: u64) -> Self {
        Self {
            first: 0,
            keys: events,
            versions: 1,
        }
    }

    /// As many events as `keys` have with `versions` each.
    pub(crate) const fn repeated(keys: u64, versions: u64) -> Self {
        Self {
            first: 0,
            keys,
            versions,
        }
    }

    pub(crate) const fn starting_at(self, first: u64) -> Self {
        Self { first, ..self }
    }

    pub(crate) const fn events(self) -> u64 {
        self.keys * self.versions
    }

    /// Makes the events, and leaves the database as it is after a while of rest.
    pub(crate) async fn fill(self, pair: &Pair) -> anyhow::Result<()> {
        self.commit(pair).await?;
        pair.sql.batch_execute("vacuum analyze").await?;
        Ok(pair.sql.batch_execute("checkpoint").await?)
    }

    /// Makes all events visible at once to workers that are running; answers when.
    pub(crate) async fn commit(self, pair: &Pair) -> anyhow::Result<Instant> {
        pair.sql.batch_execute(&self.statements()).await?;
        pair.sql.batch_execute("commit").await?;
        Ok(Instant::now())
    }

    /// The rows, their heads and their events, in a transaction that is left open. Events of a
    /// key lie `keys` apart, as they would when all keys change in turn.
    fn statements(self) -> String {
        let Self {
            first,
            keys,
            versions,
        } = self;
        let last = first + keys - 1;
        let mapping = Todo::schema().mapping_hash();
        format!(
            r#"begin;
            create temporary table made on commit drop as
              select '0199f0e2-0000-7000-8000-' || lpad(n::text, 12, '0') as id
              from generate_series({first}, {last}) as n;
            insert into todos
              select id, '{USER}', '{TITLE}', '{DESCRIPTION}', false, 3, '{CREATED}' from made;
            insert into aggregate_version select 'todo', id, {versions} from made;
            insert into "Outbox" (event_type, aggregate_type, aggregate_id, payload, version, mapping)
              select case v when 1 then 'todo.created' else 'todo.updated' end, 'todo', t.id,
                jsonb_build_object('id', t.id, 'userId', t.user_id, 'title', t.title,
                  'description', t.description, 'completed', t.completed,
                  'priority', t.priority, 'createdAt', t.created_at), v, {mapping}
              from generate_series(1, {versions}) as v
              cross join (select todos.* from todos join made using (id)) as t
              order by v, t.id;
            analyze todos; analyze aggregate_version; analyze "Outbox""#
        )
    }
}
