//! `POST /operations/{id}/cancel`: ends an operation as soon as its process can, whichever that is.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use twinbase::prelude::*;
use twinbase_web::Problem;

use super::find;
use crate::{
    failure::{OPERATION_ENDED, not_done},
    view::OperationView,
};

pub(crate) async fn cancel(
    State(twin): State<Twinbase>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<OperationView>), Problem> {
    let before = find(&twin, &id).await?;
    let running = twin.outbox().operations.cancel(&before.id).await;
    if !running.map_err(not_done)? {
        return Err(Problem::new(
            OPERATION_ENDED,
            "It has ended already; what it did stays done.",
        ));
    }
    let now = find(&twin, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(OperationView::from(&now))))
}
