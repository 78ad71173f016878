//! `PATCH /todos/{id}`: changing a todo, completing it or taking that back.

use axum::extract::State;
use twinbase_web::{Body, Form, FromForm, IfMatch, PathId, Problem, Reply, form};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{Description, Title, TodoChange, commands::change_todo},
};

pub(in crate::api::routes) async fn update(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
    Body { value: change, .. }: Body<TodoChange>,
) -> Result<Reply, Problem> {
    let (owner, id, change, expected) = (&user.id, &id, &change, &expected);
    let (changed, mut token) = state
        .twin()
        .write(|tx| async move { change_todo(&tx, owner, id, change, expected).await })
        .await?;
    // Where nothing was to be written, what is answered is to be seen all the same.
    token.merge(changed.todo.token());
    Reply::of(&changed.todo, &token)
}

impl FromForm for TodoChange {
    fn read(form: &mut Form<'_>) -> Option<Self> {
        Some(Self {
            title: form.optional("title", form::text(Title::parse)),
            description: form.nullable("description", form::text(Description::parse)),
            due_at: form.nullable("dueAt", form::time),
            completed: form.optional("completed", form::boolean),
            ..Self::default()
        })
    }
}
