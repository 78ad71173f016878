//! `/friends`: friends, requests, blocks; asking by name, and what is done to somebody. What does not come back is asked about first.

mod change;
mod list;

use axum::{
    Router,
    extract::State,
    routing::{get, post},
};

use crate::{
    api::{AppState, PathName},
    domain::commands::Act,
    web::viewer::Viewer,
};

pub(super) fn routes() -> Router<AppState> {
    let routes = Router::new().route("/friends", get(list::show).post(change::ask));
    let routes = Act::ALL.into_iter().fold(routes, |routes, act| {
        let run = move |state: State<AppState>, viewer: Viewer, name: PathName| {
            change::run(state, viewer, name, act)
        };
        routes.route(&path(act), post(run))
    });
    [Act::Remove, Act::Block]
        .into_iter()
        .fold(routes, |routes, act| {
            let sure = move |state: State<AppState>, viewer: Viewer, name: PathName| {
                change::sure(state, viewer, name, act)
            };
            routes.route(&path(act), get(sure))
        })
}

fn path(act: Act) -> String {
    format!("/friends/{{name}}/{}", act.name())
}
