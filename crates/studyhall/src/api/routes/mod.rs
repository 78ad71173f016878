//! The routes: one file for each thing that can be asked.

pub(super) mod health;
mod leaderboard;
mod operations;
mod session;
mod statistics;
mod todos;
mod users;

use axum::{
    Router,
    routing::{get, post},
};
use twinbase_web::{method_not_allowed, not_found};

use super::AppState;

/// Every route: the API under `/api/v1` and, with the same meaning, under `/api`, where the original has it.
pub(super) fn all(state: &AppState) -> Router<AppState> {
    let api = community()
        .merge(operations::api(state))
        .merge(health::reports());
    Router::new()
        .nest("/api/v1", api.clone())
        .nest("/api", api)
        .merge(operations::metrics(state))
        .merge(health::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
}

/// What a port for metrics alone has.
pub(super) fn of_metrics(state: &AppState) -> Router<AppState> {
    Router::new()
        .merge(operations::metrics(state))
        .merge(health::life())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
}

fn community() -> Router<AppState> {
    Router::new()
        .route("/users", post(users::create))
        .route("/users/me", get(users::read_me).patch(users::update_me))
        .route("/users/{id}", get(users::read).patch(users::update))
        .route("/login", post(session::login))
        .route("/logout", post(session::logout))
        .route("/todos", get(todos::list).post(todos::create))
        .route("/todos/bulk", post(todos::create_many))
        .route(
            "/todos/{id}",
            get(todos::read).patch(todos::update).delete(todos::delete),
        )
        .route("/todos/{id}/complete", post(todos::complete))
        .route("/leaderboard", get(leaderboard::read))
        .route("/statistics", get(statistics::read))
}
