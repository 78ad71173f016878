//! A user's own sessions of study: those that ended, and those that are entered by hand.

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use serde_json::{Value, json};
use twinbase::prelude::*;
use twinbase_web::{
    Body, IdempotencyKey, IfMatch, IfNoneMatch, PathId, Problem, ReadRequest, Reply, answered_one,
    answered_page, body, cursor,
    openapi::{Op, Routes, schema},
};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        Rule, StudySession,
        commands::{NewSession, add_session, delete_session},
        queries::{one_session, sessions},
    },
};

const MOST_ITEMS: u32 = 100;

pub(super) fn routes() -> Routes<AppState> {
    let session = session_schema;
    let deleted = schema::like(&json!({ "success": true }));
    let list = Op::get("Your sessions, newest first", schema::page(&session()));
    let add = "Adds a session by hand: it is marked, and its minutes do not count";
    let add = Op::create(add, session()).writes();
    let add = impossible(add).fails(Rule::SessionOverlaps);
    let one = "/sessions/{id}";
    Routes::new()
        .on("/sessions", list.paged(MOST_ITEMS), read_all)
        .on("/sessions", add, create)
        .on(one, Op::get("One session", session()), read)
        .on(
            one,
            Op::delete("Deletes a session", deleted).writes(),
            delete,
        )
}

/// A session as it is answered.
pub(super) fn session_schema() -> Value {
    let fields = json!({
        "subject": "Linear algebra", "endedAt": "2030-01-31T10:25:00Z", "minutes": 85, "countedMinutes": 85,
    });
    schema::shown_as(schema::one::<StudySession>(), &fields)
}

/// What is wrong with the times of a session.
pub(super) fn impossible(op: Op) -> Op {
    op.fails(Rule::SessionBackwards)
        .fails(Rule::SessionInFuture)
        .fails(Rule::SessionTooLong)
}

body!(NewSession {
    subject: "Linear algebra",
    started_at: "2026-01-31T09:00:00Z",
    ended_at: "2026-01-31T10:25:00Z",
});

async fn read_all(
    State(state): State<AppState>,
    OriginalUri(uri): OriginalUri,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    let ReadRequest {
        mut params,
        freshness,
    } = request;
    let after = params.take("cursor", cursor::read)?;
    let limit = params.limit(MOST_ITEMS)?;
    params.finish()?;
    let page = sessions(state.twin(), user.id, after, limit, &freshness).await?;
    Ok(answered_page(page, &uri))
}

async fn create(
    State(state): State<AppState>,
    user: CurrentUser,
    key: IdempotencyKey,
    body: Body<NewSession>,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /sessions", &body.sent);
    let (owner, id, new) = (&user.id, &state.twin().new_id(), &body.value);
    let run = |tx: Tx| async move {
        let session = add_session(&tx, owner, id, new).await?;
        created(&session, &tx).await
    };
    state.idempotency().write(claim, run).await
}

/// The answer for a new session.
pub(super) async fn created(session: &Versioned<StudySession>, tx: &Tx) -> Result<Reply, Problem> {
    let location = format!("/api/v1/sessions/{}", session.id);
    Ok(Reply::of(session, &tx.token().await)?.created(Some(location)))
}

async fn read(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    have: IfNoneMatch,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let answer = one_session(state.twin(), &user.id, &id, &request.freshness).await?;
    Ok(answered_one(answer, &have))
}

async fn delete(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
) -> Result<Reply, Problem> {
    let (owner, id, expected) = (&user.id, &id, &expected);
    let run = |tx| async move { delete_session(&tx, owner, id, expected).await };
    let (_, token) = state.twin().write(run).await?;
    Reply::ok(&json!({ "success": true }), &token)
}
