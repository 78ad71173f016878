//! What forms do: verbs on events, pauses.

use axum::{extract::State, response::Response};
use twinbase::{
    operate::{Verb, parse_scope},
    prelude::*,
};
use twinbase_web::{Nullable, PageForm, Problem, body, params::time};

use super::{
    Console,
    confirm::{self, Which, verb},
    draft::Draft,
    overview,
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

fn text(field: Nullable<String>) -> Option<String> {
    field.flatten().filter(|text| !text.is_empty())
}

pub(super) async fn act(
    State(console): State<Console>,
    operator: Operator,
    form: PageForm<Act>,
) -> Result<Response, Problem> {
    let act = form.value.map_err(Problem::invalid_fields)?;
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
    match outbox.start(verb.clone(), &filter, None).await {
        Ok(begun) => Ok(console.see(&format!("/log/{}", begun.id))),
        Err(error) => {
            let draft = Draft::refused(form.sent, not_done(error));
            confirm::form(&console, &operator, (&verb, &which), &draft).await
        }
    }
}

pub(super) async fn pause(
    State(console): State<Console>,
    operator: Operator,
    form: PageForm<Pause>,
) -> Result<Response, Problem> {
    let paused = match form.value {
        Ok(wish) => pauses(&console, &operator, wish).await,
        Err(faults) => Err(Problem::invalid_fields(faults)),
    };
    match paused {
        Ok(()) => Ok(console.see("")),
        Err(problem) => {
            let draft = Draft::refused(form.sent, problem);
            Ok(overview::page(&console, &operator, &draft).await)
        }
    }
}

async fn pauses(console: &Console, operator: &Operator, wish: Pause) -> Result<(), Problem> {
    let scope = scope_of(&wish.scope)?;
    let reason = text(wish.reason).unwrap_or_default();
    let outbox = console.twin.outbox().by(&operator.name);
    outbox.pause(&scope, &reason).await.map_err(not_done)?;
    Ok(())
}

pub(super) async fn resume(
    State(console): State<Console>,
    operator: Operator,
    form: PageForm<Pause>,
) -> Result<Response, Problem> {
    let wish = form.value.map_err(Problem::invalid_fields)?;
    let scope = scope_of(&wish.scope)?;
    let outbox = console.twin.outbox().by(&operator.name);
    // One that another operator ended is ended as well.
    outbox.resume(&scope).await.map_err(not_done)?;
    Ok(console.see(""))
}

fn scope_of(text: &str) -> Result<PauseScope, Problem> {
    let scope = parse_scope(text);
    scope.ok_or_else(|| Problem::field("/scope", "must be `everything` or `collection:NAME`"))
}
