//! `GET /forms`: one's own forms, those to answer, or those one has answered, page by page.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use serde_json::{Value, json};
use twinbase_web::{
    Problem, ReadRequest, answered_page, cursor,
    openapi::{Op, schema},
};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::queries::{FormList, FormQuery, forms},
};

const MOST_ITEMS: u32 = 100;

pub(super) fn op(form: &Value) -> Op {
    let lists =
        json!({ "type": "string", "enum": ["mine", "toAnswer", "answered"], "default": "mine" });
    let list = "`mine`; `toAnswer`: public, open and not answered by you; `answered` by you.";
    Op::get("Forms: yours, to answer, or answered", schema::page(form))
        .query("list", &lists, list)
        .paged(MOST_ITEMS)
}

#[derive(Debug, Clone, Copy)]
enum Named {
    Mine,
    ToAnswer,
    Answered,
}

fn named(text: &str) -> Result<Named, &'static str> {
    match text {
        "mine" => Ok(Named::Mine),
        "toAnswer" => Ok(Named::ToAnswer),
        "answered" => Ok(Named::Answered),
        _ => Err("must be mine, toAnswer or answered"),
    }
}

pub(super) async fn list(
    State(state): State<AppState>,
    OriginalUri(uri): OriginalUri,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    let ReadRequest {
        mut params,
        freshness,
    } = request;
    let list = match params.take("list", named)?.unwrap_or(Named::Mine) {
        Named::Mine => FormList::Mine(params.take("cursor", cursor::read)?),
        Named::ToAnswer => FormList::ToAnswer(params.take("cursor", cursor::read)?),
        Named::Answered => FormList::Answered(params.take("cursor", cursor::read)?),
    };
    let query = FormQuery {
        user: user.id,
        list,
        limit: params.limit(MOST_ITEMS)?,
    };
    params.finish()?;
    let page = forms(state.twin(), query, &freshness).await?;
    Ok(answered_page(page, &uri))
}
