//! `/status` for everybody: how the service is, in a sentence.

use axum::{http::request::Parts, response::Response};
use maud::html;
use twinbase::health::{Level, Seen};

use crate::{
    api::AppState,
    web::{
        layout::{Page, Place},
        viewer::Visitor,
    },
};

pub(in crate::web) async fn show(state: &AppState, parts: &mut Parts) -> Response {
    let twin = state.twin();
    let (visitor, health) = tokio::join!(Visitor::or_stranger(parts, state), twin.health());
    let (class, sign, words) = match Level::of(&Seen::of(&health, None).alerts()) {
        Level::Healthy => ("good", "●", "Everything works."),
        Level::Degraded => (
            "warn",
            "▲",
            "Everything works, but some pages may be a little behind.",
        ),
        Level::Unhealthy => (
            "bad",
            "✖",
            "Something does not work right now, but nothing that was saved is lost.",
        ),
    };
    let body = html! { p.lead.(class) { span aria-hidden="true" { (sign) " " } (words) } };
    Page::new("How the service is doing", Place::Elsewhere, body).for_visitor(&visitor)
}
