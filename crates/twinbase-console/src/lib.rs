//! Operating Twinbase over HTTP: events that failed, operations, workers, pauses, metrics.
//!
//! These are routers that a service mounts beside its own routes. **They let everybody in:**
//! whoever mounts them puts a layer around them that lets operators in and nobody else. What
//! they answer holds payloads of events and texts of errors, which may be personal data; none of it is logged here.
//!
//! ```
//! use axum::{Router, middleware};
//! use twinbase::prelude::*;
//! # use axum::{extract::Request, http::StatusCode, response::Response};
//!
//! # async fn operators_only(request: Request, next: middleware::Next) -> Result<Response, StatusCode> {
//! #     if request.headers().contains_key("x-operator") { Ok(next.run(request).await) } else { Err(StatusCode::FORBIDDEN) }
//! # }
//! fn service(twin: &Twinbase) -> Router {
//!     let operations = twinbase_console::operations_api(twin.clone())
//!         .merge(twinbase_console::sync_trigger(twin.clone()));
//!     Router::new()
//!         .nest("/api", operations)
//!         .route_layer(middleware::from_fn(operators_only))
//! }
//! ```
//!
//! A verb that is sent again begins anew, with everything that matches it by then. Only with the `asOf` of
//! its preview it acts on no more than before. These routes keep no idempotency keys: they have no table. A host
//! that has one puts [`once`](twinbase_web::idempotency::once) around them: a request is answered again instead of done again.
//!
//! Errors are [problems](twinbase_web::Problem), which the host's [`Edge`](twinbase_web::Edge) renders as its own.

mod cursor;
mod failure;
mod metrics;
mod operations;
mod outbox;
mod pauses;
mod query;
mod scraping;
mod trigger;
pub mod view;
mod workers;

use axum::{
    Router,
    http::{HeaderValue, Method, header},
    middleware,
    response::Response,
    routing::{MethodRouter, delete, get, post},
};
use twinbase::prelude::*;

pub use cursor::{read_cursor, write_cursor};
pub use metrics::{InstallError, Metrics, metrics};
pub use scraping::{Access, Scraping};

/// The operations API: events, operations, workers and pauses, at paths such as `/outbox`.
pub fn operations_api<S>(twin: Twinbase) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    table()
        .into_iter()
        .fold(Router::new(), |router, (_, path, handler)| {
            router.route(path, handler)
        })
        .route_layer(middleware::map_response(unkept))
        .with_state(twin)
}

/// Every route of [`operations_api`], with the parameters of its path in braces: for whoever has to show
/// that all of them are behind a guard.
pub fn routes() -> impl Iterator<Item = (Method, &'static str)> {
    table().into_iter().map(|(method, path, _)| (method, path))
}

fn table() -> [(Method, &'static str, MethodRouter<Twinbase>); 14] {
    use Method as M;
    [
        (M::GET, "/outbox", get(outbox::list)),
        (M::GET, "/outbox/groups", get(outbox::groups)),
        (M::POST, "/outbox/retry", post(outbox::retry)),
        (M::POST, "/outbox/discard", post(outbox::discard)),
        (M::POST, "/outbox/restore", post(outbox::restore)),
        (M::GET, "/outbox/{id}", get(outbox::show)),
        (M::GET, "/operations", get(operations::list)),
        (M::GET, "/operations/{id}", get(operations::show)),
        (M::POST, "/operations/{id}/cancel", post(operations::cancel)),
        (M::GET, "/workers", get(workers::list)),
        (M::GET, "/pauses", get(pauses::list)),
        (M::POST, "/pauses", post(pauses::create)),
        (M::GET, "/pauses/{scope}", get(pauses::show)),
        (M::DELETE, "/pauses/{scope}", delete(pauses::remove)),
    ]
}

/// `POST /admin/sync/trigger`, which the original has under `/api`.
pub fn sync_trigger<S>(twin: Twinbase) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Router::new()
        .route("/admin/sync/trigger", post(trigger::trigger))
        .route_layer(middleware::map_response(unkept))
        .with_state(twin)
}

/// What an operator sees is kept by no cache, not even by the browser's.
async fn unkept(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
