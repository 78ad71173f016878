//! How the system is, in the JSON that clients of the original know.

mod assess;
mod databases;
mod live;
mod overall;
mod ready;
mod report;
mod sync;

use axum::{Router, routing::get};

use super::super::AppState;

pub(in crate::api) use ready::Readiness;
pub use report::HealthReport;

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
