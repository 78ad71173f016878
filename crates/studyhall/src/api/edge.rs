//! What is around every request: its id, its trace, its time limit, its log line, and a problem for every error.

use std::{any::Any, time::Instant};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use tokio::time::timeout;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument as _;
use twinbase::with_trace;
use twinbase_console::BODY_LIMIT_BYTES;

use super::{AppState, Code, Problem, RequestId, problem::render, request_id::HEADER, trace};

pub(super) fn wrap(routes: Router, state: AppState) -> Router {
    routes
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(state, handle))
}

async fn handle(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers(), &*state.twin().sides().clock);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let trace = trace::of(request.headers(), &mut rand::rng());
    let span = tracing::info_span!("request", id = id.as_str(), trace_id = trace.trace_id());
    request.extensions_mut().insert(id.clone());
    let started = Instant::now();
    // Every event that the handler writes tells the request's trace.
    let run = with_trace(trace, next.run(request)).instrument(span.clone());
    let response = timeout(state.settings().request_timeout, run).await;
    let response = response.unwrap_or_else(|_| {
        Problem::new(Code::TimedOut, "The request took longer than it may.").into_response()
    });
    let mut response = render(response, &id);
    let headers = response.headers_mut();
    if let Some(value) = id.header_value() {
        headers.insert(HEADER, value);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    // What a user may see, a cache between must not keep; `no-cache` still allows If-None-Match.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    span.in_scope(|| tracing::info!(%method, path, status, ?elapsed, "answered"));
    response
}

/// The panic's own text was printed by the hook; it is not for clients.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::new(
        Code::Internal,
        "The request ran into an error of the program.",
    )
    .into_response()
}
