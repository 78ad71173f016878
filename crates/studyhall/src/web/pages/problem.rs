//! What a browser gets where a page cannot be: what happened and what to do. Nothing that somebody typed is lost by it: a script is
//! told beside the page, which stays, and without script the same form can be sent again from here.

use std::borrow::Cow;

use axum::{
    extract::FromRequestParts as _,
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use maud::{Markup, html};
use twinbase_web::Problem;
use url::form_urlencoded;

use crate::{
    api::AppState,
    web::{
        layout::{Page, Place},
        parts::{hidden, reason},
        viewer::{Visitor, came_from, is_panel, login_before},
    },
};

/// What was asked for, as far as an answer about it needs it.
pub(in crate::web) struct Asked {
    pub(in crate::web) parts: Parts,
    /// The form that was sent, where it is one.
    pub(in crate::web) sent: Option<Vec<u8>>,
}

/// The page in place of an answer about a problem; `None` for a program.
pub(in crate::web) async fn instead(
    problem: &Problem,
    asked: Asked,
    state: &AppState,
) -> Option<Response> {
    let Asked { mut parts, sent } = asked;
    let accepts = parts.headers.get(header::ACCEPT)?.to_str().ok()?;
    if !accepts.contains("text/html") {
        return None;
    }
    let kind = problem.kind();
    let fields = typed(sent.as_deref());
    let page = if parts.headers.contains_key("hx-request") {
        beside(problem, &parts, state)
    } else if kind.status == StatusCode::UNAUTHORIZED {
        // Who has typed nothing that is worth keeping is led to the sign-in and back.
        signed_out(fields.as_deref()?, &mut parts, state).await
    } else {
        let uri = std::mem::replace(&mut parts.uri, Uri::from_static("/"));
        let is_read = std::mem::replace(&mut parts.method, Method::GET) == Method::GET;
        // The reader is looked up as for a page that anybody may ask for as often as they like: it may be that what is refused.
        let visitor = match (Visitor::from_request_parts(&mut parts, state).await, &sent) {
            (Ok(visitor), _) => visitor,
            (Err(_), Some(_)) => Visitor::or_stranger(&mut parts, state).await,
            // When even the reader cannot be read, a plain page without navigation says why.
            (Err(_), None) => return None,
        };
        let title = match kind.status {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "Not found",
            StatusCode::BAD_REQUEST => "This address is not right",
            _ => kind.title,
        };
        let body = html! {
            p.lead { (reason(problem)) }
            // What a field of a form is missing is said where the form is; here a form came from elsewhere.
            @if kind.status == StatusCode::UNPROCESSABLE_ENTITY { ul.plain { @for fault in problem.faults() { li { (fault.detail) } } } }
            @if kind.retry_after_seconds.is_some() { (again(&uri, is_read, fields.as_deref())) }
            p.buttons {
                @if kind.status == StatusCode::BAD_REQUEST { a.button href=(uri.path()) { "To the page itself" } }
                a.button href="/" { "To the first page" }
            }
            p.quiet { "Reference " code { (visitor.about().request_id) } }
        };
        Page::new(title, Place::Elsewhere, body).for_visitor(&visitor)
    };
    Some(problem.on(page))
}

/// The fields of a form as it was sent, to be sent again; `None` where there are none, or a password, which is typed again.
fn typed(sent: Option<&[u8]>) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
    let fields: Vec<_> = form_urlencoded::parse(sent?).collect();
    let is_password = |(name, _): &(Cow<'_, str>, _)| name.to_lowercase().contains("password");
    (!fields.is_empty() && !fields.iter().any(is_password)).then_some(fields)
}

/// The way to try it again: the same address, or the same form, with all that was typed.
fn again(uri: &Uri, is_read: bool, fields: Option<&[(Cow<'_, str>, Cow<'_, str>)]>) -> Markup {
    html! {
        @match fields {
            _ if is_read => p { "Nothing was lost. " a href=(uri) { "Try again" } },
            Some(fields) => {
                p { "Nothing was lost: what you typed is kept on this page." }
                form.buttons method="post" action=(uri.path()) {
                    @for (name, value) in fields { (hidden(name, value)) }
                    button.primary { "Send it again" }
                }
            }
            None => p { "Go back and try again in a moment." },
        }
    }
}

/// For somebody whose session has ended: the sign-in beside this page, which has the form.
async fn signed_out(
    fields: &[(Cow<'_, str>, Cow<'_, str>)],
    parts: &mut Parts,
    state: &AppState,
) -> Response {
    let next = came_from(&parts.headers, state);
    let next = next.unwrap_or_else(|| "/".to_owned());
    let body = html! {
        p.lead { "You are signed out, so this was not sent." }
        p { a href=(login_before(&next)) target="_blank" { "Sign in in another tab" } ", then send it again from here." }
        (again(&parts.uri, false, Some(fields)))
    };
    let visitor = Visitor::or_stranger(parts, state).await;
    Page::new("Sign in", Place::Elsewhere, body).for_visitor(&visitor)
}

/// For a script: a few words on the page that is there. A panel that reads itself again stays as it is.
fn beside(problem: &Problem, asked: &Parts, state: &AppState) -> Response {
    let is_signed_out = problem.kind().status == StatusCode::UNAUTHORIZED;
    if is_panel(&asked.uri) && !is_signed_out {
        return (headers([("hx-reswap", "none")]), "").into_response();
    }
    let next = came_from(&asked.headers, state);
    let next = next.unwrap_or_else(|| "/".to_owned());
    let words = html! {
        div.toast.bad {
            @if is_signed_out {
                span {
                    "You are signed out. What is here stays: "
                    // Beside it, for what was typed would be gone with the page.
                    a href=(login_before(&next)) target="_blank" { "sign in in another tab" }
                    ", then go on here."
                }
            } @else {
                span { (reason(problem)) }
            }
        }
    };
    let to = [
        ("hx-retarget", "#toast"),
        ("hx-reswap", "innerHTML"),
        ("hx-reselect", ".toast"),
    ];
    (headers(to), words).into_response()
}

fn headers<const N: usize>(
    of: [(&'static str, &'static str); N],
) -> [(HeaderName, HeaderValue); N] {
    of.map(|(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    })
}
