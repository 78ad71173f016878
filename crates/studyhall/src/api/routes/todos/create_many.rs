//! `POST /todos/bulk`: writing many todos down, all or none.

use axum::extract::State;
use serde::Serialize;

use super::draft;
use twinbase::prelude::*;

use crate::{
    api::{
        AppState, Problem,
        body::JsonBody,
        form,
        idempotency::{self, IdempotencyKey},
        reply::{Reply, token_of},
        session::CurrentUser,
    },
    domain::{
        Todo,
        commands::{Added, add_todos},
    },
};

/// How many todos one request may have.
const MOST: usize = 100;

#[derive(Serialize)]
struct Created<'a> {
    items: Vec<&'a Todo>,
}

pub(in crate::api::routes) async fn create_many(
    State(state): State<AppState>,
    user: CurrentUser,
    key: IdempotencyKey,
    JsonBody(body): JsonBody,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user, "POST /todos/bulk", &body);
    let drafts = form::read(body, |form| form.children("todos", MOST, draft))?;
    let now = state.now();
    let new: Vec<_> = drafts
        .into_iter()
        .map(|draft| draft.into_row(state.twin().new_id(), user.id.clone(), now))
        .collect();
    let (owner, new) = (&user.id, &new);
    idempotency::write(&state, claim, |tx| async move {
        let Added { todos, owner } = add_todos(&tx, owner, new).await?;
        let tokens = todos.iter().map(Versioned::token);
        let token = token_of(tokens.chain(owner.iter().map(Versioned::token)));
        let created = Created {
            items: todos.iter().map(|todo| &todo.value).collect(),
        };
        Ok(Reply::ok(&created, &token)?.created(None))
    })
    .await
}
