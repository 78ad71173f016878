//! `GET /search`: people, one's own todos and messages, and forms.

use axum::{
    extract::{OriginalUri, State},
    http::header,
    response::{AppendHeaders, IntoResponse as _, Response},
};
use serde::Serialize;
use serde_json::json;
use twinbase::prelude::*;
use twinbase_web::{
    Part as _, Problem, ReadRequest, answered, cursor, next_link,
    openapi::{Op, Routes, schema},
};

use crate::{
    api::{AppState, session::CurrentUser},
    domain::{
        Form, SearchText, Todo,
        queries::{
            Extent, Found, FoundMessage, FoundPerson, Search, search_forms, search_messages,
            search_people, search_todos,
        },
    },
};

pub(super) fn routes() -> Routes<AppState> {
    let found = schema::like(
        &json!({ "people": [], "todos": [], "messages": [], "forms": [], "isPlain": false, "nextCursor": null }),
    );
    let search = Op::get(
        "People, your todos and messages, and forms: the best five of each, or all of one kind, the newest first (people by points), 50 \
         on a page; `isPlain` says that no index knows these words (such as \"the who\") or any, so that titles and messages were searched for the text as it is",
        found,
    );
    let text = "Words, of which the last may be the beginning of one; of a person, how the name begins. Without it, or with blanks alone, nothing is found.";
    let kinds =
        json!({ "type": "string", "enum": Kind::ALL.map(|(_, name)| name), "example": "todos" });
    let search = search.query("q", &SearchText::schema(), text);
    let search = search.query("in", &kinds, "Of this kind alone.");
    let cursor = json!({ "type": "string" });
    let search = search.query(
        "cursor",
        &cursor,
        "The `nextCursor` of the page before, of one kind.",
    );
    let search = search.headed("Link", "The next page, as `rel=\"next\"`.");
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

    pub(crate) fn name(self) -> &'static str {
        let found = Self::ALL.into_iter().find(|(kind, _)| *kind == self);
        found.map_or("", |(_, name)| name)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let found = Self::ALL.into_iter().find(|(_, name)| *name == text);
        let found = found.map(|(kind, _)| kind);
        found.ok_or("must be people, todos, messages or forms")
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
    next_cursor: Option<String>,
}

async fn read(
    State(state): State<AppState>,
    OriginalUri(uri): OriginalUri,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    let ReadRequest {
        mut params,
        freshness,
    } = request;
    let text = params.take("q", SearchText::wanted)?.flatten();
    let kind = params.take("in", Kind::parse)?;
    let after = params.take("cursor", cursor::read)?;
    params.finish()?;
    if after.is_some() && kind.is_none() {
        return Err(Problem::invalid_parameter("cursor", "goes with in"));
    }
    let mut all = Answer::from_primary(All::default());
    let Some(text) = text else {
        return Ok(answered(all));
    };
    let extent = match kind {
        None => Extent::Best,
        Some(_) => Extent::Page(after),
    };
    let (twin, me, search, freshness) =
        (state.twin(), &user.id, &Search { text, extent }, &freshness);
    let wants = |of| kind.is_none_or(|kind| kind == of);
    // Of several answers, as old as the last of them.
    if wants(Kind::People) {
        let people = search_people(twin, me, search, freshness).await?;
        all = people.map(|found| {
            let (all, people) = all.value.with(found);
            All { people, ..all }
        });
    }
    if wants(Kind::Todos) {
        let todos = search_todos(twin, me, search, freshness).await?;
        all = todos.map(|found| {
            let (all, todos) = all.value.with(found);
            All { todos, ..all }
        });
    }
    if wants(Kind::Messages) {
        let messages = search_messages(twin, me, search, freshness).await?;
        all = messages.map(|found| {
            let (all, messages) = all.value.with(found);
            All { messages, ..all }
        });
    }
    if wants(Kind::Forms) {
        let forms = search_forms(twin, me, search, freshness).await?;
        all = forms.map(|found| {
            let (all, forms) = all.value.with(found);
            All { forms, ..all }
        });
    }
    if kind.is_none() {
        all.value.next_cursor = None;
    }
    let next = all.value.next_cursor.as_deref();
    let link = next.and_then(|next| next_link(next, &uri));
    let link = link.map(|link| (header::LINK, link));
    Ok((AppendHeaders(link), answered(all)).into_response())
}

impl All {
    /// What was found besides, and where it goes on.
    fn with<T>(self, found: Found<T>) -> (Self, Vec<T>) {
        let Found {
            items,
            next,
            is_plain,
        } = found;
        let all = Self {
            is_plain: self.is_plain || is_plain,
            next_cursor: next.as_ref().and_then(cursor::write),
            ..self
        };
        (all, items)
    }
}
