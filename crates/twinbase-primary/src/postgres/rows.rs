//! Reads of rows.

use twinbase_core::{
    PrimaryError, Row, State, StatePage, Value, primary::PrimaryKind, write::Select,
};

use super::{error::translate, read, session::Session};
use crate::render::{self, Param, Sql};

pub(super) const READ: &str = "read rows";
pub(super) const QUERY: &str = "run a query";

pub(super) async fn select(
    session: &mut Session,
    kind: PrimaryKind,
    select: &Select,
    in_transaction: bool,
) -> Result<Vec<State>, PrimaryError> {
    states(session, &render::select(kind, select, in_transaction)?).await
}

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

pub(super) async fn page(
    session: &mut Session,
    sql: &Sql,
    limit: u32,
) -> Result<StatePage, PrimaryError> {
    let answer = session.rendered(READ, sql).await?;
    read::page(&answer, limit).map_err(|error| translate(READ, error))
}

pub(super) async fn states(session: &mut Session, sql: &Sql) -> Result<Vec<State>, PrimaryError> {
    let answer = session.rendered(READ, sql).await?;
    read::states(&answer).map_err(|error| translate(READ, error))
}
