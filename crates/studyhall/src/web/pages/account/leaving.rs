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
    domain::queries::belongings,
    web::{
        done::{Done, Said},
        layout::{Page, Place},
        parts::{BACKUPS, Fields, as_of, counted, summary},
        viewer::Viewer,
    },
};

pub(super) async fn ask(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Response, Problem> {
    delete_page(&state, &viewer, &Fields::default()).await
}

async fn delete_page(
    state: &AppState,
    viewer: &Viewer,
    fields: &Fields,
) -> Result<Response, Problem> {
    let all = belongings(state.twin(), viewer.id()).await?;
    let body = html! {
        p { "Everything that is yours goes for good:" }
        ul.plain {
            li { "your profile, and " (counted(viewer.user.total_points.into(), "point", "points")) " with their list" }
            li { (counted(all.todos, "todo", "todos")) }
            li { (counted(all.sessions, "session", "sessions")) " and " (counted(all.reports, "report", "reports")) }
            li { (counted(all.friends, "friendship", "friendships")) ", and " (counted(all.messages, "message", "messages")) " of both sides" }
            li { (counted(all.forms, "form", "forms")) " with " (counted(all.answers_to_forms, "answer", "answers")) " of everybody" }
            li { (counted(all.answers, "answer", "answers")) " of yours to forms of others; anonymous ones stay" }
        }
        p { (BACKUPS) }
        (as_of(viewer))
        p { "You may want to " a href="/account/export" { "download it" } " first." }
        form.stack method="post" action="/account/delete" {
            (summary(fields))
            (fields.line("password", "Password", "So that nobody does this for you.", "password", "current-password"))
            p.buttons { a.button href="/account" { "Cancel" } button.danger { "Delete my account" } }
        }
    };
    Ok(Page::new("Delete your account?", Place::Account, body).of(viewer))
}

pub(super) async fn delete(
    State(state): State<AppState>,
    viewer: Viewer,
    client: Client,
    form: PageForm<Leave>,
) -> Result<Response, Problem> {
    let refused = async |faults| {
        let page = delete_page(&state, &viewer, &Fields::refused(Value::Null, faults)).await?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let password = match form.value {
        Ok(form) => form.password,
        Err(faults) => return refused(faults).await,
    };
    match leave(&state, &viewer.caller(), client, &password).await {
        Ok(()) => {
            let done = Done::to("/").with_cookie(clear_cookie(&state));
            Ok(done.saying(Said::Gone).into_response())
        }
        Err(problem) if problem.kind().status.is_client_error() => {
            refused(vec![fault("/password", why(&problem))]).await
        }
        Err(problem) => Err(problem),
    }
}
