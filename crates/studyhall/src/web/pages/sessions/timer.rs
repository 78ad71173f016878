//! The session that runs, or the form that starts one. The server gives when it began; a script only draws.

use maud::{Markup, html};
use twinbase::prelude::*;

use crate::{
    api::AppState,
    domain::{LONGEST_UNASKED, Timer},
    web::{
        parts::{Fields, hidden, key, ticking},
        viewer::About,
    },
};

/// Lengths that are offered, in minutes; none is open.
const GOALS: [(&str, &str); 3] = [("", "Open"), ("25", "25 min"), ("50", "50 min")];

/// The timer of a page as of now; `form` is what was sent to start or stop it when that was refused.
pub(super) fn timer(
    state: &AppState,
    about: &About,
    running: Option<&Timer>,
    form: &Fields,
) -> Markup {
    match running {
        Some(running) => runs(state, running, about.now, form),
        None => start(state, form),
    }
}

/// The form by hand has fields of the same names.
const BESIDE: &str = "timer-";

fn runs(state: &AppState, timer: &Timer, now: Timestamp, form: &Fields) -> Markup {
    let seconds = now.duration_since(timer.started_at).as_secs().max(0);
    let is_forgotten = now.duration_since(timer.started_at) > LONGEST_UNASKED;
    // Another one was to be started: what was typed for it stays.
    let wanted = !form.value("subject").is_empty();
    let to_start = form;
    let form = form.within(BESIDE);
    let goal = timer.goal_minutes.map(|goal| i64::from(goal.get()) * 60);
    html! {
        p { bdi { (timer.subject) } }
        p.timer { (ticking(timer.started_at, now)) }
        @if let Some(goal) = goal {
            progress aria-label="Part of the goal" max=(goal) value=(seconds.min(goal)) data-started=(timer.started_at) data-now=(now) {}
            p.quiet { "Goal: " (goal / 60) " min" }
        }
        @if !wanted { (form.summary()) }
        form.add method="post" action="/sessions/stop" hx-post="/sessions/stop" {
            (key(state.twin()))
            (hidden("startedAt", &timer.started_at.to_string()))
            @if is_forgotten {
                (form.line("endedAt", "When did it end?", "It has run for more than four hours.", "datetime-local", "off"))
            }
            button.primary { "Stop" }
            a href="/sessions/discard" { "Discard" }
        }
        @if wanted { (start(state, to_start)) }
    }
}

fn start(state: &AppState, form: &Fields) -> Markup {
    let form = form.within(BESIDE);
    html! {
        (form.summary())
        form.add method="post" action="/sessions/start" hx-post="/sessions/start" {
            (key(state.twin()))
            (form.line("subject", "What will you study?", "", "text", "off"))
            (form.choice("goalMinutes", "Goal", "", &GOALS))
            button.primary { "Start" }
        }
    }
}
