//! `PATCH /todos/{id}`: changing a todo, completing it or taking that back.

use axum::extract::State;
use twinbase::prelude::*;

use crate::{
    api::{
        AppState, Problem,
        body::JsonBody,
        etag::IfMatch,
        form::{self, Form},
        path_id::PathId,
        reply::{Reply, token_of},
        session::CurrentUser,
    },
    domain::{
        Description, Title,
        commands::{ChangedTodo, TodoChange, change_todo},
    },
};

pub(in crate::api::routes) async fn update(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
    JsonBody(body): JsonBody,
) -> Result<Reply, Problem> {
    let change = form::read(body, |form| Some(read(form)))?;
    let (owner, id, change) = (&user.id, &id, &change);
    let (expected, now) = (&expected, state.now());
    let (changed, _) = state
        .twin()
        .write(|tx| async move { change_todo(&tx, owner, id, change, expected, now).await })
        .await?;
    let ChangedTodo { todo, owner, .. } = changed;
    let token = token_of(owner.iter().map(Versioned::token).chain([todo.token()]));
    Ok(Reply::ok(&todo.value, &token)?.with_version(todo.version))
}

fn read(form: &mut Form) -> TodoChange {
    TodoChange {
        title: form.optional("title", form::text(Title::parse)),
        description: form.nullable("description", form::text(Description::parse)),
        due_at: form.nullable("dueAt", form::time),
        completed: form.optional("completed", form::boolean),
    }
}
