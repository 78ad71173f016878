//! What a browser gets where a page cannot be: what happened and what to do, with the navigation around it.

use axum::{
    extract::FromRequestParts as _,
    http::{StatusCode, header, request::Parts},
    response::Response,
};
use maud::{Markup, html};
use twinbase_web::Problem;

use crate::{
    api::AppState,
    web::{
        layout::{Page, Place},
        viewer::Visitor,
    },
};

/// The page in place of a problem; `None` for a program.
pub(in crate::web) async fn instead(
    problem: &Problem,
    asked: &mut Parts,
    state: &AppState,
) -> Option<Response> {
    let accepts = asked.headers.get(header::ACCEPT)?.to_str().ok()?;
    if !accepts.contains("text/html") {
        return None;
    }
    // When even the reader cannot be read, a plain page without navigation says why.
    let visitor = Visitor::from_request_parts(asked, state).await.ok()?;
    let kind = problem.kind();
    let title = match kind.status {
        StatusCode::NOT_FOUND => "Not found",
        _ => kind.title,
    };
    let body = body(problem, &visitor.about().request_id);
    let mut page = Page::new(title, Place::Elsewhere, body).for_visitor(&visitor);
    *page.status_mut() = kind.status;
    for (name, value) in problem.headers() {
        page.headers_mut().insert(name, value.clone());
    }
    Some(page)
}

fn body(problem: &Problem, reference: &str) -> Markup {
    let kind = problem.kind();
    html! {
        @if kind.status == StatusCode::NOT_FOUND {
            p.lead { "We cannot find this. It may be gone, or not shared with you." }
        } @else {
            p.lead { (problem.detail()) }
            ul.plain { @for fault in problem.faults() { li { (fault.detail) } } }
            @if kind.retry_after_seconds.is_some() { p { "Nothing was lost. Try again in a moment." } }
        }
        p { a.button href="/" { "To the first page" } }
        p.quiet { "Reference " code { (reference) } }
    }
}
