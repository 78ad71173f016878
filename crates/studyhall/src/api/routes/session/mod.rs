//! Signing in and out.

mod login;
mod logout;

pub(in crate::api::routes) use login::check;
pub(crate) use login::{Credentials, sign_in};

use serde_json::json;
use twinbase_web::{
    Code as Common, Part,
    openapi::{Op, Routes, schema},
};

use super::super::{AppState, Code};

pub(super) fn routes() -> Routes<AppState> {
    let opened = json!({ "token": "pY3…", "expiresAt": "2030-01-31T09:00:00Z" });
    let open = Op::post(
        "Opens a session: a name and a password against a token",
        schema::like(&opened),
    )
    .headed("Set-Cookie", "The session, for browsers.")
    .fails(Code::WrongCredentials)
    .fails(Common::TooManyAttempts)
    .fails(Common::Busy);
    let ended = schema::like(&json!({ "success": true }));
    let close = Op::post("Ends the session that asks for it", ended).query(
        "everywhere",
        &bool::schema(),
        "`true`: all sessions of its user.",
    );
    Routes::new()
        .on("/login", open, login::login)
        .on("/logout", close, logout::logout)
}
