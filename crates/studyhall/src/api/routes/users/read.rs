//! `GET /users/{id}` and `GET /users/me`: one's own profile, exact, so from the primary.

use axum::{extract::State, response::Response};
use twinbase::prelude::*;
use twinbase_web::{IfNoneMatch, PathId, Problem, ReadRequest, answered_one};

use super::own;
use crate::{
    api::{AppState, session::CurrentUser},
    domain::{Error, User},
};

pub(in crate::api::routes) async fn read(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    have: IfNoneMatch,
    request: ReadRequest,
) -> Result<Response, Problem> {
    own(&user, &id)?;
    read_me(State(state), user, have, request).await
}

pub(in crate::api::routes) async fn read_me(
    State(state): State<AppState>,
    user: CurrentUser,
    have: IfNoneMatch,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let found = state.twin().get::<User>(&user.id).await?;
    let found = found.ok_or(Error::NotFound { what: "user" })?;
    Ok(answered_one(Answer::from_primary(found), &have))
}
