//! `GET /operations/{id}`: how far an operation is.

use axum::{Json, extract::State};
use twinbase::prelude::*;
use twinbase_web::{Path, Problem};

use super::find;
use crate::view::OperationView;

pub(crate) async fn show(
    State(twin): State<Twinbase>,
    Path(id): Path<String>,
) -> Result<Json<OperationView>, Problem> {
    let operation = find(&twin, &id).await?;
    Ok(Json(OperationView::from(&operation)))
}
