//! Starting, stopping, adding, discarding and deleting. Each goes back to the page, which shows it.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use maud::html;
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{PageForm, PathId, Problem, Reply};

use super::list::{Refused, refused};
use crate::{
    api::{AppState, Discard, EndOfTimer, NewTimer},
    domain::{
        Calendar, Error, StudySession,
        commands::{
            NewSession, add_session, delete_session, discard_timer, start_timer, stop_timer,
        },
        queries::running_timer,
    },
    web::{
        done::{Done, Said, deletion},
        layout::{Page, Place},
        parts::{Fields, as_of, date, empty, hidden, length, reason},
        viewer::Viewer,
    },
};

const PATH: &str = "/sessions";

/// Which form of the page was sent.
#[derive(Clone, Copy)]
enum Sent {
    Timer,
    ByHand,
}

impl Sent {
    fn refused(self, fields: Fields, why: Option<String>) -> Refused {
        let (timer, by_hand) = match self {
            Self::Timer => (fields, Fields::default()),
            Self::ByHand => (Fields::default(), fields),
        };
        Refused {
            timer,
            by_hand,
            why,
        }
    }
}

pub(super) async fn start(
    State(state): State<AppState>,
    viewer: Viewer,
    form: PageForm<NewTimer>,
) -> Result<Response, Problem> {
    let new = match form.value {
        Ok(new) => new,
        Err(faults) => {
            let fields = Fields::refused(form.sent, faults);
            return Ok(unprocessable(&state, &viewer, Sent::Timer, fields).await);
        }
    };
    let claim = form
        .key
        .claim(viewer.id(), "POST sessions page start", &form.sent);
    let (owner, subject, goal) = (viewer.id(), &new.subject, new.goal_minutes.flatten());
    let run = |tx: Tx| async move {
        let timer = start_timer(&tx, owner, subject, goal).await?;
        Reply::ok(&timer, &tx.token().await)
    };
    let reply = state.idempotency().write(claim, run).await;
    answer(&state, &viewer, Sent::Timer, &form.sent, reply).await
}

pub(super) async fn stop(
    State(state): State<AppState>,
    viewer: Viewer,
    form: PageForm<EndOfTimer>,
) -> Result<Response, Problem> {
    let end = match form.value {
        Ok(end) => end,
        Err(faults) => {
            let fields = Fields::refused(form.sent, faults);
            return Ok(unprocessable(&state, &viewer, Sent::Timer, fields).await);
        }
    };
    let claim = form
        .key
        .claim(viewer.id(), "POST sessions page stop", &form.sent);
    let (owner, id) = (viewer.id(), &state.twin().new_id());
    let (started_at, ended_at) = (end.started_at.flatten(), end.ended_at.flatten());
    let run = |tx: Tx| async move {
        let session = stop_timer(&tx, owner, id, started_at, ended_at).await?;
        Reply::of(&session, &tx.token().await)
    };
    let reply = state.idempotency().write(claim, run).await;
    answer(&state, &viewer, Sent::Timer, &form.sent, reply).await
}

pub(super) async fn add(
    State(state): State<AppState>,
    viewer: Viewer,
    form: PageForm<NewSession>,
) -> Result<Response, Problem> {
    let new = match form.value {
        Ok(new) => new,
        Err(faults) => {
            let fields = Fields::refused(form.sent, faults);
            return Ok(unprocessable(&state, &viewer, Sent::ByHand, fields).await);
        }
    };
    let claim = form
        .key
        .claim(viewer.id(), "POST sessions page", &form.sent);
    let (owner, id, new) = (viewer.id(), &state.twin().new_id(), &new);
    let run = |tx: Tx| async move {
        let session = add_session(&tx, owner, id, new).await?;
        Reply::of(&session, &tx.token().await)
    };
    let reply = state.idempotency().write(claim, run).await;
    answer(&state, &viewer, Sent::ByHand, &form.sent, reply).await
}

async fn unprocessable(state: &AppState, viewer: &Viewer, sent: Sent, fields: Fields) -> Response {
    let why = sent.refused(fields, None);
    refused(state, viewer, StatusCode::UNPROCESSABLE_ENTITY, &why).await
}

