//! The web console: how both sides are, what fails and why, one document, comparisons, and who did what.
//!
//! Whole pages, made here, without script. Every deed is a form that first says what it will do, to how many, and how to
//! undo it. A page of something that runs asks for itself again every two seconds until it has ended.

mod acts;
mod compare;
mod confirm;
mod document;
mod draft;
mod event;
mod failures;
mod frame;
mod log;
mod overview;
mod parts;
mod problem;
mod rebuild;
mod rebuild_confirm;
mod repair;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use twinbase::prelude::*;

use crate::operator;
use parts::encoded;

/// What every page needs.
#[derive(Clone)]
struct Console {
    twin: Twinbase,
    /// Where the pages are mounted, without a slash at the end.
    at: Arc<str>,
}

impl Console {
    /// A path of these pages.
    fn path(&self, below: &str) -> String {
        format!("{}{below}", self.at)
    }

    /// Where a document is explained.
    fn document(&self, collection: &str, id: &str) -> String {
        let (collection, id) = (encoded(collection), encoded(id));
        self.path(&format!("/documents/{collection}/{id}"))
    }

    /// Sends the browser there after a form.
    fn see(&self, below: &str) -> Response {
        Redirect::to(&self.path(below)).into_response()
    }
}

/// The pages, at this path. A request without an [`Operator`](crate::Operator) is refused: a layer of the host's says who it is, and
/// checks that forms come from its own pages ([`twinbase_web::origin`]; the forms here check it as well).
///
/// They load one stylesheet and one icon of their own and send `Content-Security-Policy` with `default-src 'none'`.
pub fn pages<S>(twin: Twinbase, at: &str) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let at: Arc<str> = at.trim_end_matches('/').into();
    let on = |below: &str| format!("{at}{below}");
    let console = Console {
        twin,
        at: Arc::clone(&at),
    };
    Router::new()
        .route(&on(""), get(overview::show))
        .route(&on("/failures"), get(failures::groups))
        .route(&on("/events"), get(failures::list))
        .route(&on("/events/{id}"), get(event::show))
        .route(&on("/confirm"), get(confirm::show))
        .route(&on("/act"), post(acts::act))
        .route(&on("/pause"), post(acts::pause))
        .route(&on("/resume"), post(acts::resume))
        .route(&on("/documents"), get(document::find))
        .route(&on("/documents/{collection}/{id}"), get(document::show))
        .route(&on("/compare"), get(compare::show).post(compare::begin))
        .route(&on("/repair"), get(repair::show))
        .route(&on("/rebuild"), get(rebuild::show).post(rebuild::change))
        .route(&on("/rebuild/confirm"), get(rebuild_confirm::show))
        .route(&on("/log"), get(log::list))
        .route(&on("/log/{id}"), get(log::show))
        .route(&on("/log/{id}/cancel"), post(log::cancel))
        .route_layer(middleware::from_fn_with_state(
            console.clone(),
            problem::framed,
        ))
        .route_layer(middleware::from_fn(operator::required))
        .route(&on("/console.css"), get(frame::stylesheet))
        .route(&on("/console.svg"), get(frame::icon))
        .layer(middleware::map_response(with_policy))
        .with_state(console)
}

/// One stylesheet and forms of our own, no frame around a page; kept by no cache.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

async fn with_policy(mut response: Response) -> Response {
    let headers: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in headers {
        let headers = response.headers_mut();
        if name != header::CACHE_CONTROL || !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}
