//! `GET /api/health/sync`: how far the replica is behind.

use axum::extract::State;

use super::{HealthReport, assess::assess_sync};
use crate::api::AppState;

pub(super) async fn read(State(state): State<AppState>) -> HealthReport {
    assess_sync(&state.twin().health().await)
}
