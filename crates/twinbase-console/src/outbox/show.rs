//! `GET /outbox/{id}`: one event, what it carries, and its document as it is now.

use axum::{Json, extract::State};
use twinbase::prelude::*;
use twinbase_web::{Path, Problem};

use crate::{failure::not_done, view::DetailView};

pub(crate) async fn show(
    State(twin): State<Twinbase>,
    Path(id): Path<String>,
) -> Result<Json<DetailView>, Problem> {
    let found = twin.outbox().show(&id).await.map_err(not_done)?;
    let found = found.ok_or_else(|| Problem::not_found("event"))?;
    if let Err(error) = &found.document {
        let error = error as &(dyn std::error::Error + 'static);
        tracing::warn!(error, "the document of an event could not be read");
    }
    Ok(Json(DetailView::from(&found)))
}
