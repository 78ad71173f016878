//! `POST /logout`: ends the session that asks for it.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use serde_json::json;

use crate::{
    api::{
        AppState, Problem,
        session::{CurrentUser, clear_cookie},
    },
    domain::close_session,
};

pub(in crate::api::routes) async fn logout(
    State(state): State<AppState>,
    user: CurrentUser,
) -> Result<Response, Problem> {
    close_session(state.twin(), &user.token).await?;
    let mut response = Json(json!({ "success": true })).into_response();
    if let Some(cookie) = clear_cookie(&state) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
