//! `POST /todos`: writing a todo down.

use std::slice;

use axum::extract::State;
use twinbase::prelude::*;

use crate::{
    api::{
        AppState, Problem,
        body::JsonBody,
        form::{self, Form},
        idempotency::{self, IdempotencyKey},
        reply::{Reply, token_of},
        session::CurrentUser,
    },
    domain::{
        Description, Error, Title,
        commands::{Added, TodoDraft, add_todos},
    },
};

pub(in crate::api::routes) async fn create(
    State(state): State<AppState>,
    user: CurrentUser,
    key: IdempotencyKey,
    JsonBody(body): JsonBody,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user, "POST /todos", &body);
    let draft = form::read(body, draft)?;
    let new = &draft.into_row(state.twin().new_id(), user.id.clone(), state.now());
    let owner = &user.id;
    idempotency::write(&state, claim, |tx| async move {
        let Added { mut todos, owner } = add_todos(&tx, owner, slice::from_ref(new)).await?;
        let todo = todos.pop().ok_or(Error::NotFound { what: "todo" })?;
        let token = token_of(owner.iter().map(Versioned::token).chain([todo.token()]));
        let location = format!("/api/v1/todos/{}", todo.id);
        Ok(Reply::ok(&todo.value, &token)?
            .created(Some(location))
            .with_version(todo.version))
    })
    .await
}

/// A todo as its author sends it.
pub(in crate::api::routes) fn draft(form: &mut Form) -> Option<TodoDraft> {
    let title = form.required("title", form::text(Title::parse));
    let description = form.nullable("description", form::text(Description::parse));
    let completed = form.optional("completed", form::boolean);
    let due_at = form.nullable("dueAt", form::time);
    Some(TodoDraft {
        title: title?,
        description: description.into_value(),
        completed: completed.unwrap_or(false),
        due_at: due_at.into_value(),
    })
}
