//! What is around every page.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};

use super::Console;
use crate::Operator;

const CSS: &str = include_str!("console.css");
const ICON: &str = include_str!("console.svg");

/// The pages that every page links to.
const NAV: [(&str, &str); 6] = [
    ("", "Overview"),
    ("/failures", "Failures"),
    ("/documents", "Documents"),
    ("/compare", "Compare"),
    ("/rebuild", "Rebuild"),
    ("/log", "Log"),
];

/// A page: `current` is the path of the link that stands for it.
pub(super) fn page(
    console: &Console,
    operator: &Operator,
    (title, current): (&str, &str),
    body: &Markup,
) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" data-theme=[operator.theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Operations" }
                link rel="stylesheet" href=(console.path("/console.css"));
                link rel="icon" type="image/svg+xml" href=(console.path("/console.svg"));
            }
            body {
                a.skip href="#main" { "To the content" }
                header {
                    nav aria-label="Operations" {
                        @for (path, name) in NAV {
                            a href=(console.path(path)) aria-current=[(path == current).then_some("page")] { (name) }
                        }
                    }
                    p.who { (operator.name) " · " a href="/" { "Leave operations" } }
                }
                main id="main" tabindex="-1" {
                    h1 { (title) }
                    (body)
                }
            }
        }
    };
    page.into_response()
}

/// Has the browser ask for the page again, as long as something runs.
pub(super) fn again(mut page: Response) -> Response {
    let refresh = HeaderName::from_static("refresh");
    page.headers_mut()
        .insert(refresh, HeaderValue::from_static("2"));
    page
}

/// The stylesheet of the pages; the same for everybody.
pub(super) async fn stylesheet() -> Response {
    asset("text/css; charset=utf-8", CSS)
}

/// The icon of the pages.
pub(super) async fn icon() -> Response {
    asset("image/svg+xml", ICON)
}

fn asset(of: &'static str, body: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, of),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, body).into_response()
}
