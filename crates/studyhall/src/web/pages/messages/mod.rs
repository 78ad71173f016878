//! `/messages`: threads by latest; `/messages/{name}`: what was written, the oldest first, and a form to write.

mod change;
mod thread;
mod threads;

use axum::{
    Router,
    routing::{get, post},
};

use crate::api::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/messages", get(threads::show))
        .route("/messages/{name}", get(thread::show).post(change::send))
        .route("/messages/{name}/read", post(change::read))
        .route(
            "/messages/{name}/delete/{id}",
            get(change::ask_delete).post(change::delete),
        )
}
