//! What is around every request: its id, its trace, its time limit, its log line, and a problem for every error.

use std::{panic::AssertUnwindSafe, time::Instant};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use tokio::time::timeout;
use tracing::Instrument as _;
use twinbase::with_trace;

use super::{AppState, Code, Problem, RequestId, problem::render, request_id::HEADER, trace};

pub(super) fn wrap(routes: Router, state: AppState) -> Router {
    routes.layer(middleware::from_fn_with_state(state, handle))
}

async fn handle(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers(), &*state.twin().sides().clock);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let trace = trace::of(request.headers(), &mut rand::rng());
    let span = tracing::info_span!("request", id = id.as_str(), trace_id = trace.trace_id());
    request.extensions_mut().insert(id.clone());
    let started = Instant::now();
    // Every event that the handler writes carries the request's trace. What it holds is gone after a panic.
    let run = AssertUnwindSafe(with_trace(trace, next.run(request))).catch_unwind();
    let run = timeout(
        state.settings().request_timeout,
        run.instrument(span.clone()),
    );
    let response = match run.await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => span.in_scope(panicked),
        Err(_) => Problem::new(
            Code::TimedOut,
            "The request took longer than its limit. It may have been done.",
        )
        .into_response(),
    };
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
fn panicked() -> Response {
    tracing::error!("a handler panicked");
    Problem::new(
        Code::Internal,
        "The program made a mistake; it is in the log under this request's id.",
    )
    .into_response()
}
