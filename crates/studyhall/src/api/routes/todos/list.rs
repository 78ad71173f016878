//! `GET /todos`: a user's todos, newest first, page by page, and those that a search finds.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use twinbase_web::{Page, Problem, ReadRequest, answered_page, cursor, params::boolean};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        SearchText,
        queries::{Position, TodoQuery, todos},
    },
};

const MOST_ITEMS: u32 = 100;

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
        search: params.take("search", SearchText::parse)?,
        after: params.take("cursor", position)?,
        limit: params.limit(MOST_ITEMS)?,
    };
    params.finish()?;
    let answer = todos(state.twin(), &query, &freshness).await?;
    let page = answer.map(|page| Page {
        items: page.items,
        next_cursor: page
            .next
            .and_then(|at| cursor::write(&(at.created_at, at.id))),
    });
    Ok(answered_page(page, &uri))
}

fn position(text: &str) -> Result<Position, &'static str> {
    let (created_at, id) = cursor::read(text)?;
    Ok(Position { created_at, id })
}
