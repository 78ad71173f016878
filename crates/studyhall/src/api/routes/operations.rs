//! What operators use: Twinbase's operations API behind a session and the role, and the metrics.

use axum::{Router, http::Method, middleware::from_fn_with_state};
use twinbase_web::{
    IdempotencyKey,
    idempotency::once,
    openapi::{Described as _, Operation, Routes},
};

use crate::api::{AppState, Code, operators::operators_only, session::CurrentUser};

/// How whoever runs this lets others read the metrics.
const OPEN_METRICS: &str = "Set `metrics_token`, or `metrics_listen` for a port of their own.";

/// Events, operations, workers and pauses, and the original's paths that have the workers poll now and make a backup.
pub(super) fn api(state: &AppState) -> Routes<AppState> {
    let twin = state.twin();
    // The role is asked for first: a key is its operator's.
    let guarded = |router: Router<AppState>| {
        router
            .route_layer(from_fn_with_state(state.idempotency().clone(), once))
            .route_layer(from_fn_with_state(state.clone(), operators_only))
    };
    let describe = |method: &Method, _: &str, operation: &mut Operation| {
        CurrentUser::describe(operation);
        operation.problem(Code::OperatorsOnly);
        if *method == Method::POST {
            IdempotencyKey::describe(operation);
        }
    };
    twinbase_console::operations_api(twin.clone())
        .merge(twinbase_console::sync_trigger(twin.clone()))
        .merge(twinbase_console::backups(
            twin.clone(),
            state.settings().backups.clone(),
        ))
        .layered(guarded, describe)
}

/// The metrics of this process, when they are collected.
pub(super) fn metrics(state: &AppState) -> Router<AppState> {
    match &state.settings().scraping {
        Some(scraping) => twinbase_console::metrics(scraping.clone(), OPEN_METRICS),
        None => Router::new(),
    }
}
