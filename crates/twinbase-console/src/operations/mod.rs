//! Operations: how far they are, and ending them early.

mod cancel;
mod follow;
mod list;
mod show;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use twinbase::{
    operate::{Operation, OperationView as Seen},
    prelude::*,
};
use twinbase_web::Problem;

use crate::{failure::not_done, view::OperationView};

pub(crate) use cancel::cancel;
pub(crate) use follow::follow;
pub(crate) use list::list;
pub(crate) use show::show;

/// 202 with the operation and its location: beside the route that started it, wherever that is mounted.
pub(crate) fn accepted(path: &str, route: &str, operation: &Operation) -> Response {
    let mount = path.strip_suffix(route).unwrap_or_default();
    let view = OperationView::from(&operation.view());
    let mut response = (StatusCode::ACCEPTED, Json(view)).into_response();
    locate(&mut response, mount, &operation.id);
    response
}

/// Says in an answer where to see how far an operation is.
pub(crate) fn locate(response: &mut Response, mount: &str, id: &str) {
    let location = format!("{mount}/operations/{id}");
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
}

/// The operation with this id.
pub(crate) async fn find(twin: &Twinbase, id: &str) -> Result<Seen, Problem> {
    let found = twin.outbox().operations.get(id).await;
    found
        .map_err(not_done)?
        .ok_or_else(|| Problem::not_found("operation"))
}