/// Back to the page; or the page with what is in the way, and everything that was typed.
async fn answer(
    state: &AppState,
    viewer: &Viewer,
    sent: Sent,
    fields: &serde_json::Value,
    reply: Result<Reply, Problem>,
) -> Result<Response, Problem> {
    match reply {
        Ok(reply) => {
            let done = Done::to(PATH).seeing_reply(viewer, &reply);
            Ok(done.saying(Said::Saved).into_response())
        }
        // Another tab or device was faster.
        Err(problem) if problem.kind().status == StatusCode::NOT_FOUND => {
            let why = Some("No session is running. It may have been stopped elsewhere.".to_owned());
            let why = sent.refused(Fields::default(), why);
            Ok(refused(state, viewer, StatusCode::CONFLICT, &why).await)
        }
        Err(problem) if problem.kind().status.is_client_error() => {
            let why = sent.refused(Fields::with(fields.clone()), Some(reason(&problem)));
            Ok(refused(state, viewer, problem.kind().status, &why).await)
        }
        Err(problem) => Err(problem),
    }
}

pub(super) async fn ask_discard(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Response, Problem> {
    let body = match running_timer(state.twin(), viewer.id()).await? {
        Some(running) => {
            let length_so_far = viewer.about.now.duration_since(running.started_at);
            html! {
                p {
                    "This session is ended, and nothing of it is kept: " strong { bdi { (running.subject) } } ", for "
                    (length(length_so_far.as_mins().max(0))) ", since "
                    time datetime=(running.started_at) { (Calendar::of(&viewer.user).shown(running.started_at)) } "."
                }
                (as_of(&viewer))
                form.buttons method="post" action="/sessions/discard" {
                    (hidden("startedAt", &running.started_at.to_string()))
                    a.button href=(PATH) { "Cancel" }
                    button.danger { "Discard" }
                }
            }
        }
        None => empty("No session is running.", Some((PATH, "Sessions"))),
    };
    Ok(Page::new("Discard session?", Place::Sessions, body).of(&viewer))
}

pub(super) async fn discard(
    State(state): State<AppState>,
    viewer: Viewer,
    form: PageForm<Discard>,
) -> Result<Response, Problem> {
    let started_at = form.value.map_err(Problem::invalid_fields)?.started_at;
    let owner = viewer.id();
    let run = |tx: Tx| async move { discard_timer(&tx, owner, started_at.flatten()).await };
    match state.twin().write(run).await {
        // Another tab was faster.
        Ok(_) | Err(Error::NotFound { .. }) => {
            Ok(Done::to(PATH).saying(Said::Deleted).into_response())
        }
        Err(error @ Error::Against { .. }) => {
            let why = Some(error.to_string());
            let why = Sent::Timer.refused(Fields::default(), why);
            Ok(refused(&state, &viewer, StatusCode::CONFLICT, &why).await)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn ask_delete(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let session = state.twin().get::<StudySession>(&id).await;
    let session = session.map_err(Error::from)?;
    let session = session.filter(|session| session.user_id == *viewer.id());
    let session = session.ok_or(Error::NotFound { what: "session" })?;
    let body = html! {
        p {
            "This session goes for good: " strong { bdi { (session.subject) } } ", "
            (date(session.local_date)) ", " (length(session.minutes.into())) "."
        }
        form.buttons method="post" action={ "/sessions/" (id) "/delete" } {
            a.button href=(PATH) { "Cancel" }
            button.danger { "Delete" }
        }
    };
    Ok(Page::new("Delete session?", Place::Sessions, body).of(&viewer))
}

pub(super) async fn delete(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Done, Problem> {
    let claim = deletion(&viewer, "POST sessions page delete", &id);
    let (owner, id, any) = (viewer.id(), &id, &Expected::Any);
    let run = |tx: Tx| async move {
        delete_session(&tx, owner, id, any).await?;
        Reply::ok(&json!({}), &tx.token().await)
    };
    let reply: Result<Reply, Problem> = state.idempotency().write(claim, run).await;
    let done = Done::to(PATH).seeing_reply(&viewer, &reply?);
    Ok(done.saying(Said::Deleted))
}
