//! `/keys`: what keys do. The same list opens over any page by `?`.

use axum::{Router, response::Response, routing::get};
use maud::html;

use crate::{
    api::AppState,
    web::{
        layout::{Page, Place},
        viewer::Visitor,
    },
};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/keys", get(show))
}

const KEYS: [(&str, &str); 15] = [
    ("/", "Search"),
    ("n", "New: go to the field in which something is added"),
    ("j", "Next row"),
    ("k", "Row before"),
    ("e", "Edit the row"),
    ("u", "Undo what was just done"),
    ("s", "Start or stop the session, on Sessions"),
    ("g h", "Go home"),
    ("g t", "Go to todos"),
    ("g s", "Go to sessions"),
    ("g r", "Go to reports"),
    ("g b", "Go to the board"),
    ("g m", "Go to messages"),
    ("g f", "Go to friends"),
    ("?", "This list"),
];

async fn show(visitor: Visitor) -> Response {
    let body = html! {
        div #key-list {
            p { "They do nothing while you type. You can switch them off in " a href="/account" { "your account" } "." }
            dl.keys { @for (key, what) in KEYS { div { dt { kbd { (key) } } dd { (what) } } } }
        }
    };
    Page::new("Keys", Place::Elsewhere, body).for_visitor(&visitor)
}
