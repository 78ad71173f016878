//! `GET /api/health/databases`: whether both databases answer.

use axum::extract::State;

use super::{HealthReport, assess::assess_databases};
use crate::api::AppState;

pub(super) async fn read(State(state): State<AppState>) -> HealthReport {
    assess_databases(&state.twin().health().await)
}
