//! Who sends a request: a session token as bearer or in a cookie, looked up in the primary each time.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use twinbase::prelude::*;
use twinbase_web::{
    Code, Problem, bearer,
    openapi::{Described, Operation},
    origin,
};

use super::{AppState, problem::session_expired};
use crate::domain::{DeviceName, SessionToken, find_session};

/// Over TLS the name has a prefix for which browsers take no cookie of another host or scheme, nor of another path where the service
/// is at the root of its host.
pub(super) fn cookie_name(state: &AppState) -> &'static str {
    let settings = state.settings();
    match (settings.secure_cookies, settings.base_path.is_root()) {
        (true, true) => "__Host-studyhall_session",
        (true, false) => "__Secure-studyhall_session",
        (false, _) => "studyhall_session",
    }
}

/// What signs in, as far as it says so.
pub(crate) fn device(headers: &HeaderMap) -> Option<DeviceName> {
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
    DeviceName::of_user_agent(agent)
}

/// The user whose session it is.
#[derive(Debug, Clone)]
pub(crate) struct CurrentUser {
    pub(crate) id: AggregateId,
    pub(crate) token: SessionToken,
}

impl FromRequestParts<AppState> for CurrentUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let token = match token(&parts.headers)? {
            Some(token) => token,
            None => match cookie(&parts.headers, cookie_name(state)) {
                Some(token) => {
                    origin::check(&parts.method, &parts.headers)?;
                    token
                }
                None => return Err(unauthenticated()),
            },
        };
        match find_session(state.twin(), &token).await? {
            None => Err(unauthenticated()),
            Some(session) if session.expires_at <= state.now() => Err(session_expired()),
            Some(session) => {
                state
                    .allowances()
                    .take(parts, &session.user_id, state.now())?;
                Ok(Self {
                    id: session.user_id,
                    token,
                })
            }
        }
    }
}

/// The user whose session it is, or nobody where none was sent. One that is not good is refused all the same.
#[derive(Debug, Clone)]
pub(super) struct Anybody(pub(super) Option<CurrentUser>);

impl Anybody {
    /// The user's id.
    pub(super) fn id(&self) -> Option<&AggregateId> {
        self.0.as_ref().map(|user| &user.id)
    }
}

impl FromRequestParts<AppState> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let is_sent = parts.headers.contains_key(header::AUTHORIZATION)
            || cookie(&parts.headers, cookie_name(state)).is_some();
        if !is_sent {
            return Ok(Self(None));
        }
        let user = CurrentUser::from_request_parts(parts, state).await?;
        Ok(Self(Some(user)))
    }
}

impl Described for Anybody {
    fn describe(operation: &mut Operation) {
        CurrentUser::describe(operation);
        operation.secured_or_open();
    }
}

impl Described for CurrentUser {
    fn describe(operation: &mut Operation) {
        operation.secured();
        operation.problem(super::Code::SessionExpired);
        operation.problem(Code::CrossSite);
    }
}

pub(super) fn unauthenticated() -> Problem {
    Problem::new(
        Code::Unauthenticated,
        "Sign in at /api/v1/login and send the token as Authorization: Bearer.",
    )
}

/// A header that is there must be good: falling back to a cookie would act for someone else.
fn token(headers: &HeaderMap) -> Result<Option<SessionToken>, Problem> {
    let sent = bearer(headers).map_err(|_| unauthenticated())?;
    let token = sent.map(|sent| SessionToken::parse(sent).ok_or_else(unauthenticated));
    token.transpose()
}

fn cookie(headers: &HeaderMap, cookie_name: &str) -> Option<SessionToken> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == cookie_name).then(|| SessionToken::parse(value))?
        })
}

/// The `Set-Cookie` of a new session; scripts cannot read it.
pub(crate) fn set_cookie(state: &AppState, token: &SessionToken) -> Option<HeaderValue> {
    let seconds = state.settings().session_lifetime.as_secs();
    cookie_header(state, token.expose(), seconds)
}

/// The `Set-Cookie` that takes the cookie back.
pub(crate) fn clear_cookie(state: &AppState) -> Option<HeaderValue> {
    cookie_header(state, "", 0)
}

fn cookie_header(state: &AppState, value: &str, seconds: u64) -> Option<HeaderValue> {
    let cookie_name = cookie_name(state);
    let secure = if state.settings().secure_cookies {
        "; Secure"
    } else {
        ""
    };
    let text =
        format!("{cookie_name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    let mut header = HeaderValue::try_from(text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::{HeaderMap, cookie, header, token};

    #[test]
    fn a_token_comes_as_bearer_or_cookie_and_a_bad_bearer_is_no_cookie() {
        let value = "A".repeat(43);
        let mut headers = HeaderMap::new();
        assert!(token(&headers).expect("there is none").is_none());
        let cookies = format!("a=b; studyhall_session={value}");
        headers.insert(header::COOKIE, cookies.parse().expect("it is a header"));
        assert!(cookie(&headers, "studyhall_session").is_some());
        for bad in ["Basic abc", "Bearer", "Bearer x y", "Bearer "] {
            headers.insert(header::AUTHORIZATION, bad.parse().expect("it is a header"));
            assert!(token(&headers).is_err(), "{bad}");
        }
        let good = format!("bearer {value}");
        headers.insert(header::AUTHORIZATION, good.parse().expect("it is a header"));
        assert!(token(&headers).expect("it is good").is_some());
        headers.append(header::AUTHORIZATION, good.parse().expect("it is a header"));
        assert!(token(&headers).is_err(), "there are two");
    }
}
