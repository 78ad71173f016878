//! `DELETE /todos/{id}`. The point for a completed todo stays with its owner.

use axum::extract::State;
use serde_json::json;
use twinbase_web::{IfMatch, PathId, Problem, Reply};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::commands::delete_todo,
};

/// Answers `{"success": true}` as the seed does.
pub(in crate::api::routes) async fn delete(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
) -> Result<Reply, Problem> {
    let (owner, id, expected) = (&user.id, &id, &expected);
    let (_, token) = state
        .twin()
        .write(|tx| async move { delete_todo(&tx, owner, id, expected).await })
        .await?;
    Reply::ok(&json!({ "success": true }), &token)
}
