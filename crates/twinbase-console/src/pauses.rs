//! `GET`, `POST /pauses` and `GET`, `DELETE /pauses/{scope}`: what workers leave alone for now.
//!
//! The list is whole, always: there are at most as many as collections, and one.

use axum::{
    Json,
    extract::{OriginalUri, Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use twinbase::{
    core::primary::Pause,
    operate::{parse_scope, scope_name},
    prelude::*,
};

use crate::{Problem, ProblemKind, body::Body, page, query::Query, view::PauseView};

/// What is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPause {
    scope: String,
    reason: String,
}

pub(crate) async fn list(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    Query::of(&uri)?.finish()?;
    let pauses = twin.sides().primary.pauses().await?;
    let items: Vec<PauseView> = pauses.iter().map(Into::into).collect();
    Ok(page::answer(&uri, items, None))
}

/// 201 for a new pause; 200 for one that was there and has the new reason now.
pub(crate) async fn create(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
    Body(NewPause { scope, reason }): Body<NewPause>,
) -> Result<Response, Problem> {
    let Some(scope) = parse_scope(&scope) else {
        return Err(Problem::field(
            "/scope",
            "must be `everything` or `collection:NAME`",
        ));
    };
    let is_new = twin.outbox().pause(&scope, &reason).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    // Read back: a pause that was there says since when.
    let pause = find(&twin, &scope).await?.ok_or_else(|| {
        Problem::new(
            ProblemKind::Contention,
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
    Path(scope): Path<String>,
) -> Result<StatusCode, Problem> {
    let scope = parse_scope(&scope).ok_or_else(|| Problem::not_found("pause"))?;
    if twin.outbox().resume(&scope).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("pause"))
    }
}
