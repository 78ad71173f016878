//! Before a verb is done: to how many, with what effect, as of when, and how to undo it.

use axum::{extract::State, response::Response};
use jiff::Timestamp;
use maud::{Markup, html};
use twinbase::{
    operate::{Preview, Task, Verb},
    prelude::*,
};
use twinbase_web::{
    Params, Problem,
    fields::hidden,
    params::{plain, time},
};

use super::{
    Console,
    draft::{Draft, Label},
    parts::{moment, number},
};
use crate::{Operator, failure::not_done, operations, query::status};

/// Longer than any id or key.
const LONGEST: usize = 1_024;

/// Which events a verb is to act on, as links and forms say it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Which {
    pub(super) error_key: Option<String>,
    pub(super) id: Option<String>,
    pub(super) status: Option<EventStatus>,
    /// Those that another operation acted on.
    pub(super) of: Option<String>,
    pub(super) as_of: Option<Timestamp>,
}

impl Which {
    /// The filter. Everything at once has to be meant: the console has no link for it.
    pub(super) async fn filter(&self, twin: &Twinbase) -> Result<EventFilter, Problem> {
        let mut filter = EventFilter::default();
        if let Some(of) = &self.of {
            let before = operations::find(twin, of).await?;
            let Some(Task::Events { filter: acted, .. }) = before.task else {
                return Err(Problem::invalid_parameter(
                    "of",
                    "is no operation on events",
                ));
            };
            // What others did with such events is theirs to take back.
            filter = EventFilter {
                status: None,
                since: Some(before.started_at),
                as_of: before.progress.finished_at,
                ..acted
            };
        }
        if let Some(key) = &self.error_key {
            filter.error_key = Some(key.clone());
        }
        if let Some(id) = &self.id {
            filter.ids = vec![id.clone()];
        }
        if filter == EventFilter::default() {
            return Err(Problem::invalid_parameter(
                "errorKey",
                "or `id` or `of` must say which events",
            ));
        }
        filter.status = self.status;
        filter.as_of = self.as_of.into_iter().chain(filter.as_of).min();
        Ok(filter)
    }
}

/// A verb by its name; the reason of a discard comes with the form.
pub(super) fn verb(name: &str) -> Result<Verb, &'static str> {
    match name {
        "retry" => Ok(Verb::Retry),
        "discard" => Ok(Verb::Discard { reason: "".into() }),
        "restore" => Ok(Verb::Restore),
        _ => Err("must be retry, discard or restore"),
    }
}

pub(super) async fn show(
    State(console): State<Console>,
    operator: Operator,
    mut params: Params,
) -> Result<Response, Problem> {
    let verb = params.take("verb", verb)?;
    let verb = verb.ok_or_else(|| Problem::invalid_parameter("verb", "is missing"))?;
    let which = Which {
        error_key: params.take("errorKey", plain(LONGEST))?,
        id: params.take("id", plain(LONGEST))?,
        status: params.take("status", status)?,
        of: params.take("of", plain(LONGEST))?,
        as_of: params.take("asOf", time)?,
    };
    params.finish()?;
    form(&console, &operator, (&verb, &which), &Draft::default()).await
}

pub(super) async fn form(
    console: &Console,
    operator: &Operator,
    (verb, which): (&Verb, &Which),
    draft: &Draft,
) -> Result<Response, Problem> {
    let filter = which.filter(&console.twin).await?;
    let preview = console.twin.outbox().preview(verb, &filter).await;
    let preview = preview.map_err(not_done)?;
    let (title, effect) = words(verb);
    let body = html! {
        p.lead { (count(&preview)) " as of " (moment(preview.as_of)) " UTC." }
        p { (effect) }
        (draft.summary("give them up", &[REASON]))
        @if preview.count == 0 {
            p { a.button href=(console.path("/failures")) { "Back" } }
        } @else {
            form method="post" action=(console.path("/act")) {
                (hidden("verb", verb.name()))
                (hidden("asOf", &preview.as_of.to_string()))
                @if let Some(key) = &which.error_key { (hidden("errorKey", key)) }
                @if let Some(id) = &which.id { (hidden("id", id)) }
                @if let Some(of) = &which.of { (hidden("of", of)) }
                @if let Some(status) = which.status { (hidden("status", status.name())) }
                @if matches!(verb, Verb::Discard { .. }) { (reason(draft)) }
                p.buttons {
                    a.button href=(console.path("/failures")) { "Cancel" }
                    button.danger { (title) }
                }
            }
        }
    };
    Ok(draft.page(console, operator, (title, "/failures"), &body))
}

pub(super) const REASON: Label = ("reason", "Why");

/// Why somebody does what others will wonder about.
pub(super) fn reason(draft: &Draft) -> Markup {
    let hint = "On one line; kept in the log.";
    draft.line(REASON.0, REASON.1, hint, "text", "off")
}

fn count(preview: &Preview) -> Markup {
    html! {
        (number(preview.count))
        @if preview.is_least { " or more" }
        @if preview.count == 1 { " change" } @else { " changes" }
    }
}

const fn words(verb: &Verb) -> (&'static str, &'static str) {
    match verb {
        Verb::Retry => (
            "Try again",
            "Each is applied from its current row. What fails again shows here again.",
        ),
        Verb::Discard { .. } => (
            "Give up",
            "Their documents stay as they are. You can take it back from the log.",
        ),
        Verb::Restore => (
            "Take back",
            "They wait again, and are applied from their current rows.",
        ),
    }
}
