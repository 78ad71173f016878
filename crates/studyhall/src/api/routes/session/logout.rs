//! `POST /logout`: ends the session that asks for it, or with `?everywhere=true` all of its user.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use serde_json::json;
use twinbase_web::{Params, Problem, params::boolean};

use crate::{
    api::{
        AppState,
        session::{CurrentUser, clear_cookie},
    },
    domain::{close_all_sessions, close_session},
};

pub(super) async fn logout(
    State(state): State<AppState>,
    user: CurrentUser,
    mut params: Params,
) -> Result<Response, Problem> {
    let everywhere = params.take("everywhere", boolean)?.unwrap_or(false);
    params.finish()?;
    if everywhere {
        close_all_sessions(state.twin(), &user.id).await?;
    } else {
        close_session(state.twin(), &user.token).await?;
    }
    let mut response = Json(json!({ "success": true })).into_response();
    if let Some(cookie) = clear_cookie(&state) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
