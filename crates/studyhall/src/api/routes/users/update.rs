//! `PATCH /users/{id}` and `PATCH /users/me`: changing one's own profile.

use axum::extract::State;

use super::own;
use crate::{
    api::{
        AppState, Problem,
        body::JsonBody,
        etag::IfMatch,
        form::{self, Form},
        path_id::PathId,
        reply::Reply,
        session::CurrentUser,
    },
    domain::{
        Avatar, EmailAddress, Username,
        commands::{UserChange, change_user},
    },
};

pub(in crate::api::routes) async fn update(
    state: State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    expected: IfMatch,
    body: JsonBody,
) -> Result<Reply, Problem> {
    own(&user, &id)?;
    update_me(state, user, expected, body).await
}

pub(in crate::api::routes) async fn update_me(
    State(state): State<AppState>,
    user: CurrentUser,
    IfMatch(expected): IfMatch,
    JsonBody(body): JsonBody,
) -> Result<Reply, Problem> {
    let change = form::read(body, |form| Some(read(form)))?;
    let (id, change, expected, now) = (&user.id, &change, &expected, state.now());
    let (user, _) = state
        .twin()
        .write(|tx| async move { change_user(&tx, id, change, expected, now).await })
        .await?;
    Ok(Reply::ok(&user.value, &user.token())?.with_version(user.version))
}

fn read(form: &mut Form) -> UserChange {
    UserChange {
        username: form.optional("username", form::text(Username::parse)),
        email: form.optional("email", form::text(EmailAddress::parse)),
        show_profile: form.optional("showProfile", form::boolean),
        avatar: form.nullable("avatar", form::text(Avatar::parse)),
    }
}
