//! One's own account: password, sessions, all data as one document, and leaving.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{
    Body, Client, Code as Common, Path, Problem, ReadRequest, answered, body,
    openapi::{Op, Routes, schema},
};

use super::session::check;
use crate::{
    api::{
        AppState, Code,
        session::{CurrentUser, clear_cookie},
    },
    domain::{
        Error, OpenSession, Password, User, close_other_sessions, close_session_of,
        commands::{change_password, delete_account},
        open_sessions,
        queries::export,
    },
};

pub(super) fn routes() -> Routes<AppState> {
    let done = || schema::like(&json!({ "success": true }));
    let session = json!({
        "id": "9f86d081884c7d65", "device": "Firefox on Linux", "createdAt": "2030-01-31T09:00:00Z", "expiresAt": "2030-03-02T09:00:00Z", "isCurrent": true,
    });
    let sessions = schema::like(&json!({ "items": [session] }));
    let sessions = schema::with_nulls(sessions, &["/properties/items/items/properties/device"]);
    let all = schema::like(
        &json!({ "exportedAt": "2030-01-31T09:00:00Z", "user": {}, "todos": [], "points": [] }),
    );
    let checked = |op: Op| {
        op.fails(Code::WrongCredentials)
            .fails(Common::TooManyAttempts)
            .fails(Common::Busy)
    };
    let password = Op::post(
        "Changes your password, and ends your other sessions",
        done(),
    );
    let leave = Op::post(
        "Deletes your account and all that is yours, for good",
        done(),
    );
    let others = Op::delete("Ends all your sessions but this one", done());
    let one = Op::delete("Ends one of your sessions", done()).fails(Common::NotFound);
    Routes::new()
        .on(
            "/account/sessions",
            Op::get("Where you are signed in", sessions),
            sessions_of,
        )
        .on("/account/sessions", others, end_others)
        .on("/account/sessions/{session}", one, end_one)
        .on(
            "/account/export",
            Op::get("All that is yours, as one document", all),
            export_all,
        )
        .on("/account/password", checked(password), set_password)
        .on("/account/delete", checked(leave), leave_for_good)
}

#[derive(Serialize)]
struct Sessions {
    items: Vec<OpenSession>,
}

async fn sessions_of(
    State(state): State<AppState>,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let items = open_sessions(state.twin(), &user.id, &user.token, state.now()).await?;
    Ok(answered(Answer::from_primary(Sessions { items })))
}

async fn end_others(State(state): State<AppState>, user: CurrentUser) -> Result<Response, Problem> {
    close_other_sessions(state.twin(), &user.id, &user.token).await?;
    Ok(success())
}

async fn end_one(
    State(state): State<AppState>,
    user: CurrentUser,
    Path(session): Path<String>,
) -> Result<Response, Problem> {
    if close_session_of(state.twin(), &user.id, &session).await? {
        Ok(success())
    } else {
        Err(Problem::not_found("session"))
    }
}

async fn export_all(
    State(state): State<AppState>,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let export = export(state.twin(), &user.id, &user.token, state.now()).await?;
    let headers = [(
        header::CONTENT_DISPOSITION,
        "attachment; filename=\"studyhall.json\"",
    )];
    Ok((headers, answered(Answer::from_primary(export))).into_response())
}

/// The password and the one that is to be.
pub(crate) struct NewPassword {
    pub(crate) password: Password,
    pub(crate) new_password: Password,
}

body!(NewPassword {
    password: "correct horse battery",
    new_password: "battery staple correct"
});

async fn set_password(
    State(state): State<AppState>,
    user: CurrentUser,
    client: Client,
    Body { value, .. }: Body<NewPassword>,
) -> Result<Response, Problem> {
    replace_password(&state, &user, client, &value).await?;
    Ok(success())
}

/// Changes the password of whoever knows the old one, and ends their other sessions.
pub(crate) async fn replace_password(
    state: &AppState,
    user: &CurrentUser,
    client: Client,
    passwords: &NewPassword,
) -> Result<Token, Problem> {
    confirm(state, user, client, &passwords.password).await?;
    let token = change_password(
        state.twin(),
        state.passwords(),
        (&user.id, &user.token),
        &passwords.new_password,
    )
    .await?;
    Ok(token)
}

/// Whether it is really the user: somebody else may sit at their screen.
async fn confirm(
    state: &AppState,
    user: &CurrentUser,
    client: Client,
    password: &Password,
) -> Result<(), Problem> {
    let found = state
        .twin()
        .get::<User>(&user.id)
        .await
        .map_err(Error::from)?;
    let found = found.ok_or(Error::NotFound { what: "user" })?;
    check(state, client, Some(&found.username.typed()), password).await?;
    Ok(())
}

/// The password, so that nobody loses an account by a slip.
pub(crate) struct Leave {
    pub(crate) password: Password,
}

body!(Leave {
    password: "correct horse battery"
});

async fn leave_for_good(
    State(state): State<AppState>,
    user: CurrentUser,
    client: Client,
    Body { value, .. }: Body<Leave>,
) -> Result<Response, Problem> {
    leave(&state, &user, client, &value.password).await?;
    let mut response = success();
    response
        .headers_mut()
        .extend(clear_cookie(&state).map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}

/// Deletes the account of whoever knows its password.
pub(crate) async fn leave(
    state: &AppState,
    user: &CurrentUser,
    client: Client,
    password: &Password,
) -> Result<(), Problem> {
    confirm(state, user, client, password).await?;
    let id = &user.id;
    state
        .twin()
        .write(|tx| async move { delete_account(&tx, id).await })
        .await?;
    Ok(())
}

fn success() -> Response {
    Json(json!({ "success": true })).into_response()
}
