//! `POST /operations/{id}/cancel`: ends an operation as soon as its process can, whichever that is.

use axum::{Json, extract::State, http::StatusCode};
use twinbase::prelude::*;
use twinbase_web::{Path, Problem};

use super::find;
use crate::{
    Operator,
    failure::{OPERATION_ENDED, not_done},
    view::OperationView,
};

pub(crate) async fn cancel(
    State(twin): State<Twinbase>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<OperationView>), Problem> {
    let before = find(&twin, &id).await?;
    let operations = &twin.outbox().operations;
    let running = operations.cancel(&before.id, &operator.name).await;
    if !running.map_err(not_done)? {
        return Err(Problem::new(
            OPERATION_ENDED,
            "It has ended already; what it did stays done.",
        ));
    }
    let now = find(&twin, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(OperationView::from(&now))))
}
