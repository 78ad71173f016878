//! Reads outside of a transaction; each is one statement, so one snapshot.

use async_trait::async_trait;
use twinbase_core::{
    AggregateId, PrimaryError, Row, Schema, State, Value,
    primary::{PrimaryKind, Rows},
    write::Select,
};

use super::{Sqlite, read};
use crate::render::{self, Sql};

impl Sqlite {
    async fn states(&self, sql: Sql) -> Result<Vec<State>, PrimaryError> {
        self.readers()
            .run(read::SELECT, move |connection| {
                read::states(connection, &sql)
            })
            .await
    }
}

#[async_trait]
impl Rows for Sqlite {
    async fn select(&self, select: &Select) -> Result<Vec<State>, PrimaryError> {
        self.states(read::select(select, false)?).await
    }

    async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        let sql = read::query(sql, params)?;
        self.readers()
            .run(read::QUERY, move |connection| read::rows(connection, &sql))
            .await
    }

    async fn states_after(
        &self,
        schema: &'static Schema,
        after: Option<&AggregateId>,
        limit: u32,
    ) -> Result<Vec<State>, PrimaryError> {
        let sql = render::states_after(PrimaryKind::Sqlite, schema, after, limit);
        self.states(sql).await
    }

    async fn states_of(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<State>, PrimaryError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = render::states_of(PrimaryKind::Sqlite, schema, ids);
        self.states(sql).await
    }
}
