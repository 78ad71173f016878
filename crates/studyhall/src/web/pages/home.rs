//! `/`: for members what today is about; for strangers what this is.

use std::future::ready;

use axum::{Router, extract::State, response::Response, routing::get};
use futures_util::{FutureExt as _, TryFutureExt as _};
use maud::{Markup, html};
use twinbase::prelude::*;

use super::todos::row;
use crate::{
    api::AppState,
    domain::{
        Calendar, Timer, Todo, Topic, ZoneName,
        queries::{
            Board, BoardEntry, Range, is_beginner, rank, running_timer, streak_of, study_days,
            todos_by_due, top,
        },
        week_of,
    },
    web::{
        layout::{Page, Place},
        parts::{counted, empty, key, live_panel, number, panel, streak as shown_streak, ticking},
        viewer::{Viewer, Visitor},
    },
};

/// What fits a glance.
const TODAY: usize = 7;

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
    let (start, todos, session, points, rank, streak) = tokio::join!(
        first_steps(state, viewer),
        todos_panel(state, viewer),
        session_panel(state, viewer),
        points_panel(viewer),
        rank_panel(state, viewer),
        streak_panel(state, viewer),
    );
    html! {
        (start)
        div.columns {
            (todos)
            div { (session) (points) (rank) (streak) }
        }
    }
}

async fn todos_panel(state: &AppState, viewer: &Viewer) -> Markup {
    let (freshness, now) = (viewer.freshness(), viewer.about.now);
    let calendar = Calendar::of(&viewer.user);
    let tomorrow = calendar.date(now).tomorrow().ok();
    let ends = tomorrow.and_then(|date| calendar.begins(date));
    // One more than is shown says that there are more.
    let open = todos_by_due(
        state.twin(),
        viewer.id(),
        ends.unwrap_or(now),
        TODAY + 1,
        &freshness,
    );
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

async fn rank_panel(state: &AppState, viewer: &Viewer) -> Markup {
    let (user, now, freshness) = (&viewer.user, viewer.about.now, viewer.freshness());
    let board = Board {
        range: Range::Week(now),
        ..Board::all_time()
    };
    let rank = rank(state.twin(), &board, viewer.id(), &freshness);
    let rank = rank.map(|rank| {
        let unknown = |_| Answer::from_primary("Rank unknown".to_owned());
        let known = rank.map(|rank| rank.map(|rank| rank_in_words(rank, user.show_profile)));
        Ok::<_, ReadError>(known.unwrap_or_else(unknown))
    });
    let of_week = if user.week == week_of(now) {
        user.week_points
    } else {
        0
    };
    let of = [Topic::Points, Topic::Board, Topic::Week];
    live_panel("rank", "This week", &of, &viewer.about, rank, |rank| {
        html! {
            p.big { (rank) }
            p { (counted(of_week.into(), "point", "points")) " this week. " a href="/leaderboard" { "Board" } }
        }
    })
    .await
}

fn rank_in_words(rank: Option<u64>, is_shown: bool) -> String {
    match rank {
        Some(rank) => format!("Rank {}", number(i64::try_from(rank).unwrap_or(i64::MAX))),
        None if is_shown => "No rank yet".to_owned(),
        None => "You are not on the board".to_owned(),
    }
}

/// The first steps, for whoever has taken none.
async fn first_steps(state: &AppState, viewer: &Viewer) -> Markup {
    let user = &viewer.user;
    let may_be = user.total_points == 0 && user.total_minutes == 0 && viewer.about.wants("start");
    let is_new = may_be
        && is_beginner(state.twin(), viewer.id())
            .await
            .unwrap_or(false);
    html! {
        @if is_new {
            section.panel id="start" aria-labelledby="start-title" {
                header { h2 id="start-title" { "Start here" } }
                ol.plain {
                    li { a href="/todos" { "Write down your first todo" } }
                    li { a href="/sessions" { "Start a session" } }
                    li { a href="/friends" { "Find a friend" } }
                    @if user.time_zone == ZoneName::default() {
                        li { a href="/account/day" { "Set your time zone" } ": your day ends at midnight UTC now" }
                    }
                }
            }
        }
    }
}

async fn streak_panel(state: &AppState, viewer: &Viewer) -> Markup {
    let freshness = viewer.freshness();
    let days = study_days(state.twin(), viewer.id(), None, &freshness);
    let streak =
        days.map_ok(|days| days.map(|days| streak_of(&viewer.user, &days, viewer.about.now)));
    let of = [Topic::Session, Topic::Report, Topic::Todos];
    live_panel("streak", "Streak", &of, &viewer.about, streak, |streak| {
        html! {
            (shown_streak(&streak))
            p { a href="/reports" { "Reports" } }
        }
    })
    .await
}

/// What the page shows that can change.
const TOPICS: &[Topic] = &[
    Topic::Todos,
    Topic::Session,
    Topic::Points,
    Topic::Report,
    Topic::Board,
    Topic::Week,
];

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

fn to_do(state: &AppState, viewer: &Viewer, open: &[Todo]) -> Markup {
    html! {
        @if open.is_empty() { (empty("Nothing to do. Write down what you want to study first.", None)) }
        ul.rows { @for todo in open.iter().take(TODAY) { (row(todo, viewer.about.now, &viewer.zone())) } }
        @if open.len() > TODAY { p { a href="/todos" { "All todos" } } }
        form.add method="post" action="/todos" {
            (key(state.twin()))
            input name="title" aria-label="What is to be done?" placeholder="What is to be done?" autocomplete="off";
            button { "Add" }
        }
    }
}

async fn landing(state: &AppState, visitor: &Visitor) -> Markup {
    // Of all time: a stranger on a Monday sees that people study here.
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
                    li value=(entry.rank) { bdi { (entry.username) } " " span.count { (number(entry.total_points.into())) } }
                }
            }
        }
    }
}
