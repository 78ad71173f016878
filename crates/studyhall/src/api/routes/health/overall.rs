//! `GET /health`: everything.

use axum::extract::State;

use super::{HealthReport, assess::assess_with};
use crate::api::AppState;

pub(super) async fn read(State(state): State<AppState>) -> HealthReport {
    let (health, pauses) = tokio::join!(state.twin().health(), state.twin().pauses());
    assess_with(&health, pauses.ok().as_deref())
}
