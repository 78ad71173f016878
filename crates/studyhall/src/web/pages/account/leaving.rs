//! Leaving for good.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use maud::html;
use serde_json::Value;
use twinbase_web::{Client, PageForm, Problem};

use super::{fault, why};
use crate::{
    api::{AppState, Leave, clear_cookie, leave},
    web::{
        done::{Done, Said},
        layout::{Page, Place},
        parts::Fields,
        viewer::Viewer,
    },
};

pub(super) async fn ask(viewer: Viewer) -> Response {
    delete_page(&viewer, &Fields::default())
}

fn delete_page(viewer: &Viewer, fields: &Fields) -> Response {
    let body = html! {
        p { "Everything that is yours goes for good: your profile, your todos, your points. Nobody can bring it back." }
        p { "You may want to " a href="/account/export" { "download it" } " first." }
        form.stack method="post" action="/account/delete" {
            (fields.summary())
            (fields.line("password", "Password", "So that nobody does this for you.", "password", "current-password"))
            p.buttons { a.button href="/account" { "Cancel" } button.danger { "Delete my account" } }
        }
    };
    Page::new("Delete your account?", Place::Account, body).of(viewer)
}

pub(super) async fn delete(
    State(state): State<AppState>,
    viewer: Viewer,
    client: Client,
    form: PageForm<Leave>,
) -> Result<Response, Problem> {
    let refused = |faults| {
        let page = delete_page(&viewer, &Fields::refused(Value::Null, faults));
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    };
    let password = match form.value {
        Ok(form) => form.password,
        Err(faults) => return Ok(refused(faults)),
    };
    match leave(&state, &viewer.caller(), client, &password).await {
        Ok(()) => {
            let done = Done::to("/").with_cookie(clear_cookie(&state));
            Ok(done.saying(Said::Gone).into_response())
        }
        Err(problem) if problem.kind().status.is_client_error() => {
            Ok(refused(vec![fault("/password", why(&problem))]))
        }
        Err(problem) => Err(problem),
    }
}
