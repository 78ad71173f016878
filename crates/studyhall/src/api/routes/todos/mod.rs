//! A user's own todos.

mod list;

use axum::{extract::State, response::Response};
use serde::Serialize;
use serde_json::{Value, json};
use twinbase::prelude::*;
use twinbase_web::{
    Body, IdempotencyKey, IfMatch, IfNoneMatch, Many, Nullable, Part, PathId, Problem, ReadRequest,
    Reply, answered_one, body,
    openapi::{Op, Routes, schema},
};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        Description, Error, SearchText, Title, Todo, TodoChange,
        commands::{add_todos, change_todo, delete_todo},
        queries::one_todo,
    },
};

pub(super) fn routes() -> Routes<AppState> {
    let todo = || {
        let fields = json!({ "title": "Chapter 3", "description": "Pages 40 to 72" });
        schema::shown_as(schema::one::<Todo>(), &fields)
    };
    let many = schema::items(&todo());
    let completed = schema::with(&todo(), &json!({ "pointsAwarded": 1 }));
    let deleted = schema::like(&json!({ "success": true }));
    let (all, one, done) = ("/todos", "/todos/{id}", "/todos/{id}/complete");
    Routes::new()
        .on(all, all_of_them(&todo()), list::list)
        .on(
            all,
            Op::create("Writes a todo down", todo()).writes(),
            create,
        )
        .on(
            "/todos/bulk",
            Op::create("Writes many todos down, all or none", many).writes(),
            create_many,
        )
        .on(one, Op::get("One todo, with its version", todo()), read)
        .on(
            one,
            Op::patch("Changes a todo, completes it or takes that back", todo()).writes(),
            update,
        )
        .on(
            one,
            Op::delete(
                "Deletes a todo; the point for a completed one is taken back",
                deleted,
            )
            .writes(),
            delete,
        )
        .on(
            done,
            Op::post("Completes a todo; its owner gets a point, once", completed).writes(),
            complete,
        )
}

fn all_of_them(todo: &Value) -> Op {
    let search = "Only those with this text in the title, in any case of letters; blanks alone are no search.";
    Op::get("Your todos, newest first", schema::page(todo))
        .query(
            "completed",
            &bool::schema(),
            "Only done ones, or only open ones.",
        )
        .query("search", &SearchText::schema(), search)
        .paged(list::MOST_ITEMS)
}

/// A todo as its author sends it. One that is done already earns its point.
pub(super) struct TodoDraft {
    title: Title,
    description: Nullable<Description>,
    completed: Option<bool>,
    due_at: Nullable<Timestamp>,
}

body!(TodoDraft {
    title: "Chapter 3",
    description: "Pages 40 to 72",
    completed: false,
    due_at: "2030-01-31T09:00:00Z"
});
body!(TodoChange {
    title: "Chapter 4",
    description: null,
    completed: true,
    due_at: "2030-02-07T09:00:00Z",
    ..
});

struct Drafts {
    todos: Many<TodoDraft, 100>,
}

body!(Drafts { todos: [{ "title": "Chapter 3" }, { "title": "Chapter 4", "completed": true }] });

impl TodoDraft {
    pub(super) fn into_todo(self, state: &AppState, owner: &AggregateId) -> Todo {
        let (completed, now) = (self.completed.unwrap_or(false), state.now());
        let (id, description) = (state.twin().new_id(), self.description.flatten());
        Todo {
            completed,
            completed_at: completed.then_some(now),
            due_at: self.due_at.flatten(),
            ..Todo::new(id, owner.clone(), self.title, description, now)
        }
    }
}

async fn create(
    State(state): State<AppState>,
    user: CurrentUser,
    key: IdempotencyKey,
    body: Body<TodoDraft>,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /todos", &body.sent);
    let (owner, new) = (&user.id, &[body.value.into_todo(&state, &user.id)]);
    let run = |tx: Tx| async move {
        let mut todos = add_todos(&tx, owner, new).await?;
        let todo = todos.pop().ok_or(Error::NotFound { what: "todo" })?;
        let location = format!("/api/v1/todos/{}", todo.id);
        Ok(Reply::of(&todo, &tx.token().await)?.created(Some(location)))
    };
    state.idempotency().write(claim, run).await
}

async fn create_many(
    State(state): State<AppState>,
    user: CurrentUser,
    key: IdempotencyKey,
    body: Body<Drafts>,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /todos/bulk", &body.sent);
    let drafts = body.value.todos.0.into_iter();
    let new: Vec<_> = drafts
        .map(|draft| draft.into_todo(&state, &user.id))
        .collect();
    let (owner, new) = (&user.id, &new);
    let run = |tx: Tx| async move {
        let todos = add_todos(&tx, owner, new).await?;
        let items: Vec<&Todo> = todos.iter().map(|todo| &todo.value).collect();
        Ok(Reply::ok(&json!({ "items": items }), &tx.token().await)?.created(None))
    };
    state.idempotency().write(claim, run).await
}

async fn read(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    have: IfNoneMatch,
    request: ReadRequest,
) -> Result<Response, Problem> {
    request.params.finish()?;
    let answer = one_todo(state.twin(), &user.id, &id, &request.freshness).await?;
    Ok(answered_one(answer, &have))
}

async fn update(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
    Body { value: change, .. }: Body<TodoChange>,
) -> Result<Reply, Problem> {
    let (owner, id, change, expected) = (&user.id, &id, &change, &expected);
    let run = |tx| async move { change_todo(&tx, owner, id, change, expected).await };
    let ((todo, _), mut token) = state.twin().write(run).await?;
    // Where nothing was to be written, what is answered is to be seen all the same.
    token.merge(todo.token());
    Reply::of(&todo, &token)
}

/// The todo, and what completing it earned: nothing when it was done already.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Completed<'a> {
    #[serde(flatten)]
    todo: &'a Todo,
    points_awarded: i32,
}

async fn complete(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
    key: IdempotencyKey,
) -> Result<Reply, Problem> {
    let claim = key.claim(&user.id, "POST /todos/{id}/complete", &json!(id.as_str()));
    let completed = Some(true);
    let change = &TodoChange {
        completed,
        ..TodoChange::default()
    };
    let (owner, id, expected) = (&user.id, &id, &expected);
    let run = |tx: Tx| async move {
        let (todo, points_awarded) = change_todo(&tx, owner, id, change, expected).await?;
        let mut token = tx.token().await;
        token.merge(todo.token());
        let completed = Completed {
            todo: &todo,
            points_awarded,
        };
        Ok(Reply::ok(&completed, &token)?.with_version(todo.version))
    };
    state.idempotency().write(claim, run).await
}

/// Answers `{"success": true}` as the seed does.
async fn delete(
    State(state): State<AppState>,
    user: CurrentUser,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
) -> Result<Reply, Problem> {
    let (owner, id, expected) = (&user.id, &id, &expected);
    let run = |tx| async move { delete_todo(&tx, owner, id, expected).await };
    let (_, token) = state.twin().write(run).await?;
    Reply::ok(&json!({ "success": true }), &token)
}
