//! The routes: one file for each thing that can be asked.

pub(super) mod health;
mod leaderboard;
mod operations;
mod reports;
mod session;
mod sessions;
mod statistics;
mod timer;
mod todos;
mod users;

use axum::Router;
use serde_json::{Value, json};
use twinbase_web::{
    method_not_allowed, not_found,
    openapi::{Info, Op, Routes, pages, schema},
};

use super::{AppState, SERVICE, session::cookie_name};

/// Every route: the API under `/api/v1` and, with the same meaning, under `/api`, where the original has it.
pub(super) fn all(state: &AppState) -> Router<AppState> {
    let api = community()
        .merge(operations::api(state))
        .merge(health::reports());
    let again = api.router();
    let described = api.below("/api/v1").merge(health::routes());
    Router::new()
        .nest("/api", again.merge(pages(&document(state, &described))))
        .merge(described.router())
        .merge(operations::metrics(state))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
}

/// The OpenAPI document.
fn document(state: &AppState, routes: &Routes<AppState>) -> Value {
    let description = "Users, their todos, and the points that completing them earns. Every path below `/api/v1` is \
                       there below `/api` as well. Sign in at `/api/v1/login`.";
    let info = Info::new(SERVICE, "Studyhall", description).version(env!("CARGO_PKG_VERSION"));
    info.cookie(cookie_name(state)).document(routes)
}

/// What a port for metrics alone has.
pub(super) fn of_metrics(state: &AppState) -> Router<AppState> {
    Router::new()
        .merge(operations::metrics(state))
        .merge(health::life().router())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
}

fn community() -> Routes<AppState> {
    let leader = json!({ "id": "0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f10", "username": "ada", "totalPoints": 7, "avatar": null });
    let leaders = schema::like(&json!({ "items": [leader] }));
    Routes::new()
        .merge(users::routes())
        .merge(session::routes())
        .merge(todos::routes())
        .on(
            "/leaderboard",
            Op::get("Who has the most points", leaders),
            leaderboard::read,
        )
        .merge(sessions::routes())
        .merge(timer::routes())
        .merge(reports::routes())
        .merge(statistics::routes())
}
