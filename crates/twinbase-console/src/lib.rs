//! Operating Twinbase over HTTP: an API, a web console, and metrics.
//!
//! Events that failed, one document, comparisons and repairs, operations, workers, pauses.
//!
//! These are routers that a service mounts beside its own routes. The service knows sessions and roles: a layer of its own lets
//! operators through, and says with [`Operator`] who it is. A request without one is refused here. What
//! they answer holds payloads of events and texts of errors, which may be personal data; none of it is logged here.
//!
//! ```
//! use axum::{Router, middleware};
//! use twinbase::prelude::*;
//! use twinbase_console::Operator;
//! # use axum::{extract::Request, http::StatusCode, response::Response};
//!
//! async fn operators_only(mut request: Request, next: middleware::Next) -> Result<Response, StatusCode> {
//!     let operator = name_of_operator(&request).ok_or(StatusCode::FORBIDDEN)?;
//!     request.extensions_mut().insert(Operator::named(operator));
//!     Ok(next.run(request).await)
//! }
//!
//! # fn name_of_operator(request: &Request) -> Option<String> { Some(request.headers().get("x-operator")?.to_str().ok()?.to_owned()) }
//! fn service(twin: &Twinbase) -> Router {
//!     let operations = twinbase_console::operations_api(twin.clone())
//!         .merge(twinbase_console::sync_trigger(twin.clone()))
//!         .router();
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

mod backup;
mod compare;
mod cursor;
mod explain;
mod failure;
mod metrics;
mod operations;
mod operator;
mod outbox;
mod pages;
mod pauses;
mod query;
mod rebuilds;
mod routes;
mod scraping;
mod trigger;
pub mod view;
mod workers;

use std::path::PathBuf;

use axum::{
    Extension, Router,
    http::{HeaderValue, Method, header},
    middleware,
    response::Response,
};
use twinbase::prelude::*;
use twinbase_web::openapi::Routes;

pub use cursor::{read_cursor, write_cursor};
pub use metrics::{InstallError, Metrics, metrics};
pub use operator::Operator;
pub use pages::pages;
pub use scraping::{Access, Scraping};

/// The operations API: events, operations, workers and pauses, at paths such as `/outbox`.
pub fn operations_api<S>(twin: Twinbase) -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
{
    served(routes::all(), twin)
}

/// Every route of [`operations_api`], with the parameters of its path in braces: for whoever has to show
/// that all of them are behind a guard.
pub fn routes() -> Vec<(Method, String)> {
    let all = routes::all();
    let paths = all.paths();
    paths
        .map(|(method, path)| (method, path.to_owned()))
        .collect()
}

/// `POST /admin/sync/trigger`, which the original has under `/api`.
pub fn sync_trigger<S>(twin: Twinbase) -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
{
    served(routes::trigger(), twin)
}

/// `POST /backup/full`, which the original has under `/api`: a copy of both embedded databases in a new folder below this one.
/// Servers have tools of their own, which the problem names.
pub fn backups<S>(twin: Twinbase, folder: Option<PathBuf>) -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
{
    let backups = Extension(backup::Backups::below(folder));
    let routes = routes::backup().layered(|router| router.layer(backups), |_, _, _| {});
    served(routes, twin)
}

fn served<S>(routes: Routes<Twinbase>, twin: Twinbase) -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
{
    let layer = |router: Router<Twinbase>| {
        let unkept = middleware::map_response(unkept);
        let required = middleware::from_fn(operator::required);
        router
            .route_layer(required)
            .route_layer(unkept)
            .with_state(twin)
    };
    routes.layered(layer, |_, _, _| {})
}

/// What an operator sees is kept by no cache, not even by the browser's.
async fn unkept(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
