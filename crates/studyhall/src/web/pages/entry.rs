//! `/signup`, `/login`, `/logout`.

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use maud::html;
use serde::Deserialize;
use serde_json::json;
use twinbase_web::{Body, Client, Nullable, PageForm, Problem, body};

use crate::{
    api::{AppState, Credentials, SignUp, clear_cookie, device, set_cookie, sign_in, sign_up},
    domain::close_session,
    web::{
        done::{Done, Said},
        layout::{Page, Place},
        parts::{Fields, hidden, key, refusal},
        viewer::{Viewer, Visitor, encoded},
    },
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/signup", get(ask_sign_up).post(signed_up))
        .route("/login", get(ask_sign_in).post(signed_in))
        .route("/logout", post(signed_out))
}

#[derive(Debug, Default, Deserialize)]
struct Next {
    next: Option<String>,
}

/// A path of ours: nothing that leads a reader elsewhere after a sign-in.
fn own(next: Option<&str>) -> &str {
    let is_own = |path: &&str| {
        path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n'])
    };
    next.filter(is_own).unwrap_or("/")
}

async fn ask_sign_up(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(query): Query<Next>,
) -> Response {
    let fields = Fields::with(json!({ "showProfile": true }));
    let next = own(query.next.as_deref());
    sign_up_page(&state, &visitor, next, &fields)
}

/// A page of this file, which leads to `next` after it.
fn leading_to(path: &str, next: &str) -> String {
    if next == "/" {
        return path.to_owned();
    }
    format!("{path}?next={}", encoded(next))
}

fn sign_up_page(state: &AppState, visitor: &Visitor, next: &str, fields: &Fields) -> Response {
    let body = html! {
        (fields.summary())
        form.stack method="post" action=(leading_to("/signup", next)) {
            (key(state.twin()))
            (fields.line("username", "Name", "3 to 30 letters, digits and . - _", "text", "username"))
            (fields.line("email", "E-mail address", "Only you see it.", "email", "email"))
            (fields.line("password", "Password", "At least 8 characters.", "password", "new-password"))
            (fields.line("timeZone", "Time zone", "Your day ends by it. Such as Europe/Berlin; UTC when it is empty.", "text", "off"))
            (fields.tick("showProfile", "Show me on the board"))
            p.buttons { button.primary { "Sign up" } a href=(leading_to("/login", next)) { "I have an account" } }
        }
    };
    Page::new("Sign up", Place::Elsewhere, body).for_visitor(visitor)
}

async fn signed_up(
    State(state): State<AppState>,
    visitor: Visitor,
    client: Client,
    headers: HeaderMap,
    Query(query): Query<Next>,
    form: PageForm<SignUp>,
) -> Result<Response, Problem> {
    let next = own(query.next.as_deref());
    let refused = |fields: &Fields| {
        let page = sign_up_page(&state, &visitor, next, fields);
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    };
    let value = match form.value {
        Ok(value) => value,
        Err(faults) => return Ok(refused(&Fields::refused(form.sent, faults))),
    };
    let (name, password) = (value.username.clone(), value.password.clone());
    let sent = form.sent.clone();
    let body = Body { value, sent };
    match sign_up(&state, client, form.key, body).await {
        Ok(_) => {}
        // Somebody has this name, or tried too often.
        Err(problem) if problem.kind().status.is_client_error() => {
            return Ok(refused(&Fields::because(form.sent, &problem)));
        }
        Err(problem) => return Err(problem),
    }
    let device = device(&headers);
    let name = name.typed();
    let (session, _) = sign_in(&state, client, device.as_ref(), Some(&name), &password).await?;
    let done = Done::to(next).with_cookie(set_cookie(&state, &session.token));
    Ok(done.saying(Said::Welcome).into_response())
}

async fn ask_sign_in(visitor: Visitor, Query(query): Query<Next>) -> Response {
    sign_in_page(
        &visitor,
        own(query.next.as_deref()),
        &Fields::default(),
        None,
    )
}

fn sign_in_page(visitor: &Visitor, next: &str, fields: &Fields, refused: Option<&str>) -> Response {
    let body = html! {
        (refusal(refused))
        (fields.summary())
        form.stack method="post" action="/login" {
            (hidden("next", next))
            (fields.line("username", "Name", "", "text", "username"))
            (fields.line("password", "Password", "", "password", "current-password"))
            p.buttons { button.primary { "Sign in" } a href=(leading_to("/signup", next)) { "I am new here" } }
        }
    };
    Page::new("Sign in", Place::Elsewhere, body).for_visitor(visitor)
}

/// What the API takes, and where to go then.
struct SignIn {
    username: String,
    password: String,
    next: Nullable<String>,
}

body!(SignIn {
    username: "ada",
    password: "correct horse",
    next: "/"
});

async fn signed_in(
    State(state): State<AppState>,
    visitor: Visitor,
    client: Client,
    headers: HeaderMap,
    form: PageForm<SignIn>,
) -> Result<Response, Problem> {
    let next = form.sent["next"].as_str().map(str::to_owned);
    let next = own(next.as_deref());
    let refused = |status, fields: &Fields, why: Option<&str>| {
        (status, sign_in_page(&visitor, next, fields, why)).into_response()
    };
    let value = match form.value {
        Ok(value) => value,
        Err(faults) => {
            let fields = Fields::refused(form.sent, faults);
            return Ok(refused(StatusCode::UNPROCESSABLE_ENTITY, &fields, None));
        }
    };
    let credentials = Credentials {
        username: value.username,
        password: value.password,
    };
    match credentials
        .sign_in(&state, client, device(&headers).as_ref())
        .await
    {
        Ok((session, _)) => {
            let done = Done::to(next).with_cookie(set_cookie(&state, &session.token));
            Ok(done.into_response())
        }
        Err(problem) if problem.kind().status.is_client_error() => {
            let status = match problem.kind().status {
                // With 401 a browser would be asked for a challenge that a page cannot meet.
                StatusCode::UNAUTHORIZED => StatusCode::UNPROCESSABLE_ENTITY,
                other => other,
            };
            let why = match status {
                StatusCode::TOO_MANY_REQUESTS => problem.detail(),
                _ => "That name and password do not match.",
            };
            let mut page = refused(status, &Fields::with(form.sent), Some(why));
            if let Some(seconds) = problem.kind().retry_after_seconds {
                page.headers_mut().insert(RETRY_AFTER, seconds.into());
            }
            Ok(page)
        }
        Err(problem) => Err(problem),
    }
}

async fn signed_out(State(state): State<AppState>, viewer: Viewer) -> Result<Done, Problem> {
    close_session(state.twin(), &viewer.session).await?;
    let done = Done::to("/").with_cookie(clear_cookie(&state));
    Ok(done.saying(Said::SignedOut))
}

#[cfg(test)]
mod tests {
    use super::own;

    #[test]
    fn nobody_is_led_elsewhere() {
        assert_eq!(own(Some("/todos?show=done")), "/todos?show=done");
        for bad in [
            None,
            Some(""),
            Some("//evil"),
            Some("https://evil"),
            Some("/\\evil"),
            Some("/a\r\nb"),
        ] {
            assert_eq!(own(bad), "/", "{bad:?}");
        }
    }
}
