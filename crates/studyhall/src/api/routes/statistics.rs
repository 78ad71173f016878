//! `GET /statistics`: how the user who asks gets on.

use axum::{extract::State, response::Response};
use twinbase_web::{Problem, ReadRequest, answered};

use crate::{
    api::{AppState, session::CurrentUser},
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
