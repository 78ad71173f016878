//! What operators use: Twinbase's operations API behind a session and the role, and the metrics.

use axum::{Router, middleware::from_fn_with_state};
use twinbase_web::idempotency::once;

use crate::api::{AppState, operators::operators_only};

/// How whoever runs this lets others read the metrics.
const OPEN_METRICS: &str = "Set `metrics_token`, or `metrics_listen` for a port of their own.";

/// Events, operations, workers and pauses.
pub(super) fn api(state: &AppState) -> Router<AppState> {
    for_operators(
        state,
        twinbase_console::operations_api(state.twin().clone()),
    )
}

/// The original's path that has the worker look now.
pub(super) fn trigger(state: &AppState) -> Router<AppState> {
    for_operators(state, twinbase_console::sync_trigger(state.twin().clone()))
}

/// The role is asked for first: a key is its operator's.
fn for_operators(state: &AppState, routes: Router<AppState>) -> Router<AppState> {
    routes
        .route_layer(from_fn_with_state(state.idempotency().clone(), once))
        .route_layer(from_fn_with_state(state.clone(), operators_only))
}

/// The metrics of this process, when they are collected.
pub(super) fn metrics(state: &AppState) -> Router<AppState> {
    match &state.settings().scraping {
        Some(scraping) => twinbase_console::metrics(scraping.clone(), OPEN_METRICS),
        None => Router::new(),
    }
}
