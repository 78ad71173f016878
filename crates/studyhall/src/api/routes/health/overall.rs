//! `GET /health` and `GET /api/health/sync`: everything. How far the replica is behind says nothing of a primary that is away.

use axum::extract::State;
use twinbase::health::{HealthReport, Seen};

use super::Answer;
use crate::api::AppState;

pub(super) async fn read(State(state): State<AppState>) -> Answer {
    let twin = state.twin();
    let (health, pauses) = tokio::join!(twin.health(), twin.sides().primary.pauses());
    let pauses = pauses.ok();
    let seen = Seen::of(&health, pauses.as_deref());
    Answer(HealthReport::new(&health, seen.pauses, seen.alerts()))
}
