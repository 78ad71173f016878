//! `POST /operations/{id}/cancel`: ends an operation after its current chunk.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use twinbase::prelude::*;
use twinbase_web::Problem;

use crate::{failure::OPERATION_ENDED, view::OperationView};

pub(crate) async fn cancel(
    State(twin): State<Twinbase>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<OperationView>), Problem> {
    let operation = twin.outbox().operations.get(&id);
    let operation = operation.ok_or_else(|| Problem::not_found("operation"))?;
    if !operation.cancel() {
        return Err(Problem::new(
            OPERATION_ENDED,
            "It has ended already; what it did stays done.",
        ));
    }
    Ok((StatusCode::ACCEPTED, Json(OperationView::from(&*operation))))
}
