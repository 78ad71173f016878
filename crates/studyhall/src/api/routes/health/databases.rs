//! `GET /api/health/databases`: whether both databases answer.

use axum::extract::State;
use twinbase::health::{HealthReport, Seen};

use super::Answer;
use crate::api::AppState;

pub(super) async fn read(State(state): State<AppState>) -> Answer {
    let health = state.twin().health().await;
    let seen = Seen::of(&health, None);
    Answer(HealthReport::new(&health, None, seen.connections()))
}
