//! The page: the timer, the sessions of each day, and the form to enter one by hand.

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use futures_util::TryFutureExt as _;
use jiff::civil::Date;
use maud::{Markup, html};
use twinbase::prelude::*;
use twinbase_web::{Page as Items, Problem, cursor};

use super::timer::timer;
use crate::{
    api::AppState,
    domain::{
        Calendar, StudySession, Topic,
        queries::{running_timer, sessions},
    },
    web::{
        layout::{Page, Place},
        parts::{Fields, amount, date, empty, key, length, live_panel, refusal, time_of_day},
        viewer::{Viewer, params},
    },
};

const PAGE: u32 = 50;
const TOPICS: &[Topic] = &[Topic::Session];

/// What a form of this page was refused for.
#[derive(Debug, Default)]
pub(super) struct Refused {
    /// The form that starts or stops a session.
    pub(super) timer: Fields,
    /// The form that adds one.
    pub(super) by_hand: Fields,
    /// A sentence about what is in the way.
    pub(super) why: Option<String>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut params = params(&uri)?;
    let after = params.take("cursor", cursor::read)?;
    params.finish()?;
    Ok(page(&state, &viewer, after, &Refused::default()).await)
}

/// The page again, with a form as it was sent and what was wrong with it.
pub(super) async fn refused(
    state: &AppState,
    viewer: &Viewer,
    status: StatusCode,
    refused: &Refused,
) -> Response {
    (status, page(state, viewer, None, refused).await).into_response()
}

async fn page(
    state: &AppState,
    viewer: &Viewer,
    after: Option<Cursor>,
    refused: &Refused,
) -> Response {
    let (twin, about) = (state.twin(), &viewer.about);
    let running = running_timer(twin, viewer.id()).map_ok(Answer::from_primary);
    let freshness = viewer.freshness();
    let found = async {
        let found = sessions(twin, viewer.id().clone(), after, PAGE, &freshness).await;
        found.map(|answer| answer.map(Items::from))
    };
    let (running, found) = tokio::join!(
        live_panel("timer", "Now", TOPICS, about, running, |running| timer(
            state,
            about,
            running.as_ref(),
            &refused.timer
        )),
        live_panel("sessions", "Sessions", TOPICS, about, found, |found| list(
            &found, viewer
        )),
    );
    let body = html! {
        (refusal(refused.why.as_deref()))
        (running)
        (found)
        (by_hand(state, &refused.by_hand))
    };
    let title =
        if refused.why.is_some() || refused.timer.is_refused() || refused.by_hand.is_refused() {
            "Error: sessions"
        } else {
            "Sessions"
        };
    Page::new(title, Place::Sessions, body)
        .live(TOPICS)
        .of(viewer)
}

fn list(found: &Items<StudySession>, viewer: &Viewer) -> Markup {
    let calendar = Calendar::of(&viewer.user);
    let days = found.items.chunk_by(|a, b| a.local_date == b.local_date);
    html! {
        @if found.items.is_empty() { (empty("No sessions yet. Start your first one above.", None)) }
        @for day in days {
            @if let Some(first) = day.first() { h3 { (heading(first.local_date, day)) } }
            ul.rows { @for session in day { (row(session, &calendar)) } }
        }
        @if let Some(cursor) = &found.next_cursor {
            p.pager { a href={ "/sessions?cursor=" (cursor) } { "Older" } }
        }
    }
}

fn heading(day: Date, sessions: &[StudySession]) -> Markup {
    let minutes = sessions.iter().map(|session| i64::from(session.minutes));
    html! { time datetime=(day) { (date(day)) } " · " (amount(minutes.sum())) }
}

fn row(session: &StudySession, calendar: &Calendar) -> Markup {
    let at = |at: Timestamp| {
        html! { time datetime=(at) title=(calendar.shown(at)) { (time_of_day(at, calendar.zone())) } }
    };
    html! {
        li id={ "session-" (session.id) } {
            div.text {
                bdi { (session.subject) }
                p.quiet {
                    (at(session.started_at)) "–" (at(session.ended_at)) " · " (length(session.minutes.into()))
                    @if !session.timed { " " span.badge { "By hand, not counted" } }
                    @else if session.counted_minutes < session.minutes { " " span.badge { (length(session.counted_minutes.into())) " counted" } }
                }
            }
            div.actions { a href={ "/sessions/" (session.id) "/delete" } { "Delete" } }
        }
    }
}

fn by_hand(state: &AppState, form: &Fields) -> Markup {
    html! {
        details open[form.is_refused()] {
            summary { "Add a session by hand" }
            (form.summary())
            form.stack method="post" action="/sessions" hx-post="/sessions" {
                (key(state.twin()))
                p.quiet { "It is marked, and its minutes do not count; nor does the day for the streak, unless you report it." }
                (form.line("subject", "What did you study?", "", "text", "off"))
                (form.line("startedAt", "From", "On your own clock.", "datetime-local", "off"))
                (form.line("endedAt", "To", "", "datetime-local", "off"))
                button.primary { "Add" }
            }
        }
    }
}
