//! `POST /login`: a name and a password against a session token.
//!
//! It takes no idempotency key: what a key keeps is kept as it was answered, and a token must not be.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, header},
    response::{IntoResponse as _, Response},
};
use jiff::Timestamp;
use serde::Serialize;
use twinbase::prelude::AggregateId;
use twinbase_web::{Body, Client, Left, Problem, body, origin};

use crate::{
    api::{
        AppState, Code,
        session::{device, set_cookie},
    },
    domain::{DeviceName, Password, SessionToken, TypedName, authenticate, open_session},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Opened<'a> {
    token: &'a str,
    expires_at: Timestamp,
}

/// Any texts: what cannot be a name or a password is nobody's.
pub(crate) struct Credentials {
    pub(crate) username: String,
    pub(crate) password: String,
}

body!(Credentials {
    username: "ada",
    password: "correct horse"
});

/// A session that was opened.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) token: SessionToken,
    expires_at: Timestamp,
}

pub(super) async fn login(
    State(state): State<AppState>,
    client: Client,
    headers: HeaderMap,
    Body { value, .. }: Body<Credentials>,
) -> Result<Response, Problem> {
    origin::check(&Method::POST, &headers)?;
    let device = device(&headers);
    let (signed, left) = value.sign_in(&state, client, device.as_ref()).await?;
    let opened = Opened {
        token: signed.token.expose(),
        expires_at: signed.expires_at,
    };
    let mut response = Json(opened).into_response();
    let headers = response.headers_mut();
    headers.extend(left.headers());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = set_cookie(&state, &signed.token) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

impl Credentials {
    /// Opens a session for whoever has these; says how many attempts are left then.
    pub(crate) async fn sign_in(
        &self,
        state: &AppState,
        client: Client,
        device: Option<&DeviceName>,
    ) -> Result<(Signed, Left), Problem> {
        let username = TypedName::parse(&self.username).ok();
        let password = Password::offered(&self.password);
        let password = password.map_err(|error| Problem::field("/password", error.to_string()))?;
        sign_in(state, client, device, username.as_ref(), &password).await
    }
}

/// Opens a session for whoever has this name and this password; says how many attempts are left then.
pub(crate) async fn sign_in(
    state: &AppState,
    client: Client,
    device: Option<&DeviceName>,
    username: Option<&TypedName>,
    password: &Password,
) -> Result<(Signed, Left), Problem> {
    let (user_id, left) = check(state, client, username, password).await?;
    let lifetime = state.settings().session_lifetime;
    let opened = open_session(state.twin(), &user_id, device, state.now(), lifetime).await?;
    let (token, expires_at) = opened;
    Ok((Signed { token, expires_at }, left))
}

/// Whoever has this name and this password, and how many attempts are left then.
pub(in crate::api::routes) async fn check(
    state: &AppState,
    client: Client,
    username: Option<&TypedName>,
    password: &Password,
) -> Result<(AggregateId, Left), Problem> {
    let attempts = state.attempts();
    let attempt = attempts.begin_login(username, client, state.now())?;
    match authenticate(state.twin(), state.passwords(), username, password).await {
        Ok(Some(user_id)) => Ok((user_id, attempts.give_login_back(&attempt, state.now()))),
        Ok(None) => Err(with_limit(wrong_credentials(), attempt.left())),
        Err(error) => {
            // Nobody knows whether it was right: an outage costs no attempt.
            attempts.give_login_back(&attempt, state.now());
            Err(error.into())
        }
    }
}

fn wrong_credentials() -> Problem {
    Problem::new(
        Code::WrongCredentials,
        "No user has this name and this password.",
    )
}

fn with_limit(problem: Problem, left: Left) -> Problem {
    left.headers().fold(problem, |problem, (name, value)| {
        problem.with_header(name, value)
    })
}
