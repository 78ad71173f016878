//! `GET /todos`: a user's todos, newest first, page by page, and those that a search finds.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase_web::{Problem, ReadRequest, answered_page, cursor, params::boolean};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        SearchText,
        queries::{TodoQuery, todos},
    },
};

pub(super) const MOST_ITEMS: u32 = 100;

pub(in crate::api::routes) async fn list(
    State(state): State<AppState>,
    OriginalUri(uri): OriginalUri,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    let ReadRequest {
        mut params,
        freshness,
    } = request;
    let query = TodoQuery {
        owner: user.id,
        completed: params.take("completed", boolean)?,
        search: params.take("search", SearchText::wanted)?.flatten(),
        after: params.take("cursor", cursor::read)?,
        limit: params.limit(MOST_ITEMS)?,
    };
    params.finish()?;
    let page = todos(state.twin(), query, &freshness).await?;
    Ok(answered_page(page, &uri))
}
