//! Idempotency keys around third-party routes, whose handlers know nothing of them.
//!
//! What such a handler does cannot join our transaction. So its key is reserved first, and given the
//! answer afterwards (see [`reservation`](super::reservation)). When the process or the primary dies
//! between the two, nobody knows what was done: sent again a while later, the request is done again.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{self, Body},
    extract::{FromRequestParts as _, MatchedPath, OriginalUri, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::time::timeout;
use tracing::Instrument as _;

use super::{
    Claim, Idempotency, IdempotencyKey,
    in_flight::Flight,
    in_progress,
    reservation::{Reservation, Reserved},
};
use crate::{Code, Problem, Reply, read_body};

/// Who sends a request, put into its extensions by the guard of its route.
#[derive(Debug, Clone)]
pub struct Caller(
    /// The id by which idempotency keys are told apart.
    pub Arc<str>,
);

/// Answers of ours are far smaller.
const LARGEST_ANSWER_BYTES: usize = 1 << 20;

/// Does a POST with an `Idempotency-Key` once, as a layer by `from_fn_with_state`. For routes behind a guard
/// that puts the [`Caller`] into the request's extensions.
pub async fn once(
    State(keys): State<Idempotency>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if request.method() != Method::POST {
        return Ok(next.run(request).await);
    }
    let (mut parts, body) = request.into_parts();
    let key = IdempotencyKey::from_request_parts(&mut parts, &keys).await?;
    if !key.is_given() {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let sent = read_body(body).await?;
    let Some(claim) = claim(key, &parts, &sent) else {
        return Err(Problem::new(Code::Internal, "The request has no caller."));
    };
    let Some(flight) = keys.in_flight.begin(&claim.scope, &claim.key) else {
        return Err(in_progress());
    };
    let patience = patience(keys.time_limit);
    let reservation = match claim.reserve(&keys.twin, patience).await? {
        Reserved::Now(reservation) => reservation,
        Reserved::Before(reply) => return Ok(unkept(reply)),
    };
    let work = Work {
        keys,
        reservation,
        _flight: flight,
    };
    let request = Request::from_parts(parts, Body::from(sent));
    // A task of its own: a client that goes away does not end it between the deed and its answer.
    let run = work.run(request, next).instrument(tracing::Span::current());
    match tokio::spawn(run).await {
        Ok(answer) => answer,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(Problem::new(Code::Internal, "The request was cancelled.")),
    }
}

/// After so long nobody works on a reserved request any more: it may take the time limit of a
/// request, and as long again for clocks that differ and an answer that is slow to be kept.
fn patience(limit: Duration) -> SignedDuration {
    SignedDuration::try_from(limit * 2).unwrap_or(SignedDuration::MAX)
}

/// The path belongs to what is sent: as part of the scope it could be longer than an index allows. Both begin
/// where the router is mounted, so that a key is the same at two mounts of one API.
fn claim(key: IdempotencyKey, parts: &Parts, sent: &[u8]) -> Option<Claim> {
    let caller = parts.extensions.get::<Caller>()?;
    let route = parts.extensions.get::<MatchedPath>()?;
    let OriginalUri(whole) = parts.extensions.get::<OriginalUri>()?;
    let path = parts.uri.path();
    let mount = whole.path().strip_suffix(path).unwrap_or_default();
    let sent: Value = serde_json::from_slice(sent)
        .unwrap_or_else(|_| String::from_utf8_lossy(sent).into_owned().into());
    let route = route.as_str();
    let route = route.strip_prefix(mount).unwrap_or(route);
    let route = format!("POST {route}");
    key.claim(&caller.0, &route, &json!({ "path": path, "body": sent }))
}

/// A request whose key is reserved.
struct Work {
    keys: Idempotency,
    reservation: Reservation,
    _flight: Flight,
}

impl Work {
    async fn run(self, request: Request, next: Next) -> Result<Response, Problem> {
        let Ok(response) = timeout(self.keys.time_limit, next.run(request)).await else {
            // What it did nobody knows; the reservation stays, so that it is not done again at once.
            return Err(Problem::new(
                Code::TimedOut,
                "The request took longer than its limit. It may have been done.",
            ));
        };
        if !response.status().is_success() {
            let released = self.reservation.release(&self.keys.twin).await;
            log(released.map(|()| true));
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let body = body::to_bytes(body, LARGEST_ANSWER_BYTES).await;
        let body = body.map_err(|_| Problem::new(Code::Internal, "The answer is too large."))?;
        let reply = Reply {
            status: parts.status,
            etag: None,
            location: text(&parts.headers, header::LOCATION),
            sync_token: None,
            body: String::from_utf8_lossy(&body).into_owned(),
            replayed: false,
        };
        log(self.reservation.keep(&self.keys.twin, &reply).await);
        Ok(Response::from_parts(parts, Body::from(body)))
    }
}

/// It was done, whatever became of its key: the answer is given all the same.
fn log(kept: Result<bool, Problem>) {
    match kept {
        Ok(true) => {}
        Ok(false) => tracing::warn!("an idempotency key was taken over before its answer"),
        Err(problem) => tracing::warn!(
            code = problem.kind().name,
            "an idempotency key could not be given its answer"
        ),
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    value.to_str().ok().map(str::to_owned)
}

/// As the first answer was: for no cache to keep.
fn unkept(reply: Reply) -> Response {
    let mut response = reply.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
