//! `GET /health`: everything.

use axum::extract::State;

use super::HealthReport;
use crate::{api::AppState, health::Seen};

pub(super) async fn read(State(state): State<AppState>) -> HealthReport {
    let (health, pauses) = tokio::join!(state.twin().health(), state.twin().pauses());
    let pauses = pauses.ok();
    let seen = Seen::of(&health, pauses.as_deref());
    HealthReport::new(&health, seen.pauses, seen.alerts())
}
