//! `GET /operations/{id}`: how far an operation is.

use axum::{
    Json,
    extract::{Path, State},
};
use twinbase::prelude::*;
use twinbase_web::Problem;

use crate::view::OperationView;

pub(crate) async fn show(
    State(twin): State<Twinbase>,
    Path(id): Path<String>,
) -> Result<Json<OperationView>, Problem> {
    let operation = twin.outbox().operations.get(&id);
    let operation = operation.ok_or_else(|| Problem::not_found("operation"))?;
    Ok(Json(OperationView::from(&*operation)))
}
