//! The page at `/status`: for operators what is running, where the data lies and what to try; for everybody else the application's own.
//!
//! Rendered here, whole, without script. What it links to is relative, so it works
//! under a path prefix.

mod gather;
mod html;
mod view;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use studyhall::{
    api::{self, AppState, RequestId},
    web,
};

const CSS: &str = include_str!("status.css");

/// Nothing but the page's own stylesheet and icon, no frame around it, no base to bend its links.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the page knows of the process that shows it.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// What the API has at hand.
    pub(crate) state: AppState,
    /// Where this machine reaches the server, for a reader who does not say how it did.
    pub(crate) url: String,
    /// How the program was called.
    pub(crate) program: String,
    /// Where embedded databases lie, when there are any.
    pub(crate) data_folder: Option<String>,
}

/// The routes of the page and of what it links to.
pub(crate) fn router(site: Site) -> Router {
    Router::new()
        .route("/status", get(show))
        .route(
            "/assets/status.css",
            get(|| async { asset("text/css; charset=utf-8", CSS) }),
        )
        .with_state(Arc::new(site))
}

async fn show(
    State(site): State<Arc<Site>>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    if !api::is_sent_by_operator(&site.state, &mut parts).await {
        return web::status(&site.state, &mut parts).await;
    }
    let url = own_url(&site, &parts.headers);
    let mut view = gather::gather(&site, &url, request_id.as_str().to_owned()).await;
    view.theme = web::theme(&parts.headers);
    let headers = [
        (header::CONTENT_SECURITY_POLICY, value(POLICY)),
        (header::CACHE_CONTROL, value("no-store")),
        (header::REFERRER_POLICY, value("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, value("nosniff")),
    ];
    (headers, html::page(&view)).into_response()
}

/// The server as this reader reaches it, which says nothing of the machine behind a proxy.
fn own_url(site: &Site, headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    // It becomes part of commands for a shell.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let scheme = if site.state.settings().secure_cookies {
        "https"
    } else {
        "http"
    };
    match host.filter(|host| !host.is_empty() && host.chars().all(plain)) {
        Some(host) => format!("{scheme}://{host}"),
        None => site.url.clone(),
    }
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
