//! `GET /api/health/sync`: how far the replica is behind.

use axum::extract::State;

use super::HealthReport;
use crate::{api::AppState, health::Seen};

pub(super) async fn read(State(state): State<AppState>) -> HealthReport {
    let twin = state.twin();
    let (health, pauses) = tokio::join!(twin.health(), twin.sides().primary.pauses());
    let pauses = pauses.ok();
    let seen = Seen::of(&health, pauses.as_deref());
    HealthReport::new(&health, seen.pauses, seen.sync())
}
