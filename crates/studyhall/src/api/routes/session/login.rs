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
use twinbase_web::{Body, Client, Form, FromForm, Left, Problem, form, origin};

use crate::{
    api::{AppState, Code, session::set_cookie},
    domain::{Invalid, Password, Username, authenticate, open_session},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Opened<'a> {
    token: &'a str,
    expires_at: Timestamp,
}

pub(in crate::api::routes) struct Credentials {
    /// `None` for what cannot be a name: nobody has it.
    username: Option<Username>,
    password: Password,
}

impl FromForm for Credentials {
    fn read(form: &mut Form<'_>) -> Option<Self> {
        let parse = |text: &str| Ok::<_, Invalid>(Username::parse(text).ok());
        let username = form.required("username", form::text(parse));
        let password = form.required("password", form::text(Password::offered));
        Some(Self {
            username: username?,
            password: password?,
        })
    }
}

pub(in crate::api::routes) async fn login(
    State(state): State<AppState>,
    client: Client,
    headers: HeaderMap,
    Body { value, .. }: Body<Credentials>,
) -> Result<Response, Problem> {
    origin::check(&Method::POST, &headers)?;
    let Credentials { username, password } = value;
    let attempts = state.attempts();
    let attempt = attempts.begin_login(username.as_ref(), client, state.now())?;
    let twin = state.twin();
    let user_id = authenticate(twin, state.passwords(), username.as_ref(), &password).await;
    let user_id = match user_id {
        Ok(Some(user_id)) => user_id,
        Ok(None) => return Err(with_limit(wrong_credentials(), attempt.left())),
        Err(error) => {
            // Nobody knows whether it was right: an outage costs no attempt.
            attempts.give_login_back(&attempt, state.now());
            return Err(error.into());
        }
    };
    let left = attempts.give_login_back(&attempt, state.now());
    let lifetime = state.settings().session_lifetime;
    let (token, expires_at) = open_session(twin, &user_id, state.now(), lifetime).await?;
    let opened = Opened {
        token: token.expose(),
        expires_at,
    };
    let mut response = Json(opened).into_response();
    let headers = response.headers_mut();
    headers.extend(left.headers());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = set_cookie(&state, &token) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
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
