//! `GET /health/ready`: the primary takes writes, so requests can be served.

use std::time::{Duration, Instant};

use axum::{Json, extract::State};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use twinbase_web::Problem;

use crate::api::AppState;

/// Whoever asks more often shares the answer: each probe is a write.
const KEPT: Duration = Duration::from_secs(1);

/// The newest probe, and when it was made.
#[derive(Debug, Default)]
pub(in crate::api) struct Readiness(Mutex<Option<(Instant, Result<(), Problem>)>>);

impl Readiness {
    async fn probe(&self, state: &AppState) -> Result<(), Problem> {
        let mut newest = self.0.lock().await;
        if let Some((at, outcome)) = &*newest
            && at.elapsed() < KEPT
        {
            return outcome.clone();
        }
        let outcome = state.twin().probe_writes().await.map_err(Problem::from);
        *newest = Some((Instant::now(), outcome.clone()));
        outcome
    }
}

pub(super) async fn read(State(state): State<AppState>) -> Result<Json<Value>, Problem> {
    state.readiness().probe(&state).await?;
    Ok(Json(json!({ "status": "ready" })))
}
