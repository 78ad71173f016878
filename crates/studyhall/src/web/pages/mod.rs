//! The pages, a file or a folder each.

mod entry;
mod friends;
mod home;
mod messages;
mod todos;

use axum::Router;

use crate::api::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .merge(home::routes())
        .merge(entry::routes())
        .merge(todos::routes())
        .merge(friends::routes())
        .merge(messages::routes())
}
