//! `GET /explain/{collection}/{id}`: everything about one document, and why it is as it is.

use axum::{
    Json,
    extract::{Path, State},
};
use twinbase::prelude::*;
use twinbase_web::Problem;

use crate::view::ExplainView;

pub(crate) async fn explain(
    State(twin): State<Twinbase>,
    Path((collection, id)): Path<(String, String)>,
) -> Result<Json<ExplainView>, Problem> {
    let unknown = || Problem::not_found("document");
    let id = AggregateId::new(id).map_err(|_| unknown())?;
    let explained = twin.explain(&collection, &id).await?;
    let explained = explained.ok_or_else(unknown)?;
    Ok(Json(ExplainView::from(&explained)))
}
