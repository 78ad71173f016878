//! `POST /todos/{id}/complete`: done. The owner gets a point, once.

use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{IdempotencyKey, IfMatch, PathId, Problem, Reply, token_of};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        Todo,
        commands::{ChangedTodo, TodoChange, change_todo},
    },
};

/// The todo, and what completing it earned: nothing when it was done already.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Completed<'a> {
    #[serde(flatten)]
    todo: &'a Todo,
    points_awarded: i32,
}

pub(in crate::api::routes) async fn complete(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
    key: IdempotencyKey,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /todos/{id}/complete", &json!(id.as_str()));
    let change = &TodoChange::complete();
    let (owner, id, expected, now) = (&user.id, &id, &expected, state.now());
    let run = |tx: Tx| async move {
        let changed = change_todo(&tx, owner, id, change, expected, now).await?;
        let ChangedTodo {
            todo,
            owner,
            points,
        } = changed;
        let token = token_of(owner.iter().map(Versioned::token).chain([todo.token()]));
        let completed = Completed {
            todo: &todo,
            points_awarded: points,
        };
        Ok(Reply::ok(&completed, &token)?.with_version(todo.version))
    };
    state.idempotency().write(claim, run).await
}
