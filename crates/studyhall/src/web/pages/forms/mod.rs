//! `/forms`: one's own, with a builder and results, and those of others, to be answered.

mod answer;
mod builder;
mod change;
mod copy;
mod draft;
mod list;
mod questions;
mod results;

use axum::{
    Router,
    routing::{get, post},
};

use crate::api::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/forms", get(list::show).post(change::add))
        .route("/forms/{id}", get(answer::show))
        .route("/forms/{id}/responses", post(answer::send))
        .route("/forms/{id}/copy", get(copy::show))
        .route("/forms/{id}/edit", get(builder::show).post(builder::save))
        .route(
            "/forms/{id}/delete",
            get(change::ask_delete).post(change::delete),
        )
        .route("/forms/{id}/results", get(results::show))
}
