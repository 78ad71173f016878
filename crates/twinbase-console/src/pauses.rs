//! `GET`, `POST /pauses` and `GET`, `DELETE /pauses/{scope}`: what workers leave alone for now.

use axum::{
    Json,
    extract::{OriginalUri, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::Value;
use twinbase::{
    core::primary::Pause,
    operate::{parse_scope, scope_name},
    prelude::*,
};
use twinbase_web::{Body, Code, Params, Part, Path, Place, Problem, body, openapi::schema};

use crate::{Operator, failure::not_done, query::Asked, view::PauseView};

/// What is sent.
pub(crate) struct NewPause {
    scope: Scope,
    reason: String,
}

body!(NewPause {
    scope: "collection:todos",
    reason: "The index is being rebuilt."
});

/// What to pause, by its name.
struct Scope(PauseScope);

impl Part for Scope {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let parse =
            |text: &str| parse_scope(text).ok_or("must be `everything` or `collection:NAME`");
        place.text(&value, parse).map(Self)
    }

    fn schema() -> Value {
        schema::like(&"collection:todos".into())
    }
}

pub(crate) async fn list(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
    params: Params,
) -> Result<Response, Problem> {
    let asked = Asked::of(params)?;
    let pauses = twin.sides().primary.pauses().await?;
    let items = pauses.iter().map(PauseView::from).collect();
    let page = asked.page(items, PauseView::scope);
    Ok(page.into_response_at(&uri))
}

/// 201 for a new pause; 200 for one that was there and has the new reason now.
pub(crate) async fn create(
    State(twin): State<Twinbase>,
    operator: Operator,
    OriginalUri(uri): OriginalUri,
    Body { value, .. }: Body<NewPause>,
) -> Result<Response, Problem> {
    let NewPause {
        scope: Scope(scope),
        reason,
    } = value;
    let is_new = twin
        .outbox()
        .by(&operator.name)
        .pause(&scope, &reason)
        .await
        .map_err(not_done)?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    // Read back: a pause that was there says since when.
    let pause = find(&twin, &scope).await?.ok_or_else(|| {
        Problem::new(
            Code::Contention,
            "It was paused, and at the same moment resumed by another.",
        )
    })?;
    let location = HeaderValue::try_from(format!("{}/{}", uri.path(), scope_name(&scope)));
    let mut response = (status, Json(PauseView::from(&pause))).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

pub(crate) async fn show(
    State(twin): State<Twinbase>,
    Path(scope): Path<String>,
) -> Result<Json<PauseView>, Problem> {
    let pause = match parse_scope(&scope) {
        Some(scope) => find(&twin, &scope).await?,
        None => None,
    };
    let pause = pause.ok_or_else(|| Problem::not_found("pause"))?;
    Ok(Json(PauseView::from(&pause)))
}

async fn find(twin: &Twinbase, scope: &PauseScope) -> Result<Option<Pause>, Problem> {
    let pauses = twin.sides().primary.pauses().await?;
    Ok(pauses.into_iter().find(|pause| pause.scope == *scope))
}

pub(crate) async fn remove(
    State(twin): State<Twinbase>,
    operator: Operator,
    Path(scope): Path<String>,
) -> Result<StatusCode, Problem> {
    let scope = parse_scope(&scope).ok_or_else(|| Problem::not_found("pause"))?;
    let resumed = twin.outbox().by(&operator.name).resume(&scope).await;
    if resumed.map_err(not_done)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("pause"))
    }
}
