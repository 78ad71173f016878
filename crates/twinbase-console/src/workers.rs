//! `GET /workers`: the workers of every process; all of them, there are few.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase::prelude::*;
use twinbase_web::{Page, Params, Problem};

use crate::view::WorkerView;

pub(crate) async fn list(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
    params: Params,
) -> Result<Response, Problem> {
    params.finish()?;
    let workers = twin.sides().primary.workers().await?;
    let items = workers.iter().map(WorkerView::from).collect();
    Ok(Page::whole(items).into_response_at(&uri))
}
