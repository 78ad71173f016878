//! `/account`: profile, look, password, devices, one's own data, and leaving.

mod devices;
mod leaving;
mod look;
mod password;
mod profile;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use futures_util::TryFutureExt as _;
use maud::html;
use twinbase::prelude::*;
use twinbase_web::{Fault, Problem};

use crate::{
    api::AppState,
    domain::open_sessions,
    web::{
        layout::{Page, Place},
        parts::{Fields, panel},
        viewer::Viewer,
    },
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/account", get(show))
        .route("/account/profile", post(profile::save))
        .route("/account/look", post(look::save))
        .route("/account/password", post(password::save))
        .route("/account/devices", post(devices::end_others))
        .route("/account/devices/{session}", post(devices::end_one))
        .route(
            "/account/export",
            get(|_: Viewer| async { Redirect::to("/api/v1/account/export") }),
        )
        .route("/account/delete", get(leaving::ask).post(leaving::delete))
}

/// Which of the page's forms was refused, and with what.
#[derive(Debug, Default)]
struct Refused {
    profile: Option<Fields>,
    password: Option<Fields>,
}

async fn show(State(state): State<AppState>, viewer: Viewer) -> Response {
    page(&state, &viewer, &Refused::default()).await
}

/// The page with a form that was refused.
async fn refuse(state: &AppState, viewer: &Viewer, refused: &Refused) -> Response {
    let page = page(state, viewer, refused).await;
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

async fn page(state: &AppState, viewer: &Viewer, refused: &Refused) -> Response {
    let sessions = open_sessions(state.twin(), viewer.id(), &viewer.session, viewer.about.now);
    let sessions = sessions.map_ok(Answer::from_primary);
    let is_refused = refused.profile.is_some() || refused.password.is_some();
    let body = html! {
        (profile::form(viewer, refused.profile.as_ref()))
        section.panel {
            h2 { "Day" }
            p { a href="/account/day" { "Time zone, beginning of the day, weekly aim and days off" } }
        }
        (look::form(viewer))
        (password::form(refused.password.as_ref()))
        (panel("devices", "Where you are signed in", &viewer.about, sessions, |all| devices::list(&all, viewer)).await)
        section.panel {
            h2 { "Your data" }
            p { a href="/account/export" { "Download all that is yours" } " as one JSON file." }
            p { a href="/account/delete" { "Delete my account" } }
        }
    };
    let title = if is_refused {
        "Error: account"
    } else {
        "Account"
    };
    Page::new(title, Place::Account, body).of(viewer)
}

fn fault(pointer: &str, detail: &str) -> Fault {
    Fault {
        pointer: Some(pointer.to_owned()),
        parameter: None,
        detail: detail.to_owned(),
    }
}

/// Why a password was not taken.
fn why(problem: &Problem) -> &'static str {
    match problem.kind().status {
        StatusCode::TOO_MANY_REQUESTS => "was tried too often; try again in a minute",
        _ => "is not right",
    }
}
