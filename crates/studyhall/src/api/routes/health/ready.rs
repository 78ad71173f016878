//! `GET /health/ready`: the primary answers, so requests can be served.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::api::{AppState, Problem};

pub(super) async fn read(State(state): State<AppState>) -> Result<Json<Value>, Problem> {
    state.twin().sides().primary.ping().await?;
    Ok(Json(json!({ "status": "ready" })))
}
