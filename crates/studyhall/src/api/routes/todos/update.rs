//! `PATCH /todos/{id}`: changing a todo, completing it or taking that back.

use axum::extract::State;
use twinbase::prelude::*;
use twinbase_web::{Body, Form, FromForm, IfMatch, PathId, Problem, Reply, form, token_of};

use crate::{
    api::{AppState, session::CurrentUser},
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
    Body { value: change, .. }: Body<TodoChange>,
) -> Result<Reply, Problem> {
    let (owner, id, change) = (&user.id, &id, &change);
    let (expected, now) = (&expected, state.now());
    let (changed, _) = state
        .twin()
        .write(|tx| async move { change_todo(&tx, owner, id, change, expected, now).await })
        .await?;
    let ChangedTodo { todo, owner, .. } = changed;
    let token = token_of(owner.iter().map(Versioned::token).chain([todo.token()]));
    Reply::of(&todo, &token)
}

impl FromForm for TodoChange {
    fn read(form: &mut Form<'_>) -> Option<Self> {
        Some(Self {
            title: form.optional("title", form::text(Title::parse)),
            description: form.nullable("description", form::text(Description::parse)),
            due_at: form.nullable("dueAt", form::time),
            completed: form.optional("completed", form::boolean),
        })
    }
}
