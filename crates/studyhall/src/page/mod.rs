//! The page at `/`: what is running, where the data lies, who leads, what to try.
//!
//! Rendered here, whole, without script. What it links to is relative, so it works
//! under a path prefix.

mod gather;
mod html;
mod view;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use studyhall::api::RequestId;
use twinbase::Twinbase;

const CSS: &str = include_str!("studyhall.css");
const ICON: &str = include_str!("studyhall.svg");

/// Nothing but the page's own stylesheet and icon, no frame around it, no base to bend its links.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the page knows of the process that shows it.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// Both databases.
    pub(crate) twin: Twinbase,
    /// Where this machine reaches the server.
    pub(crate) url: String,
    /// How the program was called.
    pub(crate) program: String,
    /// Where embedded databases lie, when there are any.
    pub(crate) data_folder: Option<String>,
}

/// The routes of the page and of what it links to.
pub(crate) fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(show))
        .route(
            "/assets/studyhall.css",
            get(|| async { asset("text/css; charset=utf-8", CSS) }),
        )
        .route(
            "/assets/studyhall.svg",
            get(|| async { asset("image/svg+xml", ICON) }),
        )
        .with_state(Arc::new(site))
}

async fn show(
    State(site): State<Arc<Site>>,
    Extension(request_id): Extension<RequestId>,
) -> Response {
    let view = gather::gather(&site, request_id.as_str().to_owned()).await;
    let headers = [
        (header::CONTENT_SECURITY_POLICY, value(POLICY)),
        (header::CACHE_CONTROL, value("no-store")),
        (header::REFERRER_POLICY, value("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, value("nosniff")),
    ];
    (headers, html::page(&view)).into_response()
}

/// An hour: a new version of the program shows its own colours soon enough.
fn asset(kind: &'static str, body: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, value(kind)),
        (header::CACHE_CONTROL, value("public, max-age=3600")),
        (header::CONTENT_SECURITY_POLICY, value("default-src 'none'")),
        (header::X_CONTENT_TYPE_OPTIONS, value("nosniff")),
    ];
    (headers, body).into_response()
}

const fn value(text: &'static str) -> HeaderValue {
    HeaderValue::from_static(text)
}
