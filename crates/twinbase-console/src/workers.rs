//! `GET /workers`: the workers of every process; all of them, there are few.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase::prelude::*;

use crate::{Problem, page, query::Query, view::WorkerView};

pub(crate) async fn list(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    Query::of(&uri)?.finish()?;
    let workers = twin.sides().primary.workers().await?;
    let items: Vec<WorkerView> = workers.iter().map(Into::into).collect();
    Ok(page::answer(&uri, items, None))
}
