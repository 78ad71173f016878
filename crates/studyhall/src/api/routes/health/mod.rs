//! How the system is, in the JSON that clients of the original know.

mod databases;
mod live;
mod overall;
mod ready;
mod sync;

use axum::{
    Json, Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use twinbase::health::{HealthReport, Level};

use super::super::AppState;

pub(in crate::api) use ready::Readiness;

/// That the process lives, which asks nothing of the databases.
pub(super) fn life() -> Router<AppState> {
    Router::new().route("/health/live", get(live::read))
}

pub(super) fn routes() -> Router<AppState> {
    life()
        .route("/health", get(overall::read))
        .route("/health/ready", get(ready::read))
}

/// What the original has among the routes of its API.
pub(super) fn reports() -> Router<AppState> {
    Router::new()
        .route("/health/sync", get(sync::read))
        .route("/health/databases", get(databases::read))
}

/// The health document as an answer: a load balancer reads the status alone.
struct Answer(HealthReport);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = match self.0.status {
            Level::Healthy | Level::Degraded => StatusCode::OK,
            Level::Unhealthy => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Json(self.0)).into_response()
    }
}
