//! `/openapi.json`, and `/docs`: Swagger UI, from this program alone.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use maud::html;

use super::{Info, Routes};
use crate::html;

/// Swagger UI sets styles by script, which needs no leave, and draws with images in its style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const SCRIPT: &[u8] = include_bytes!("../../vendor/swagger-ui/swagger-ui-bundle.js.gz");
const STYLE: &[u8] = include_bytes!("../../vendor/swagger-ui/swagger-ui.css.gz");
const START: &[u8] = include_bytes!("start.js");

/// Routes for the document of `routes`, which is made when somebody asks for it. Every address in them is relative, so that they work
/// wherever they are mounted.
pub fn pages<S, D>(info: Info, routes: Routes<D>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    D: Clone + Send + Sync + 'static,
{
    let page = move || page(info.title);
    let described = routes.into_described();
    let document = Arc::new(LazyLock::new(move || {
        info.document(&described).to_string().into_bytes()
    }));
    let json = move || std::future::ready(typed("application/json", document.to_vec()));
    let docs = move || {
        let mut response = typed("text/html; charset=utf-8", page());
        let policy = HeaderValue::from_static(POLICY);
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
        std::future::ready(response)
    };
    let script = || async { packed("text/javascript", SCRIPT) };
    let style = || async { packed("text/css", STYLE) };
    Router::new()
        .route("/openapi.json", get(json))
        .route("/docs", get(docs))
        .route("/docs/swagger-ui-bundle.js", get(script))
        .route("/docs/swagger-ui.css", get(style))
        .route(
            "/docs/start.js",
            get(|| async { typed("text/javascript", START) }),
        )
}

fn page(title: &str) -> String {
    let head = html! {
        link rel="icon" href="data:,";
        link rel="stylesheet" href="docs/swagger-ui.css";
        script src="docs/swagger-ui-bundle.js" defer {}
        script src="docs/start.js" defer {}
    };
    let body = html! {
        div id="api" {
            p { "This page needs JavaScript. The document itself is " a href="openapi.json" { "openapi.json" } "." }
        }
    };
    html::page(&format!("{title}: API"), &head, &body)
}

fn typed(kind: &'static str, body: impl IntoResponse) -> Response {
    let kind: [(HeaderName, HeaderValue); 1] =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind))];
    (kind, body).into_response()
}

/// Kept packed: every browser unpacks it, and nobody else needs it.
fn packed(kind: &'static str, body: &'static [u8]) -> Response {
    let mut response = typed(kind, body);
    let gzip = HeaderValue::from_static("gzip");
    response
        .headers_mut()
        .insert(header::CONTENT_ENCODING, gzip);
    response
}
