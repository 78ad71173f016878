//! `GET /api/health/databases`: whether both databases answer.

use axum::extract::State;

use super::HealthReport;
use crate::{api::AppState, health::Seen};

pub(super) async fn read(State(state): State<AppState>) -> HealthReport {
    let health = state.twin().health().await;
    let seen = Seen::of(&health, None);
    HealthReport::new(&health, None, seen.connections())
}
