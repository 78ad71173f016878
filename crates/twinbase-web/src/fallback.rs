//! Problems for paths and methods that a router does not have, as its fallbacks.

use axum::http::{Method, Uri};

use crate::{Code, Problem};

/// For [`axum::Router::fallback`].
pub async fn not_found(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(200).collect();
    Problem::new(Code::NotFound, format!("There is nothing at {path}."))
}

/// For [`axum::Router::method_not_allowed_fallback`].
pub async fn method_not_allowed(method: Method) -> Problem {
    Problem::new(
        Code::MethodNotAllowed,
        format!("This path has no {method}; see the header Allow."),
    )
}
