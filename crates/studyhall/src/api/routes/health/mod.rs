//! How the system is, in the JSON that clients of the original know.

mod databases;
mod live;
mod overall;
mod ready;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use twinbase::health::{HealthReport, Level};
use twinbase_web::openapi::{Op, Routes, schema};

use super::super::AppState;

pub(in crate::api) use ready::Readiness;

/// That the process lives, which asks nothing of the databases.
pub(super) fn life() -> Routes<AppState> {
    let alive = schema::like(&json!({ "status": "alive" }));
    Routes::new().on(
        "/health/live",
        Op::get("This process answers", alive),
        live::read,
    )
}

pub(super) fn routes() -> Routes<AppState> {
    let ready = schema::like(&json!({ "status": "ready" }));
    life()
        .on("/health", reported("Everything"), overall::read)
        .on(
            "/health/ready",
            Op::get("The primary takes writes", ready),
            ready::read,
        )
}

/// What the original has among the routes of its API.
pub(super) fn reports() -> Routes<AppState> {
    Routes::new()
        .on(
            "/health/sync",
            reported("How far the replica is behind"),
            overall::read,
        )
        .on(
            "/health/databases",
            reported("Whether both databases answer"),
            databases::read,
        )
}

fn reported(summary: &'static str) -> Op {
    let report = report();
    Op::get(summary, report.clone()).or(StatusCode::SERVICE_UNAVAILABLE, report)
}

/// The keys that clients of the original know; there are more beside them.
fn report() -> Value {
    schema::like(&json!({
        "status": "healthy", "databases": { "cockroachdb": "connected", "mongodb": "connected" },
        "sync": { "queueSize": 0, "syncLagSeconds": 0.0, "failedEvents": 0 }, "alerts": [],
    }))
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
