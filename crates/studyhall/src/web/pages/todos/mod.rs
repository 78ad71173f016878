//! `/todos`: what is to be done and what is done; adding, editing, completing with undo, deleting.

mod bulk;
mod change;
mod list;

use axum::{
    Router,
    routing::{get, post},
};

pub(super) use list::row;

use crate::api::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/todos", get(list::show).post(change::add))
        .route("/todos/bulk", get(bulk::ask).post(bulk::add))
        .route("/todos/{id}", post(change::save))
        .route("/todos/{id}/edit", get(change::edit))
        .route("/todos/{id}/complete", post(change::complete))
        .route("/todos/{id}/reopen", post(change::reopen))
        .route(
            "/todos/{id}/delete",
            get(change::ask_delete).post(change::delete),
        )
}
