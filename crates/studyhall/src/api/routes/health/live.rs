//! `GET /health/live`: this process answers; nothing else is asked.

use axum::Json;
use serde_json::{Value, json};

pub(super) async fn read() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}
