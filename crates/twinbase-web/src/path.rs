//! What a path names. Bytes that are no text name nothing, so it is not found.

use axum::{RequestPartsExt as _, extract::FromRequestParts, http::request::Parts};
use serde::de::DeserializeOwned;

use crate::{Code, Problem};

/// The variable parts of the path: axum's extractor of the same name, with a problem of ours where they cannot be read.
#[derive(Debug)]
pub struct Path<T>(
    /// One part, or a tuple of all.
    pub T,
);

impl<T: DeserializeOwned + Send + 'static, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let path = parts.extract().await;
        path.map(|axum::extract::Path(path)| Self(path))
            .map_err(|_| Problem::new(Code::NotFound, "There is nothing under this address."))
    }
}
