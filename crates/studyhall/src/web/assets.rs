//! What pages load: one stylesheet, one icon, htmx, and our own few lines of script.

use std::sync::LazyLock;

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use sha2::{Digest as _, Sha256};

use crate::api::AppState;

const CSS: &str = include_str!("assets/studyhall.css");
const ICON: &str = include_str!("assets/studyhall.svg");
/// Comments and indentation stay here.
static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let lines = include_str!("assets/studyhall.js").lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
});
/// htmx 4.0.1 as its authors publish it; the licence is beside it.
const HTMX: &str = include_str!("assets/htmx-4.0.1.min.js");

/// Part of the links to these files: a program with others has another, so that no browser shows old ones.
pub(super) static STAMP: LazyLock<String> = LazyLock::new(|| {
    let all = [CSS, &SCRIPT, HTMX].concat();
    let digest = Sha256::digest(all.as_bytes());
    let first = digest.iter().take(4);
    let first = first.fold(0_u32, |first, byte| first << 8 | u32::from(*byte));
    format!("{first:08x}")
});

pub(super) fn routes() -> Router<AppState> {
    let css = || async { asset("text/css; charset=utf-8", CSS) };
    let icon = || async { asset("image/svg+xml", ICON) };
    let script = || async { asset("text/javascript; charset=utf-8", &SCRIPT) };
    let htmx = || async { asset("text/javascript; charset=utf-8", HTMX) };
    Router::new()
        .route("/assets/studyhall.css", get(css))
        .route("/assets/studyhall.svg", get(icon))
        .route("/assets/studyhall.js", get(script))
        .route("/assets/htmx.js", get(htmx))
}

/// An hour: a page links them with [`STAMP`].
fn asset(kind: &'static str, body: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (headers, body).into_response()
}
