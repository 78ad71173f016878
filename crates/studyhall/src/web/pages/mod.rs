//! The pages, a file or a folder each.

mod account;
mod board;
mod entry;
mod forms;
mod friends;
mod home;
mod messages;
mod points;
mod todos;

use axum::Router;

use crate::api::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .merge(account::routes())
        .merge(board::routes())
        .merge(points::routes())
        .merge(home::routes())
        .merge(entry::routes())
        .merge(todos::routes())
        .merge(forms::routes())
        .merge(friends::routes())
        .merge(messages::routes())
}
