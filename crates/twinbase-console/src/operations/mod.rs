//! Operations: how far they are, and ending them early.

mod cancel;
mod list;
mod show;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use twinbase::operate::Operation;

use crate::view::OperationView;

pub(crate) use cancel::cancel;
pub(crate) use list::list;
pub(crate) use show::show;

/// 202 with the operation and its location: beside the path that started it, wherever that is mounted.
pub(crate) fn accepted(path: &str, operation: &Operation) -> Response {
    let mount = path.rsplitn(3, '/').nth(2).unwrap_or_default();
    let location = format!("{mount}/operations/{}", operation.id);
    let view = OperationView::from(operation);
    let mut response = (StatusCode::ACCEPTED, Json(view)).into_response();
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
