//! The pages, at the bare paths: HTML made here, whole, which works without script.
//!
//! A page reads through the library with the token of what its reader wrote last, so one's own writes are there at
//! once. A form posts to a path of its own, which runs a command of the domain and sends the browser back to a page.
//! Script (htmx) only saves reloads: it asks for the same pages and takes their `main` out.

mod assets;
mod done;
mod layout;
mod live;
mod pages;
mod parts;
mod seen;
mod viewer;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};

use twinbase_web::{Problem, read_body};

use self::pages::problem::Asked;
use crate::api::{self, AppState};

/// All pages, and what they load, with everything that belongs around them.
pub fn router(state: &AppState) -> Router {
    let routes = Router::new()
        .merge(pages::routes(state))
        .merge(live::routes())
        .layer(middleware::from_fn_with_state(state.clone(), with_policy))
        .merge(assets::routes())
        .with_state(state.clone());
    api::with_edge(routes, state)
}

/// Everything from here and nothing inline; no frame around a page, no form to elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What depends on the reader is kept by nobody, not even by the browser after a sign-out.
async fn with_policy(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, mut body) = request.into_parts();
    let mut asked = Asked {
        parts: parts.clone(),
        sent: None,
    };
    let is_form = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    if is_form {
        match read_body(body).await {
            Ok(sent) => {
                body = Body::from(sent.clone());
                asked.sent = Some(sent);
            }
            Err(problem) => return guarded(problem.into_response(), &state),
        }
    }
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let problem = response.extensions().get::<Problem>().cloned();
    if let Some(problem) = problem
        && let Some(mut page) = pages::problem::instead(&problem, asked, &state).await
    {
        // Which methods a path has is known to the router alone.
        let allowed = response.headers_mut().remove(header::ALLOW);
        page.headers_mut()
            .extend(allowed.map(|allowed| (header::ALLOW, allowed)));
        response = page;
    } else if response.status().is_redirection() {
        // The way to the sign-in stays what it is.
        response.extensions_mut().remove::<Problem>();
    }
    guarded(response, &state)
}

/// How the service is, in a sentence, for everybody; it answers also while no database does. What is behind it is for operators, on a
/// page of the program.
pub async fn status(state: &AppState, parts: &mut Parts) -> Response {
    guarded(pages::status::show(state, parts).await, state)
}

/// Which colours whoever sends these headers chose: `light` or `dark`; else the system's.
pub fn theme(headers: &HeaderMap) -> Option<&'static str> {
    match seen::value(headers, viewer::THEME) {
        Some("light") => Some("light"),
        Some("dark") => Some("dark"),
        _ => None,
    }
}

fn guarded(mut response: Response, state: &AppState) -> Response {
    let headers: [(HeaderName, &'static str); 3] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    if state.settings().secure_cookies {
        seen::secure(response.headers_mut());
    }
    response
}
