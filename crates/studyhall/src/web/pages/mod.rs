//! The pages, a file or a folder each.

mod account;
mod board;
mod day;
mod entry;
mod forms;
mod friends;
mod home;
mod keys;
mod messages;
mod operations;
mod person;
mod points;
mod post_only;
pub(super) mod problem;
mod reports;
mod search;
mod sessions;
pub(super) mod status;
mod todos;

use axum::{Router, routing::any};
use twinbase_web::not_found;

use crate::api::AppState;

pub(super) fn routes(state: &AppState) -> Router<AppState> {
    Router::new()
        .merge(account::routes())
        .merge(board::routes())
        .merge(day::routes())
        .merge(points::routes())
        .merge(person::routes())
        .merge(search::routes())
        .merge(reports::routes())
        .merge(sessions::routes())
        .merge(home::routes())
        .merge(keys::routes())
        .merge(entry::routes())
        .merge(todos::routes())
        .merge(forms::routes())
        .merge(friends::routes())
        .merge(messages::routes())
        .merge(operations::routes(state))
        // A mistyped address gets a page as well.
        .route("/{*path}", any(not_found))
        .method_not_allowed_fallback(post_only::to_its_page)
}
