//! `GET /api/health/sync`: how far the replica is behind.

use axum::extract::State;

use super::{HealthReport, assess::assess_sync};
use crate::api::AppState;

pub(super) async fn read(State(state): State<AppState>) -> HealthReport {
    let (health, pauses) = tokio::join!(state.twin().health(), state.twin().pauses());
    assess_sync(&health, pauses.ok().as_deref())
}
