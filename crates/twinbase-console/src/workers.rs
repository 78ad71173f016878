//! `GET /workers`: the workers of every process, page by page.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase::prelude::*;
use twinbase_web::{Params, Problem};

use crate::{query::Asked, view::WorkerView};

pub(crate) async fn list(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
    params: Params,
) -> Result<Response, Problem> {
    let asked = Asked::of(params)?;
    let workers = twin.sides().primary.workers().await?;
    let items = workers.iter().map(WorkerView::from).collect();
    let page = asked.page(items, WorkerView::id);
    Ok(page.into_response_at(&uri))
}
