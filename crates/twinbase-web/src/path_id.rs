//! Ids in paths. A text that cannot be an id names nothing, so it is not found.

use axum::{
    RequestPartsExt as _,
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use twinbase::prelude::*;

use crate::{Code, Problem};

/// The id in the path.
#[derive(Debug)]
pub struct PathId(
    /// The id.
    pub AggregateId,
);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let id = parts.extract::<Path<String>>().await.ok();
        id.and_then(|Path(id)| AggregateId::new(id).ok())
            .map(Self)
            .ok_or_else(|| Problem::new(Code::NotFound, "There is nothing with this id."))
    }
}
