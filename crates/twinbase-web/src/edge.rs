//! What is around every request: its id, its trace, its client, its time limit, its log line, a problem for every error, and the end of its body.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use tokio::time::timeout;
use tracing::Instrument as _;
use twinbase::{prelude::*, with_trace};

use crate::{
    Code, Problem, RequestId, Taken, TrustedProxies,
    problem::{Rendering, Representation, render},
    request_id::HEADER,
    trace,
    unread::{self, PASSED_OVER_TIME},
};

/// What every request and every answer of a service has.
#[derive(Debug, Clone)]
pub struct Edge {
    service: &'static str,
    twin: Twinbase,
    time_limit: Duration,
    trusted_proxies: TrustedProxies,
}

impl Edge {
    /// For a service of this name, which is part of the types of its problems, and the realm of its
    /// credentials. No request may take longer than `time_limit`.
    pub fn new(service: &'static str, twin: &Twinbase, time_limit: Duration) -> Self {
        Self {
            service,
            twin: twin.clone(),
            time_limit,
            trusted_proxies: TrustedProxies::default(),
        }
    }

    /// The same behind these proxies, which report the addresses of clients.
    #[must_use]
    pub fn behind(self, trusted_proxies: TrustedProxies) -> Self {
        Self {
            trusted_proxies,
            ..self
        }
    }

    /// Puts this around all routes of a router.
    pub fn around(self, routes: Router) -> Router {
        routes
            .layer(middleware::from_fn_with_state(self, handle))
            .layer(middleware::from_fn_with_state(
                PASSED_OVER_TIME,
                unread::read,
            ))
    }
}

async fn handle(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers(), &*edge.twin.sides().clock);
    let client = edge
        .trusted_proxies
        .client_of(request.headers(), request.extensions());
    let representation = Representation::of(request.headers());
    let method = request.method().clone();
    // The route and not the path, which may name somebody.
    let route = request.extensions().get::<MatchedPath>();
    let path = route.map_or("no route", MatchedPath::as_str).to_owned();
    let trace = trace::of(request.headers(), &mut rand::rng());
    let span = tracing::info_span!("request", id = id.as_str(), trace_id = trace.trace_id());
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(client);
    let taken = Taken::default();
    request.extensions_mut().insert(taken.clone());
    let started = Instant::now();
    // Every event that the handler writes carries the request's trace. What it holds is gone after a panic.
    let run = AssertUnwindSafe(with_trace(trace, next.run(request))).catch_unwind();
    let run = timeout(edge.time_limit, run.instrument(span.clone()));
    let response = match run.await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => span.in_scope(panicked),
        Err(_) => Problem::new(
            Code::TimedOut,
            "The request took longer than its limit. It may have been done.",
        )
        .into_response(),
    };
    let rendering = Rendering {
        representation,
        service: edge.service,
        instance: Some(id.as_str()),
    };
    let mut response = render(response, rendering);
    let headers = response.headers_mut();
    if let Some(value) = id.header_value() {
        headers.insert(HEADER, value);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    taken.tell(headers);
    // No cache keeps what a user may see, not even the browser's: whoever signs in there next has other answers at the
    // same paths. A client that keeps an answer by itself can still send its version in `If-None-Match`.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-store"));
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
