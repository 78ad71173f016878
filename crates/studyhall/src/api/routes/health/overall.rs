//! `GET /health`: everything.

use axum::extract::State;

use super::{HealthReport, assess};
use crate::api::AppState;

pub(super) async fn read(State(state): State<AppState>) -> HealthReport {
    assess(&state.twin().health().await)
}
