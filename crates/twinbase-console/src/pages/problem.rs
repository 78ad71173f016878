//! What an operator's browser gets where a page cannot be: what happened and what to do, in the console's frame.

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use maud::html;
use twinbase_web::{Fault, Problem, RequestId};

use super::{Console, frame::page};
use crate::Operator;

/// Makes a page of a problem; a program gets it as its host writes problems.
pub(super) async fn framed(
    State(console): State<Console>,
    operator: Operator,
    request: Request,
    next: Next,
) -> Response {
    let accepts = request.headers().get(header::ACCEPT);
    let accepts = accepts.and_then(|accepts| accepts.to_str().ok());
    let is_browser = accepts.is_some_and(|accepts| accepts.contains("text/html"));
    let id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;
    match response.extensions().get::<Problem>() {
        Some(problem) if is_browser => shown(&console, &operator, problem, id.as_ref()),
        _ => response,
    }
}

fn shown(
    console: &Console,
    operator: &Operator,
    problem: &Problem,
    id: Option<&RequestId>,
) -> Response {
    let kind = problem.kind();
    let title = match kind.status {
        StatusCode::NOT_FOUND => "Not found",
        _ => kind.title,
    };
    let body = html! {
        p.lead { (problem.detail()) }
        @if !problem.faults().is_empty() {
            ul { @for fault in problem.faults() { li { code { (place(fault)) } " " (fault.detail) } } }
        }
        @if kind.retry_after_seconds.is_some() { p { "Nothing was changed. Try again in a moment." } }
        p { a.button href=(console.path("")) { "To the overview" } }
        @if let Some(id) = id { p.quiet { "Reference " code { (id.as_str()) } } }
    };
    problem.on(page(console, operator, (title, ""), &body))
}

fn place(fault: &Fault) -> &str {
    let place = fault.pointer.as_deref().or(fault.parameter.as_deref());
    place.unwrap_or_default().trim_start_matches('/')
}
