//! Addresses that forms are sent to. A browser shows them after a refusal, and whoever reloads or keeps one gets to its page.

use axum::{
    http::{Method, Uri},
    response::{IntoResponse as _, Redirect, Response},
};
use twinbase_web::method_not_allowed;

/// For [`axum::Router::method_not_allowed_fallback`].
pub(super) async fn to_its_page(method: Method, uri: Uri) -> Response {
    match method {
        Method::GET | Method::HEAD => Redirect::to(&page_of(uri.path())).into_response(),
        method => method_not_allowed(method).await.into_response(),
    }
}

/// The page with the form that is sent there.
fn page_of(path: &str) -> String {
    let parts: Vec<_> = path.split('/').skip(1).collect();
    match parts[..] {
        ["todos", id] => format!("/todos/{id}/edit"),
        [place @ ("forms" | "messages"), one, _] => format!("/{place}/{one}"),
        [place, _, ..] => format!("/{place}"),
        _ => "/".to_owned(),
    }
}
