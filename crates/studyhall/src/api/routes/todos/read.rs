//! `GET /todos/{id}`: one todo, with its version.

use axum::{extract::State, response::Response};
use twinbase_web::{IfNoneMatch, PathId, Problem, ReadRequest, answered_one};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::queries::one_todo,
};

pub(in crate::api::routes) async fn read(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    have: IfNoneMatch,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let answer = one_todo(state.twin(), &user.id, &id, &request.freshness).await?;
    Ok(answered_one(answer, &have))
}
