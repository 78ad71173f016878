//! `POST /login`: a name and a password against a session token.
//!
//! It takes no idempotency key: what a key keeps is kept as it was answered, and a token must not be.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{Extensions, HeaderMap, HeaderValue, Method, header},
    response::{IntoResponse as _, Response},
};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    api::{
        AppState, Code, Problem, attempts::Left, body::JsonBody, form, origin, session::set_cookie,
    },
    domain::{Password, authenticate, open_session},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Opened<'a> {
    token: &'a str,
    expires_at: Timestamp,
}

struct Credentials {
    username: String,
    password: Password,
}

pub(in crate::api::routes) async fn login(
    State(state): State<AppState>,
    headers: HeaderMap,
    extensions: Extensions,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    origin::check(&Method::POST, &headers)?;
    let Credentials { username, password } = form::read(body, |form| {
        let username = form.required("username", form::text(|text| Ok(text.to_owned())));
        let password = form.required("password", form::text(Password::offered));
        Some(Credentials {
            username: username?,
            password: password?,
        })
    })?;
    let address = address(&extensions);
    let left = state.attempts().take(&username, address, state.now())?;
    let (twin, passwords) = (state.twin(), state.passwords());
    let Some(user_id) = authenticate(twin, passwords, &username, &password).await? else {
        let problem = Problem::new(
            Code::WrongCredentials,
            "No user has this name and this password.",
        );
        return Err(with_limit(problem, left));
    };
    let left = state.attempts().give_back(&username, address, state.now());
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

/// The peer's, when the server was started such that it is known.
fn address(extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(address)| address.ip())
}

fn with_limit(problem: Problem, left: Left) -> Problem {
    left.headers().fold(problem, |problem, (name, value)| {
        problem.with_header(name, value)
    })
}
