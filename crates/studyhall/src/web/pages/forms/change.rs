//! Making a form, and deleting it.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use maud::html;
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{PageForm, PathId, Problem, Reply, body};

use super::list;
use crate::{
    api::AppState,
    domain::{
        Error, Form, Title,
        commands::delete_form,
        queries::{answers_to, own_form},
    },
    web::{
        done::{Done, Said},
        layout::{Page, Place},
        parts::{BACKUPS, Fields, as_of, counted, reason},
        viewer::Viewer,
    },
};

/// A form begins with its title; the builder has the rest.
pub(super) struct New {
    title: Title,
}

body!(New {
    title: "Study group"
});

pub(super) async fn add(
    State(state): State<AppState>,
    viewer: Viewer,
    form: PageForm<New>,
) -> Result<Response, Problem> {
    let new = match form.value {
        Ok(new) => new,
        Err(faults) => {
            let fields = Fields::refused(form.sent, faults);
            let page = list::mine(&state, &viewer, &fields).await;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let (id, owner) = (state.twin().new_id(), viewer.id().clone());
    let new = &Form::draft(id, owner, new.title, state.now());
    let claim = form.key.claim(viewer.id(), "POST forms page", &form.sent);
    let run = |tx: Tx| async move {
        let form = tx.insert(new).await.map_err(Error::from)?;
        let builder = format!("/forms/{}/edit", form.id);
        let reply = Reply::ok(&json!({}), &tx.token().await)?;
        Ok::<_, Problem>(reply.created(Some(builder)))
    };
    let reply = match state.idempotency().write(claim, run).await {
        Ok(reply) => reply,
        Err(problem) if problem.kind().status.is_client_error() => {
            let page = list::mine(
                &state,
                &viewer,
                &Fields::because(form.sent, reason(&problem)),
            )
            .await;
            return Ok((problem.kind().status, page).into_response());
        }
        Err(problem) => return Err(problem),
    };
    let to = reply.location().unwrap_or("/forms").to_owned();
    Ok(Done::to(to).seeing_reply(&viewer, &reply).into_response())
}

pub(super) async fn ask_delete(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let form = own_form(state.twin(), viewer.id(), &id).await?;
    let answers = answers_to(state.twin(), &id).await?;
    let body = html! {
        p { "This form goes for good: " strong { bdi { (form.title) } } }
        @if answers > 0 { p { (counted(answers, "answer", "answers")) " to it " @if answers == 1 { "goes" } @else { "go" } " with it." } }
        p { (BACKUPS) }
        (as_of(&viewer))
        form.buttons method="post" action={ "/forms/" (id) "/delete" } {
            a.button href="/forms" { "Cancel" }
            @if form.was_opened() { a.button href={ "/api/v1/forms/" (id) "/results.csv" } { "Keep the answers as a file" } }
            button.danger { "Delete" }
        }
    };
    Ok(Page::new("Delete form?", Place::Forms, body).of(&viewer))
}

pub(super) async fn delete(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Done, Problem> {
    let (owner, id) = (viewer.id(), &id);
    let run = |tx| async move { delete_form(&tx, owner, id, &Expected::Any).await };
    let ((), token) = state.twin().write(run).await?;
    let done = Done::to("/forms").seeing(&viewer, &token);
    Ok(done.saying(Said::Deleted))
}
