//! `GET /explain/{collection}/{id}`: everything about one document, and why it is as it is.

use axum::{Json, extract::State};
use twinbase::{operate::Explanation, prelude::*};
use twinbase_web::{Code, Path, Problem};

use crate::{failure::no_answer, view::ExplainView};

pub(crate) async fn explain(
    State(twin): State<Twinbase>,
    Path((collection, id)): Path<(String, String)>,
) -> Result<Json<ExplainView>, Problem> {
    let explained = of(&twin, &collection, id).await?;
    Ok(Json(ExplainView::from(&explained)))
}

/// What is known of a document, for the API and the page.
pub(crate) async fn of(
    twin: &Twinbase,
    collection: &str,
    id: String,
) -> Result<Explanation, Problem> {
    let unknown = || Problem::not_found("collection");
    if twin.registry().by_collection(collection).is_none() {
        return Err(unknown());
    }
    let id = AggregateId::new(id).map_err(|_| Problem::not_found("document"))?;
    let explained = twin.explain(collection, &id).await.map_err(no_answer)?;
    let explained = explained.ok_or_else(unknown)?;
    if explained.is_nowhere() {
        return Err(Problem::new(
            Code::NotFound,
            "Nothing has this id: no row, no document and no event.",
        ));
    }
    Ok(explained)
}
