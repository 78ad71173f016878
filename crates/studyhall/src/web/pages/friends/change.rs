//! Asking by name, and doing something to somebody.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use maud::html;
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{Fault, PageForm, Problem, Reply, body};

use super::list;
use crate::{
    api::{AppState, PathName},
    domain::{
        Error, TypedName,
        commands::{self, Act},
        queries::{are_friends, visible, visible_without_blocks},
    },
    web::{
        done::{Done, Said},
        layout::{Page, Place},
        parts::{Fields, reason},
        viewer::Viewer,
    },
};

pub(super) struct Request {
    username: TypedName,
}

body!(Request { username: "ada" });

/// Asks somebody. The page says the same whether anybody has the name or not.
pub(super) async fn ask(
    State(state): State<AppState>,
    viewer: Viewer,
    form: PageForm<Request>,
) -> Result<Response, Problem> {
    let faults = match form.value {
        Ok(request) => {
            let claim = form.key.claim(viewer.id(), "POST friends page", &form.sent);
            let (me, name) = (viewer.id(), &request.username);
            let run = |tx: Tx| async move {
                commands::ask(&tx, me, name).await?;
                Reply::ok(&json!({}), &Token::default())
            };
            match state.idempotency().write(claim, run).await {
                Ok(_) => return Ok(Done::to("/friends").saying(Said::Asked).into_response()),
                Err(problem) if problem.kind().status == StatusCode::CONFLICT => vec![Fault {
                    pointer: Some("/username".to_owned()),
                    parameter: None,
                    detail: format!(
                        "cannot be asked. {}",
                        problem.detail().trim_end_matches('.')
                    ),
                }],
                Err(problem) if problem.kind().status.is_client_error() => {
                    let fields = Fields::because(form.sent, reason(&problem));
                    let page = list::page(&state, &viewer, &fields).await;
                    return Ok((problem.kind().status, page).into_response());
                }
                Err(problem) => return Err(problem),
            }
        }
        Err(faults) => faults,
    };
    let page = list::page(&state, &viewer, &Fields::refused(form.sent, faults)).await;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

pub(super) async fn run(
    State(state): State<AppState>,
    viewer: Viewer,
    PathName(name): PathName,
    act: Act,
) -> Result<Done, Problem> {
    let (me, name) = (viewer.id(), &name);
    let run = |tx: Tx| async move { act.run(&tx, me, name).await };
    let (_, token) = state.twin().write(run).await?;
    let done = Done::to("/friends").seeing(&viewer, &token);
    Ok(match act {
        Act::Accept => done.saying(Said::Befriended),
        Act::Decline => done.saying(Said::Declined),
        Act::Withdraw => done.saying(Said::Withdrawn),
        Act::Remove => done.saying(Said::Unfriended),
        Act::Block => done.saying(Said::Blocked),
        Act::Unblock => done.saying(Said::Unblocked),
        Act::Hide => done.saying_with_undo(Said::Hidden, &format!("/friends/{name}/unhide")),
        Act::Unhide => done.saying(Said::Shown),
    })
}

/// Asks whether that is meant: what it ends does not come back.
pub(super) async fn sure(
    State(state): State<AppState>,
    viewer: Viewer,
    PathName(name): PathName,
    act: Act,
) -> Result<Response, Problem> {
    let (twin, me) = (state.twin(), viewer.id());
    let other = if act == Act::Block {
        visible_without_blocks(twin, me, &name).await?.0
    } else {
        let other = visible(twin, me, &name).await?;
        let is_friend = are_friends(twin, me, &other.id).await?;
        let other = is_friend.then_some(other);
        other.ok_or(Error::NotFound { what: "friend" })?
    };
    let name = &other.username;
    let (title, verb) = if act == Act::Block {
        ("Block this person?", "Block")
    } else {
        ("Remove this friend?", "Remove")
    };
    let body = html! {
        p { strong { bdi { (name) } } }
        @if act == Act::Block {
            ul.plain {
                li { "Neither of you sees the other: not on boards, not in lists, not in search." }
                li { "Friendship and requests between you end. Taking the block back does not bring them back." }
                li { "Messages between you are hidden and count as read." }
                li { "They are not told." }
            }
        } @else {
            p { "You can no longer write to each other. What was written stays readable for both." }
        }
        form.buttons method="post" action={ "/friends/" (name) "/" (act.name()) } {
            a.button href="/friends" { "Cancel" }
            button.danger { (verb) }
        }
    };
    Ok(Page::new(title, Place::Friends, body).of(&viewer))
}
