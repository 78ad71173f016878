//! The console of operations, for operators: Twinbase's own pages behind a session and the role.

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use twinbase_web::Problem;

use crate::{
    api::{AppState, operators_only},
    web::viewer::Viewer,
};

pub(super) fn routes(state: &AppState) -> Router<AppState> {
    twinbase_console::pages(state.twin().clone(), "/operations")
        .route_layer(from_fn_with_state(state.clone(), guard))
}

/// Whoever is not signed in is sent to sign in, as on every page.
async fn guard(
    state: State<AppState>,
    _: Viewer,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    operators_only(state, request, next).await
}
