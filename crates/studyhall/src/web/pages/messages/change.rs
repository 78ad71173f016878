//! Writing, reading up to a message, and deleting an own one.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use maud::html;
use serde_json::json;
use std::num::NonZeroU32;
use twinbase::prelude::*;
use twinbase_web::{PageForm, Path, Problem, Reply, body};

use super::thread::{self, Unsent};
use crate::{
    api::{AppState, PathName},
    domain::{
        Error, Message, MessageText, TypedName,
        commands::{delete_message, mark_read, send_message},
        queries::Part,
    },
    web::{
        done::{Done, Said, deletion},
        layout::{Page, Place},
        parts::{Fields, reason},
        viewer::Viewer,
    },
};

pub(super) struct Draft {
    text: MessageText,
}

body!(Draft { text: "Chapter 3?" });

pub(super) async fn send(
    State(state): State<AppState>,
    viewer: Viewer,
    PathName(name): PathName,
    form: PageForm<Draft>,
) -> Result<Response, Problem> {
    let draft = match form.value {
        Ok(draft) => draft,
        Err(faults) => {
            let unsent = Unsent {
                fields: Fields::refused(form.sent, faults),
                why: None,
            };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(again(&state, &viewer, &name, unsent, status).await);
        }
    };
    let sent = json!({ "name": &*name, "form": form.sent });
    let claim = form.key.claim(viewer.id(), "POST messages page", &sent);
    let (me, name, text, id) = (viewer.id(), &name, &draft.text, &state.twin().new_id());
    let run = |tx: Tx| async move {
        send_message(&tx, me, name, id, text).await?;
        Reply::ok(&json!({}), &tx.token().await)
    };
    match state.idempotency().write(claim, run).await {
        Ok(reply) => {
            let done = Done::to(format!("/messages/{name}")).seeing_reply(&viewer, &reply);
            Ok(done.into_response())
        }
        // What was typed is never lost: it is there to be sent again, or copied.
        Err(problem) if problem.kind().status.is_client_error() => {
            let unsent = Unsent {
                fields: Fields::with(form.sent),
                why: Some(reason(&problem)),
            };
            Ok(again(&state, &viewer, name, unsent, problem.kind().status).await)
        }
        Err(problem) => Err(problem),
    }
}

/// The thread with what was not sent; the text alone for whoever cannot read the thread any more.
async fn again(
    state: &AppState,
    viewer: &Viewer,
    name: &TypedName,
    unsent: Unsent,
    status: StatusCode,
) -> Response {
    let problem = match thread::page(state, viewer, name, Part::Newest, &unsent).await {
        Ok(page) => return (status, page).into_response(),
        Err(problem) => problem,
    };
    let unsent = Unsent {
        why: Some(reason(&problem)),
        ..unsent
    };
    let body = html! {
        (unsent.to_copy())
        p.buttons { a href="/messages" { "All threads" } }
    };
    let page = Page::new("Error: not sent", Place::Messages, body).of(viewer);
    (problem.kind().status, page).into_response()
}

pub(super) struct Mark {
    position: NonZeroU32,
}

body!(Mark { position: 7 });

pub(super) async fn read(
    State(state): State<AppState>,
    viewer: Viewer,
    PathName(name): PathName,
    form: PageForm<Mark>,
) -> Result<Done, Problem> {
    let mark = form.value.map_err(Problem::invalid_fields)?;
    let position = i32::try_from(mark.position.get()).unwrap_or(i32::MAX);
    let (me, name) = (viewer.id(), &name);
    let run = |tx: Tx| async move { mark_read(&tx, me, name, position).await };
    state.twin().write(run).await?;
    Ok(Done::to(format!("/messages/{name}")))
}

pub(super) async fn ask_delete(
    State(state): State<AppState>,
    viewer: Viewer,
    Path((name, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let message = state.twin().get::<Message>(&id_of(&id)?).await;
    let message = message.map_err(Error::from)?;
    let own = message.filter(|message| message.sender_id == *viewer.id());
    let message = own.ok_or(Error::NotFound { what: "message" })?;
    let body = html! {
        p { "This message goes for good, for both of you:" }
        blockquote { p.words dir="auto" { (message.text) } }
        form.buttons method="post" action={ "/messages/" (name) "/delete/" (id) } {
            a.button href={ "/messages/" (name) } { "Cancel" }
            button.danger { "Delete" }
        }
    };
    Ok(Page::new("Delete message?", Place::Messages, body).of(&viewer))
}

pub(super) async fn delete(
    State(state): State<AppState>,
    viewer: Viewer,
    Path((name, id)): Path<(String, String)>,
) -> Result<Done, Problem> {
    let (me, id) = (viewer.id(), &id_of(&id)?);
    let claim = deletion(&viewer, "POST messages page delete", id);
    let run = |tx: Tx| async move {
        delete_message(&tx, me, id).await?;
        Reply::ok(&json!({}), &tx.token().await)
    };
    let reply: Result<Reply, Problem> = state.idempotency().write(claim, run).await;
    let done = Done::to(format!("/messages/{name}")).seeing_reply(&viewer, &reply?);
    Ok(done.saying(Said::Deleted))
}

fn id_of(text: &str) -> Result<AggregateId, Error> {
    AggregateId::new(text).map_err(|_| Error::NotFound { what: "message" })
}
