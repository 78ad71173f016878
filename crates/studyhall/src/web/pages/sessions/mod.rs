//! `/sessions`: the session that runs, those that were, and those that are entered by hand.

mod change;
mod list;
mod timer;

use axum::{
    Router,
    routing::{get, post},
};

use crate::api::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/sessions", get(list::show).post(change::add))
        .route("/sessions/start", post(change::start))
        .route("/sessions/stop", post(change::stop))
        .route(
            "/sessions/discard",
            get(change::ask_discard).post(change::discard),
        )
        .route(
            "/sessions/{id}/delete",
            get(change::ask_delete).post(change::delete),
        )
}
