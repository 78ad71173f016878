//! Bodies: JSON of a bounded size, read as the operators' routes read theirs.

use axum::extract::{FromRequest, Request};
use serde_json::Value;
use twinbase_console::read_json;

use super::{AppState, Problem};

/// A body that is JSON of whatever shape.
#[derive(Debug)]
pub(super) struct JsonBody(pub(super) Value);

impl FromRequest<AppState> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, Problem> {
        Ok(Self(read_json(request).await?))
    }
}
