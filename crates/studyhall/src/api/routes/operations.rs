//! What operators use: Twinbase's operations API behind a session and the role, and the metrics.

use axum::{Router, middleware::from_fn_with_state};

use crate::api::{AppState, operators::operators_only, scraping::scrapers_only};

/// Events, operations, workers and pauses.
pub(super) fn api(state: &AppState) -> Router<AppState> {
    let guard = from_fn_with_state(state.clone(), operators_only);
    twinbase_console::operations_api(state.twin().clone()).route_layer(guard)
}

/// The original's path that has the worker look now.
pub(super) fn trigger(state: &AppState) -> Router<AppState> {
    let guard = from_fn_with_state(state.clone(), operators_only);
    twinbase_console::sync_trigger(state.twin().clone()).route_layer(guard)
}

/// The metrics of this process, when they are collected.
pub(super) fn metrics(state: &AppState) -> Router<AppState> {
    let Some(scraping) = &state.settings().scraping else {
        return Router::new();
    };
    let guard = from_fn_with_state(scraping.clone(), scrapers_only);
    twinbase_console::metrics(scraping.metrics.clone()).route_layer(guard)
}
