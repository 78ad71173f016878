//! `POST /todos/bulk`: writing many todos down, all or none.

use axum::extract::State;
use serde::Serialize;
use twinbase::prelude::*;
use twinbase_web::{Body, Form, FromForm, IdempotencyKey, Problem, Reply};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        Todo,
        commands::{TodoDraft, add_todos},
    },
};

/// How many todos one request may have.
const MOST: usize = 100;

/// What is sent.
pub(in crate::api::routes) struct Drafts(Vec<TodoDraft>);

impl FromForm for Drafts {
    fn read(form: &mut Form<'_>) -> Option<Self> {
        form.children("todos", MOST, TodoDraft::read).map(Self)
    }
}

#[derive(Serialize)]
struct Created<'a> {
    items: Vec<&'a Todo>,
}

pub(in crate::api::routes) async fn create_many(
    State(state): State<AppState>,
    user: CurrentUser,
    key: IdempotencyKey,
    body: Body<Drafts>,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /todos/bulk", &body.sent);
    let Drafts(drafts) = body.value;
    let now = state.now();
    let new: Vec<_> = drafts
        .into_iter()
        .map(|draft| draft.into_todo(state.twin().new_id(), user.id.clone(), now))
        .collect();
    let (owner, new) = (&user.id, &new);
    let run = |tx: Tx| async move {
        let todos = add_todos(&tx, owner, new).await?;
        let created = Created {
            items: todos.iter().map(|todo| &todo.value).collect(),
        };
        Ok(Reply::ok(&created, &tx.token().await)?.created(None))
    };
    state.idempotency().write(claim, run).await
}
