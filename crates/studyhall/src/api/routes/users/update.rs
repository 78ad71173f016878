//! `PATCH /users/{id}` and `PATCH /users/me`: changing one's own profile.

use axum::extract::State;
use twinbase::prelude::Writes as _;
use twinbase_web::{Body, Form, FromForm, IfMatch, PathId, Problem, Reply, form};

use super::own;
use crate::{
    api::{AppState, session::CurrentUser},
    domain::{Avatar, EmailAddress, Error, UserChange, Username},
};

pub(in crate::api::routes) async fn update(
    state: State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    expected: IfMatch,
    body: Body<UserChange>,
) -> Result<Reply, Problem> {
    own(&user, &id)?;
    update_me(state, user, expected, body).await
}

pub(in crate::api::routes) async fn update_me(
    State(state): State<AppState>,
    user: CurrentUser,
    IfMatch(expected): IfMatch,
    Body { value: change, .. }: Body<UserChange>,
) -> Result<Reply, Problem> {
    let changed = state.twin().change(&user.id, &expected, &change).await;
    let user = changed.map_err(Error::from)?;
    let user = user.ok_or(Error::NotFound { what: "user" })?;
    Reply::of(&user, &user.token())
}

impl FromForm for UserChange {
    fn read(form: &mut Form<'_>) -> Option<Self> {
        Some(Self {
            username: form.optional("username", form::text(Username::parse)),
            email: form.optional("email", form::text(EmailAddress::parse)),
            show_profile: form.optional("showProfile", form::boolean),
            avatar: form.nullable("avatar", form::text(Avatar::parse)),
        })
    }
}
