//! What forms do: verbs on events, pauses.

use axum::{extract::State, response::Response};
use twinbase::{
    operate::{Verb, parse_scope},
    prelude::*,
};
use twinbase_web::{Nullable, PageForm, Problem, body, params::time};

use super::{
    Console,
    confirm::{Which, verb},
};
use crate::{Operator, failure::not_done, query::status};

/// A verb on events, as its page asked for it.
pub(super) struct Act {
    verb: String,
    as_of: Nullable<String>,
    error_key: Nullable<String>,
    id: Nullable<String>,
    of: Nullable<String>,
    status: Nullable<String>,
    reason: Nullable<String>,
}

body!(Act {
    verb: "retry",
    as_of: null,
    error_key: "rejected-121",
    id: null,
    of: null,
    status: null,
    reason: null
});

/// What to pause, or to resume.
pub(super) struct Pause {
    scope: String,
    reason: Nullable<String>,
}

body!(Pause {
    scope: "everything",
    reason: "The replica is being moved."
});

/// What the form says, or the problem with it.
fn said<T>(form: PageForm<T>) -> Result<T, Problem> {
    form.value.map_err(Problem::invalid_fields)
}

fn text(field: Nullable<String>) -> Option<String> {
    field.flatten().filter(|text| !text.is_empty())
}

pub(super) async fn act(
    State(console): State<Console>,
    operator: Operator,
    form: PageForm<Act>,
) -> Result<Response, Problem> {
    let act = said(form)?;
    let invalid = |name: &str| {
        let at = format!("/{name}");
        move |reason: &'static str| Problem::field(at, reason)
    };
    let mut verb = verb(&act.verb).map_err(invalid("verb"))?;
    if let Verb::Discard { reason } = &mut verb {
        *reason = text(act.reason).unwrap_or_default().into();
    }
    let as_of = text(act.as_of).map(|at| time(&at)).transpose();
    let status = text(act.status).map(|name| status(&name)).transpose();
    let which = Which {
        error_key: text(act.error_key),
        id: text(act.id),
        of: text(act.of),
        status: status.map_err(invalid("status"))?,
        as_of: as_of.map_err(invalid("asOf"))?,
    };
    let filter = which.filter(&console.twin).await?;
    let outbox = console.twin.outbox().by(&operator.name);
    let begun = outbox.start(verb, &filter, None).await.map_err(not_done)?;
    Ok(console.see(&format!("/log/{}", begun.id)))
}

pub(super) async fn pause(
    State(console): State<Console>,
    operator: Operator,
    form: PageForm<Pause>,
) -> Result<Response, Problem> {
    let Pause { scope, reason } = said(form)?;
    let scope = scope_of(&scope)?;
    let reason = text(reason).unwrap_or_default();
    let outbox = console.twin.outbox().by(&operator.name);
    outbox.pause(&scope, &reason).await.map_err(not_done)?;
    Ok(console.see(""))
}

pub(super) async fn resume(
    State(console): State<Console>,
    operator: Operator,
    form: PageForm<Pause>,
) -> Result<Response, Problem> {
    let scope = scope_of(&said(form)?.scope)?;
    let outbox = console.twin.outbox().by(&operator.name);
    // One that another operator ended is ended as well.
    outbox.resume(&scope).await.map_err(not_done)?;
    Ok(console.see(""))
}

fn scope_of(text: &str) -> Result<PauseScope, Problem> {
    let scope = parse_scope(text);
    scope.ok_or_else(|| Problem::field("/scope", "must be `everything` or `collection:NAME`"))
}
