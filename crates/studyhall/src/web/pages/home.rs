//! `/`: for members what today is about; for strangers what this is.

use std::future::ready;

use axum::{Router, extract::State, response::Response, routing::get};
use futures_util::TryFutureExt as _;
use maud::{Markup, html};
use twinbase::prelude::*;
use twinbase_web::Page as Items;

use super::todos::row;
use crate::{
    api::AppState,
    domain::{
        Timer, Todo, Topic,
        queries::{Board, BoardEntry, TodoQuery, running_timer, streak_of, study_days, todos, top},
    },
    web::{
        layout::{Page, Place},
        parts::{empty, key, live_panel, number, panel, ticking},
        viewer::{Viewer, Visitor},
    },
};

/// What fits a glance.
const TODAY: u32 = 7;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/", get(show))
}

async fn show(State(state): State<AppState>, visitor: Visitor) -> Response {
    match &visitor {
        Visitor::Member(viewer) => {
            let body = Box::pin(home(&state, viewer)).await;
            Page::new("Today", Place::Home, body)
                .live(TOPICS)
                .of(viewer)
        }
        Visitor::Stranger(_) => {
            let body = landing(&state, &visitor).await;
            Page::new("Study together", Place::Home, body).for_visitor(&visitor)
        }
    }
}

async fn home(state: &AppState, viewer: &Viewer) -> Markup {
    // Together: each waits for a database of its own.
    let (todos, session, points, streak) = tokio::join!(
        todos_panel(state, viewer),
        session_panel(state, viewer),
        points_panel(viewer),
        streak_panel(state, viewer),
    );
    html! {
        div.columns {
            (todos)
            div { (session) (points) (streak) }
        }
    }
}

async fn todos_panel(state: &AppState, viewer: &Viewer) -> Markup {
    let query = TodoQuery {
        owner: viewer.id().clone(),
        completed: Some(false),
        search: None,
        after: None,
        limit: TODAY,
    };
    let freshness = viewer.freshness();
    let open = async {
        let open = todos(state.twin(), query, &freshness).await;
        open.map(|answer| answer.map(Items::from))
    };
    let of = [Topic::Todos];
    live_panel("todos", "To do", &of, &viewer.about, open, |open| {
        to_do(state, viewer, &open)
    })
    .await
}

async fn session_panel(state: &AppState, viewer: &Viewer) -> Markup {
    let timer = running_timer(state.twin(), viewer.id()).map_ok(Answer::from_primary);
    let of = [Topic::Session];
    live_panel("session", "Session", &of, &viewer.about, timer, |timer| {
        session(timer.as_ref(), viewer)
    })
    .await
}

async fn points_panel(viewer: &Viewer) -> Markup {
    let points = Answer::from_primary(viewer.user.total_points);
    let points = ready(Ok::<_, ReadError>(points));
    let of = [Topic::Points];
    live_panel("points", "Points", &of, &viewer.about, points, |points| {
        html! {
            p.big { (number(points.into())) }
            p { a href="/points" { "Why is my number what it is?" } }
        }
    })
    .await
}

async fn streak_panel(state: &AppState, viewer: &Viewer) -> Markup {
    let freshness = viewer.freshness();
    let days = study_days(state.twin(), viewer.id(), None, &freshness);
    let streak =
        days.map_ok(|days| days.map(|days| streak_of(&viewer.user, &days, viewer.about.now)));
    let of = [Topic::Session, Topic::Report, Topic::Todos];
    live_panel("streak", "Streak", &of, &viewer.about, streak, |streak| {
        html! {
            p.big { (streak.days) @if streak.days == 1 { " day" } @else { " days" } }
            p { "This week " (streak.this_week) " of " (streak.weekly_aim) ". Freezes left: " (streak.freezes_left) "." }
            p { a href="/reports" { "Reports" } }
        }
    })
    .await
}

/// What the page shows that can change.
const TOPICS: &[Topic] = &[Topic::Todos, Topic::Session, Topic::Points, Topic::Report];

/// What is studied now, or the way to begin.
fn session(timer: Option<&Timer>, viewer: &Viewer) -> Markup {
    html! {
        @match timer {
            Some(timer) => {
                p { bdi { (timer.subject) } ", for " (ticking(timer.started_at, viewer.about.now)) }
                p { a.button href="/sessions" { "See it" } }
            }
            None => p { a.button.primary href="/sessions" { "Start a session" } },
        }
    }
}

fn to_do(state: &AppState, viewer: &Viewer, open: &Items<Todo>) -> Markup {
    html! {
        @if open.items.is_empty() { (empty("Nothing to do. Write down what you want to study first.", None)) }
        ul.rows { @for todo in &open.items { (row(todo, viewer.about.now, &viewer.zone())) } }
        @if open.next_cursor.is_some() { p { a href="/todos" { "All todos" } } }
        form.add method="post" action="/todos" {
            (key(state.twin()))
            input name="title" aria-label="What is to be done?" placeholder="What is to be done?" autocomplete="off";
            button { "Add" }
        }
    }
}

async fn landing(state: &AppState, visitor: &Visitor) -> Markup {
    let (board, freshness) = (Board::all_time(), visitor.freshness());
    let board = top(state.twin(), &board, &freshness);
    html! {
        p.lead { "Write down what you study, tick what is done, and see how the others get on." }
        p.buttons { a.button.primary href="/signup" { "Sign up" } a.button href="/login" { "Sign in" } }
        (panel("board", "Most points", visitor.about(), board, |board| best(&board)).await)
        p { a href="/status" { "How the service is doing" } }
    }
}

fn best(board: &[BoardEntry]) -> Markup {
    html! {
        @if board.is_empty() { (empty("Nobody has points yet. Be the first.", Some(("/signup", "Sign up")))) }
        @else {
            ol.board {
                @for entry in board {
                    li { bdi { (entry.username) } " " span.count { (number(entry.total_points.into())) } }
                }
            }
        }
    }
}
