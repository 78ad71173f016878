//! `GET /search`: people, one's own todos and messages, and forms.

use axum::{extract::State, response::Response};
use serde::Serialize;
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{
    Part as _, Problem, ReadRequest, answered,
    openapi::{Op, Routes, schema},
};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        Form, SearchText, Todo,
        queries::{
            FoundMessage, FoundPerson, search_forms, search_messages, search_people, search_todos,
        },
    },
};

pub(super) fn routes() -> Routes<AppState> {
    let found = schema::like(&json!({ "people": [], "todos": [], "messages": [], "forms": [] }));
    let search = Op::get(
        "People, your todos and messages, and forms, five of each at most",
        found,
    );
    let text = "Words, of which the last may be the beginning of one; of a person, how the name begins. Without it nothing is found.";
    Routes::new().on(
        "/search",
        search.query("q", &SearchText::schema(), text),
        read,
    )
}

#[derive(Default, Serialize)]
struct Found {
    people: Vec<FoundPerson>,
    todos: Vec<Todo>,
    messages: Vec<FoundMessage>,
    forms: Vec<Form>,
}

async fn read(
    State(state): State<AppState>,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    let ReadRequest {
        mut params,
        freshness,
    } = request;
    let text = params.take("q", SearchText::parse)?;
    params.finish()?;
    let Some(text) = text else {
        return Ok(answered(Answer::from_primary(Found::default())));
    };
    let (twin, me, text, freshness) = (state.twin(), &user.id, &text, &freshness);
    let people = search_people(twin, me, text, freshness).await?;
    let todos = search_todos(twin, me, text, freshness).await?;
    let messages = search_messages(twin, me, text, freshness).await?;
    let forms = search_forms(twin, me, text, freshness).await?;
    // Of four answers, as old as the last of them.
    Ok(answered(forms.map(|forms| Found {
        people: people.value,
        todos: todos.value,
        messages: messages.value,
        forms,
    })))
}
