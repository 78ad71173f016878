//! Where one is signed in.

use axum::extract::State;
use maud::{Markup, html};
use twinbase_web::{Path, Problem};

use crate::{
    api::AppState,
    domain::{OpenSession, close_other_sessions, close_session_of},
    web::{
        done::{Done, Said},
        parts::when,
        viewer::Viewer,
    },
};

pub(super) fn list(all: &[OpenSession], viewer: &Viewer) -> Markup {
    html! {
        ul.rows {
            @for session in all {
                li {
                    div.text {
                        @match &session.device { Some(device) => { (device) ", since " }, None => "Since " }
                        (when(session.created_at, viewer.about.now, &viewer.zone()))
                        @if session.is_current { " " span.badge { "This device" } }
                    }
                    @if !session.is_current {
                        form method="post" action=(format!("/account/devices/{}", session.id)) { button { "Sign out" } }
                    }
                }
            }
        }
        @if all.len() > 1 {
            form method="post" action="/account/devices" { button { "Sign out the others" } }
        }
    }
}

/// One that has ended meanwhile is as the reader wants it.
pub(super) async fn end_one(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(session): Path<String>,
) -> Result<Done, Problem> {
    close_session_of(state.twin(), viewer.id(), &session).await?;
    Ok(Done::to("/account").saying(Said::DeviceOut))
}

pub(super) async fn end_others(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Done, Problem> {
    close_other_sessions(state.twin(), viewer.id(), &viewer.session).await?;
    Ok(Done::to("/account").saying(Said::OthersOut))
}
