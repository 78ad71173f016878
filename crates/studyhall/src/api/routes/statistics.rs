//! `GET /statistics`: how the user who asks gets on.

use axum::{extract::State, response::Response};

use crate::{
    api::{AppState, Problem, read_request::ReadRequest, reply::answered, session::CurrentUser},
    domain::queries::statistics,
};

pub(super) async fn read(
    State(state): State<AppState>,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let answer = statistics(state.twin(), &user.id, &request.freshness).await?;
    Ok(answered(answer))
}
