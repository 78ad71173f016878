//! Reads of rows.

use async_trait::async_trait;
use twinbase_core::{
    AggregateId, PrimaryError, Row, Schema, State, Value,
    primary::{PrimaryKind, Rows},
    write::Select,
};

use super::{Postgres, error::translate, read, session::Session};
use crate::render::{self, Param, Sql};

const READ: &str = "read rows";
const QUERY: &str = "run a query";

#[async_trait]
impl Rows for Postgres {
    async fn select(&self, select: &Select) -> Result<Vec<State>, PrimaryError> {
        self::select(&mut self.session(READ).await?, self.kind, select, false).await
    }

    async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError> {
        self::query(&mut self.session(QUERY).await?, self.kind, sql, params).await
    }

    async fn states_after(
        &self,
        schema: &'static Schema,
        after: Option<&AggregateId>,
        limit: u32,
    ) -> Result<Vec<State>, PrimaryError> {
        let sql = render::states_after(self.kind, schema, after, limit);
        states(&mut self.session(READ).await?, &sql).await
    }

    async fn states_of(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<State>, PrimaryError> {
        let sql = render::states_of(self.kind, schema, ids);
        states(&mut self.session(READ).await?, &sql).await
    }
}

/// Rows of an aggregate, on a connection.
pub(super) async fn select(
    session: &mut Session,
    kind: PrimaryKind,
    select: &Select,
    in_transaction: bool,
) -> Result<Vec<State>, PrimaryError> {
    states(session, &render::select(kind, select, in_transaction)?).await
}

/// A query, on a connection.
pub(super) async fn query(
    session: &mut Session,
    kind: PrimaryKind,
    sql: &str,
    params: &[Value],
) -> Result<Vec<Row>, PrimaryError> {
    let text = render::query(QUERY, sql)?;
    render::check_values(QUERY, params)?;
    let params: Vec<Param> = params.iter().cloned().map(Param::One).collect();
    let answer = session.read_only(QUERY, kind, text, &params).await?;
    read::rows(&answer).map_err(|error| translate(QUERY, error))
}

async fn states(session: &mut Session, sql: &Sql) -> Result<Vec<State>, PrimaryError> {
    let answer = session.rendered(READ, sql).await?;
    read::states(&answer).map_err(|error| translate(READ, error))
}
