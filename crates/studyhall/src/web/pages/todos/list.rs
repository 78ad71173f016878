//! The list: open todos first, those that are done by a link.

use axum::{extract::State, http::Uri, response::Response};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use twinbase::prelude::*;
use twinbase_web::{Page as Items, Problem, cursor};

use super::change::due;
use crate::{
    api::AppState,
    domain::{
        Todo, Topic,
        queries::{TodoQuery, todos},
    },
    web::{
        layout::{Page, Place},
        parts::{Fields, empty, key, live_panel, summary, when},
        viewer::{Viewer, params},
    },
};

/// So many at once: a page stays light.
const PAGE: u32 = 50;
const TOPICS: &[Topic] = &[Topic::Todos];

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut params = params(&uri)?;
    let done = params.take("show", |text| match text {
        "open" => Ok(false),
        "done" => Ok(true),
        _ => Err("must be open or done"),
    })?;
    let after = params.take("cursor", cursor::read)?;
    params.finish()?;
    Ok(page(
        &state,
        viewer,
        done.unwrap_or(false),
        after,
        &Fields::default(),
    )
    .await)
}

/// The page, with the form to add as it was sent when it was refused.
pub(super) async fn page(
    state: &AppState,
    viewer: Viewer,
    done: bool,
    after: Option<Cursor>,
    form: &Fields,
) -> Response {
    let query = TodoQuery {
        owner: viewer.id().clone(),
        completed: Some(done),
        search: None,
        after,
        limit: PAGE,
    };
    let freshness = viewer.freshness();
    let found = async {
        let found = todos(state.twin(), query, &freshness).await;
        found.map(|answer| answer.map(Items::from))
    };
    let title = if done { "Done" } else { "To do" };
    let (now, zone) = (viewer.about.now, viewer.zone());
    let body = html! {
        (add(state, form))
        (filters(done))
        (live_panel("todos", title, TOPICS, &viewer.about, found, |found| list(&found, done, now, &zone)).await)
    };
    Page::new("Todos", Place::Todos, body)
        .live(TOPICS)
        .of(&viewer)
}

fn add(state: &AppState, form: &Fields) -> Markup {
    html! {
        (summary(form))
        form.add method="post" action="/todos" hx-post="/todos" {
            (key(state.twin()))
            (form.line("title", "What is to be done?", "", "text", "off"))
            button.primary { "Add" }
            a href="/todos/bulk" { "Add several" }
            details open[!form.value("dueAt").is_empty() || !form.value("description").is_empty()] {
                summary { "More" }
                (form.lines("description", "More about it", "", 3))
                (due(form))
            }
        }
    }
}

fn filters(done: bool) -> Markup {
    let link = |path: &str, name: &str, here: bool| {
        html! { a href=(path) aria-current=[here.then_some("true")] { (name) } }
    };
    html! {
        p.filters { (link("/todos", "Open", !done)) (link("/todos?show=done", "Done", done)) }
    }
}

fn list(found: &Items<Todo>, done: bool, now: Timestamp, zone: &TimeZone) -> Markup {
    html! {
        @if found.items.is_empty() {
            @if done { (empty("Nothing is done yet. Tick a todo when it is.", None)) }
            @else { (empty("Nothing to do. Add your first todo above.", None)) }
        }
        ul.rows { @for todo in &found.items { (row(todo, now, zone)) } }
        @if let Some(cursor) = &found.next_cursor {
            @let show = if done { "done" } else { "open" };
            p.pager { a href={ "/todos?show=" (show) "&cursor=" (cursor) } { "Older" } }
        }
    }
}

/// One todo: its tick, its words, and what can be done with it.
pub(in crate::web) fn row(todo: &Todo, now: Timestamp, zone: &TimeZone) -> Markup {
    let (verb, label) = if todo.completed {
        ("reopen", "Take back")
    } else {
        ("complete", "Complete")
    };
    let path = format!("/todos/{}/{verb}", todo.id);
    html! {
        li id={ "todo-" (todo.id) } {
            form method="post" action=(path) hx-post=(path) {
                button.check aria-label={ (label) ": " (todo.title) } { @if todo.completed { "✓" } @else { "○" } }
            }
            div.text {
                bdi { (todo.title) }
                @if let Some(more) = &todo.description { p.quiet { bdi { (more) } } }
                p.quiet {
                    @if let Some(at) = todo.completed_at { "Done " (when(at, now, zone)) }
                    @else if let Some(due) = todo.due_at { "Due " (when(due, now, zone)) }
                    @else { "Added " (when(todo.created_at, now, zone)) }
                }
            }
            div.actions {
                a href={ "/todos/" (todo.id) "/edit" } { "Edit" }
                a href={ "/todos/" (todo.id) "/delete" } { "Delete" }
            }
        }
    }
}
