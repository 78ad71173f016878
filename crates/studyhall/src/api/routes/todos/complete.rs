//! `POST /todos/{id}/complete`: done. The owner gets a point, once.

use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{IdempotencyKey, IfMatch, PathId, Problem, Reply};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        Todo, TodoChange,
        commands::{ChangedTodo, change_todo},
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
    let change = &TodoChange {
        completed: Some(true),
        ..TodoChange::default()
    };
    let (owner, id, expected) = (&user.id, &id, &expected);
    let run = |tx: Tx| async move {
        let changed = change_todo(&tx, owner, id, change, expected).await?;
        let ChangedTodo { todo, points } = changed;
        let mut token = tx.token().await;
        token.merge(todo.token());
        let completed = Completed {
            todo: &todo,
            points_awarded: points,
        };
        Ok(Reply::ok(&completed, &token)?.with_version(todo.version))
    };
    state.idempotency().write(claim, run).await
}
