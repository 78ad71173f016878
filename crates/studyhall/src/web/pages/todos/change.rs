//! Changing one todo. Each change goes back to the list, which shows it.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use maud::html;
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{Nullable, PageForm, PathId, Problem, Reply, body};

use super::list;
use crate::{
    api::AppState,
    domain::{
        Calendar, Description, Error, Title, Todo, TodoChange, WallTime,
        commands::{add_todos, change_todo, delete_todo},
    },
    web::{
        done::{Done, Said},
        layout::{Page, Place},
        parts::{Fields, hidden, reason, summary},
        viewer::{Viewer, came_from},
    },
};

/// A todo as the pages' forms have it.
pub(super) struct TodoForm {
    title: Title,
    description: Nullable<Description>,
    due_at: Nullable<WallTime>,
}

body!(TodoForm {
    title: "Chapter 3",
    description: null,
    due_at: "2030-01-31T09:00"
});

impl TodoForm {
    /// When it is due; `None` when the form does not say.
    fn due_at(&self, viewer: &Viewer) -> Nullable<Timestamp> {
        let calendar = Calendar::of(&viewer.user);
        self.due_at.map(|due| due.map(|due| due.instant(&calendar)))
    }
}

pub(super) async fn add(
    State(state): State<AppState>,
    viewer: Viewer,
    headers: HeaderMap,
    form: PageForm<TodoForm>,
) -> Result<Response, Problem> {
    let todo = match form.value {
        Ok(todo) => todo,
        Err(faults) => {
            let fields = Fields::refused(form.sent, faults);
            let page = list::page(&state, viewer, false, None, &fields).await;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let (id, now) = (state.twin().new_id(), state.now());
    let due_at = todo.due_at(&viewer).flatten();
    let description = todo.description.flatten();
    let new = &[Todo {
        due_at,
        ..Todo::new(id, viewer.id().clone(), todo.title, description, now)
    }];
    let (owner, claim) = (
        viewer.id(),
        form.key.claim(viewer.id(), "POST todos page", &form.sent),
    );
    let run = |tx: Tx| async move {
        add_todos(&tx, owner, new).await?;
        Reply::ok(&json!({}), &tx.token().await)
    };
    let reply = match state.idempotency().write(claim, run).await {
        Ok(reply) => reply,
        Err(problem) if problem.kind().status.is_client_error() => {
            let fields = Fields::because(form.sent, reason(&problem));
            let page = list::page(&state, viewer, false, None, &fields).await;
            return Ok((problem.kind().status, page).into_response());
        }
        Err(problem) => return Err(problem),
    };
    Ok(Done::to(back(&headers, &state))
        .seeing_reply(&viewer, &reply)
        .into_response())
}

pub(super) async fn complete(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
    headers: HeaderMap,
) -> Result<Done, Problem> {
    let points = flip(&state, &viewer, &id, true).await?;
    let done = Done::to(back(&headers, &state)).seeing(&viewer, &points.1);
    let undo = format!("/todos/{id}/reopen");
    Ok(if points.0 > 0 {
        done.saying_with_undo(Said::Completed, &undo)
    } else {
        done
    })
}

pub(super) async fn reopen(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
    headers: HeaderMap,
) -> Result<Done, Problem> {
    let points = flip(&state, &viewer, &id, false).await?;
    let done = Done::to(back(&headers, &state)).seeing(&viewer, &points.1);
    Ok(if points.0 < 0 {
        done.saying(Said::Reopened)
    } else {
        done
    })
}

/// Where the reader sees the list: today's on the first page, when that was it, else all.
fn back(headers: &HeaderMap, state: &AppState) -> &'static str {
    match came_from(headers, state).as_deref() {
        Some("/") => "/",
        _ => "/todos",
    }
}

/// Completes a todo or takes that back; answers the points that its owner got, and what is to be seen.
async fn flip(
    state: &AppState,
    viewer: &Viewer,
    id: &AggregateId,
    done: bool,
) -> Result<(i32, Token), Problem> {
    let change = &TodoChange {
        completed: Some(done),
        ..TodoChange::default()
    };
    let (owner, any) = (viewer.id(), &Expected::Any);
    let run = |tx| async move { change_todo(&tx, owner, id, change, any).await };
    let ((todo, points), mut token) = state.twin().write(run).await?;
    token.merge(todo.token());
    Ok((points, token))
}

pub(super) async fn edit(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let todo = own(&state, &viewer, &id).await?;
    let due = todo.due_at.map(|at| at.to_zoned(viewer.zone()));
    let due = due.map(|at| at.strftime("%Y-%m-%dT%H:%M").to_string());
    let values = json!({
        "title": &*todo.title, "description": todo.description.as_deref(), "dueAt": due,
    });
    Ok(form(&viewer, &todo, &Fields::with(values)))
}

pub(super) async fn save(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
    sent: PageForm<TodoForm>,
) -> Result<Response, Problem> {
    let todo = match sent.value {
        Ok(todo) => todo,
        Err(faults) => {
            let todo = own(&state, &viewer, &id).await?;
            let page = form(&viewer, &todo, &Fields::refused(sent.sent, faults));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let change = &TodoChange {
        due_at: todo.due_at(&viewer),
        title: Some(todo.title),
        description: Some(todo.description.flatten()),
        ..TodoChange::default()
    };
    let (owner, id, expected) = (viewer.id(), &id, &sent.expected);
    let run = |tx| async move { change_todo(&tx, owner, id, change, expected).await };
    match state.twin().write(run).await {
        Ok(((todo, _), mut token)) => {
            token.merge(todo.token());
            Ok(Done::to("/todos")
                .seeing(&viewer, &token)
                .saying(Said::Saved)
                .into_response())
        }
        // Nothing that was typed is lost: it is shown beside what there is now.
        Err(Error::Primary(PrimaryError::VersionConflict { .. })) => {
            let todo = own(&state, &viewer, id).await?;
            let page = newer(&viewer, &todo, &Fields::with(sent.sent));
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn form(viewer: &Viewer, todo: &Versioned<Todo>, fields: &Fields) -> Response {
    let title = if fields.is_refused() {
        "Error: edit todo"
    } else {
        "Edit todo"
    };
    Page::new(title, Place::Todos, fields_of(todo, fields)).of(viewer)
}

fn newer(viewer: &Viewer, todo: &Versioned<Todo>, fields: &Fields) -> Response {
    let body = html! {
        div.errors role="alert" {
            p { "This was changed elsewhere. Here is the newer version; your text is below." }
            blockquote { p { bdi { (todo.title) } } @if let Some(more) = &todo.description { p { bdi { (more) } } } }
        }
        (fields_of(todo, fields))
    };
    Page::new("Edit todo", Place::Todos, body).of(viewer)
}

pub(super) fn due(fields: &Fields) -> maud::Markup {
    let hint = "On your own clock. Leave it empty for no date.";
    fields.line("dueAt", "Due", hint, "datetime-local", "off")
}

fn fields_of(todo: &Versioned<Todo>, fields: &Fields) -> maud::Markup {
    html! {
        (summary(fields))
        form.stack method="post" action={ "/todos/" (todo.id) } {
            (hidden("version", &todo.version.to_string()))
            (fields.line("title", "What is to be done?", "Up to 200 characters.", "text", "off"))
            (fields.lines("description", "More about it", "", 4))
            (due(fields))
            p.buttons { button.primary { "Save" } a href="/todos" { "Cancel" } }
        }
    }
}

pub(super) async fn ask_delete(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let todo = own(&state, &viewer, &id).await?;
    let body = html! {
        p { "This todo goes for good: " strong { bdi { (todo.title) } } }
        @if todo.completed { p { "The point that you earned with it is taken back." } }
        form.buttons method="post" action={ "/todos/" (id) "/delete" } {
            a.button href="/todos" { "Cancel" }
            button.danger { "Delete" }
        }
    };
    Ok(Page::new("Delete todo?", Place::Todos, body).of(&viewer))
}

pub(super) async fn delete(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Done, Problem> {
    let (owner, id, any) = (viewer.id(), &id, &Expected::Any);
    let run = |tx| async move { delete_todo(&tx, owner, id, any).await };
    let (_, token) = state.twin().write(run).await?;
    Ok(Done::to("/todos")
        .seeing(&viewer, &token)
        .saying(Said::Deleted))
}

/// The viewer's todo, exact: it is about to be changed.
async fn own(
    state: &AppState,
    viewer: &Viewer,
    id: &AggregateId,
) -> Result<Versioned<Todo>, Error> {
    let todo = state.twin().get::<Todo>(id).await?;
    let todo = todo.filter(|todo| todo.user_id == *viewer.id());
    todo.ok_or(Error::NotFound { what: "todo" })
}
