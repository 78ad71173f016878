//! `POST /todos`: writing a todo down.

use std::slice;

use axum::extract::State;
use twinbase::prelude::*;
use twinbase_web::{Body, Form, FromForm, IdempotencyKey, Problem, Reply, form};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        Description, Error, Title,
        commands::{TodoDraft, add_todos},
    },
};

pub(in crate::api::routes) async fn create(
    State(state): State<AppState>,
    user: CurrentUser,
    key: IdempotencyKey,
    body: Body<TodoDraft>,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /todos", &body.sent);
    let new = &body
        .value
        .into_todo(state.twin().new_id(), user.id.clone(), state.now());
    let owner = &user.id;
    let run = |tx: Tx| async move {
        let mut todos = add_todos(&tx, owner, slice::from_ref(new)).await?;
        let todo = todos.pop().ok_or(Error::NotFound { what: "todo" })?;
        let location = format!("/api/v1/todos/{}", todo.id);
        Ok(Reply::of(&todo, &tx.token().await)?.created(Some(location)))
    };
    state.idempotency().write(claim, run).await
}

/// A todo as its author sends it.
impl FromForm for TodoDraft {
    fn read(form: &mut Form<'_>) -> Option<Self> {
        let title = form.required("title", form::text(Title::parse));
        let description = form.nullable("description", form::text(Description::parse));
        let completed = form.optional("completed", form::boolean);
        let due_at = form.nullable("dueAt", form::time);
        Some(Self {
            title: title?,
            description: description.flatten(),
            completed: completed.unwrap_or(false),
            due_at: due_at.flatten(),
        })
    }
}
