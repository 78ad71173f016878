//! `GET /outbox/groups`: failed and retrying events by their cause, the largest group first.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase::prelude::*;

use crate::{Problem, page, query::Query, view::GroupView};

pub(crate) async fn groups(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let mut query = Query::of(&uri)?;
    let limit = query.limit()?;
    query.finish()?;
    let groups = twin.outbox().groups(limit).await?;
    let items: Vec<GroupView> = groups.into_iter().map(Into::into).collect();
    Ok(page::answer(&uri, items, None))
}
