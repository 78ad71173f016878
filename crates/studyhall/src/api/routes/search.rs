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
            FOUND_OF_EACH, FOUND_OF_ONE, Found, FoundMessage, FoundPerson, Search, search_forms,
            search_messages, search_people, search_todos,
        },
    },
};

pub(super) fn routes() -> Routes<AppState> {
    let found = schema::like(
        &json!({ "people": [], "todos": [], "messages": [], "forms": [], "isPlain": false }),
    );
    let search = Op::get(
        "People, your todos and messages, and forms, five of each at most, or 50 of one kind; `isPlain` says that nothing here knows \
         words, so that titles and messages were searched for the text as it is",
        found,
    );
    let text = "Words, of which the last may be the beginning of one; of a person, how the name begins. Without it nothing is found.";
    let kinds =
        json!({ "type": "string", "enum": Kind::ALL.map(|(_, name)| name), "example": "todos" });
    let search = search.query("q", &SearchText::schema(), text);
    let search = search.query("in", &kinds, "Of this kind alone.");
    Routes::new().on("/search", search, read)
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    People,
    Todos,
    Messages,
    Forms,
}

impl Kind {
    pub(crate) const ALL: [(Self, &str); 4] = [
        (Self::People, "people"),
        (Self::Todos, "todos"),
        (Self::Messages, "messages"),
        (Self::Forms, "forms"),
    ];

    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let found = Self::ALL.into_iter().find(|(_, name)| *name == text);
        let found = found.map(|(kind, _)| kind);
        found.ok_or("must be people, todos, messages or forms")
    }
}

/// How much is looked for of everything, or of this kind.
pub(crate) const fn most(of: Option<Kind>) -> u64 {
    match of {
        None => FOUND_OF_EACH,
        Some(_) => FOUND_OF_ONE,
    }
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct All {
    people: Vec<FoundPerson>,
    todos: Vec<Todo>,
    messages: Vec<FoundMessage>,
    forms: Vec<Form>,
    is_plain: bool,
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
    let kind = params.take("in", Kind::parse)?;
    params.finish()?;
    let mut all = Answer::from_primary(All::default());
    let Some(text) = text else {
        return Ok(answered(all));
    };
    let limit = most(kind);
    let (twin, me, search, freshness) =
        (state.twin(), &user.id, &Search { text, limit }, &freshness);
    let wants = |of| kind.is_none_or(|kind| kind == of);
    // Of several answers, as old as the last of them.
    if wants(Kind::People) {
        let people = search_people(twin, me, search, freshness).await?;
        all = people.map(|people| All {
            people,
            ..all.value
        });
    }
    if wants(Kind::Todos) {
        let todos = search_todos(twin, me, search, freshness).await?;
        all = todos.map(|Found { items, is_plain }| All {
            todos: items,
            is_plain: all.value.is_plain || is_plain,
            ..all.value
        });
    }
    if wants(Kind::Messages) {
        let messages = search_messages(twin, me, search, freshness).await?;
        all = messages.map(|Found { items, is_plain }| All {
            messages: items,
            is_plain: all.value.is_plain || is_plain,
            ..all.value
        });
    }
    if wants(Kind::Forms) {
        let forms = search_forms(twin, me, search, freshness).await?;
        all = forms.map(|Found { items, is_plain }| All {
            forms: items,
            is_plain: all.value.is_plain || is_plain,
            ..all.value
        });
    }
    Ok(answered(all))
}
