//! `POST /outbox/retry`, `/outbox/discard` and `/outbox/restore`: operations on many events.

use std::{convert::Infallible, num::NonZeroU32};

use axum::{
    Json,
    extract::{OriginalUri, State},
    response::{IntoResponse as _, Response},
};
use jiff::Timestamp;
use serde::Serialize;
use twinbase::{operate::Verb, prelude::*};
use twinbase_web::{
    Body, Form, FromForm, Problem,
    form::{Field, boolean, number, text, texts},
    params::time,
};

use crate::{failure::not_done, operations, query::status};

/// What is sent. Which events is one of `ids`, `filter` and `all`: everything has to be asked for by that word.
pub(crate) struct Wish {
    ids: Option<Vec<String>>,
    filter: Option<EventFilter>,
    all: bool,
    reason: Option<String>,
    rate_per_second: Option<NonZeroU32>,
    as_of: Option<Timestamp>,
    dry_run: bool,
}

impl FromForm for Wish {
    fn read(form: &mut Form<'_>) -> Option<Self> {
        Some(Self {
            ids: form.nullable("ids", texts).flatten(),
            filter: form.child("filter", filter),
            all: form.optional("all", boolean).unwrap_or(false),
            reason: form.nullable("reason", text(any)).flatten(),
            rate_per_second: form.nullable("ratePerSecond", rate).flatten(),
            as_of: form.nullable("asOf", text(time)).flatten(),
            dry_run: form.optional("dryRun", boolean).unwrap_or(false),
        })
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is read as a child of a form")]
fn filter(form: &mut Form<'_>) -> Option<EventFilter> {
    let mut named = |name| form.nullable(name, text(any)).flatten();
    Some(EventFilter {
        ids: Vec::new(),
        error_key: named("errorKey"),
        aggregate_type: named("aggregateType"),
        aggregate_id: named("aggregateId"),
        event_type: named("eventType"),
        status: form.nullable("status", text(status)).flatten(),
        as_of: None,
    })
}

#[expect(clippy::unnecessary_wraps, reason = "it is read as a field of a form")]
fn any(text: &str) -> Result<String, Infallible> {
    Ok(text.to_owned())
}

fn rate(field: Field<'_>) -> Result<NonZeroU32, &'static str> {
    let rate = number(field)?;
    let rate = u32::try_from(rate).ok().and_then(NonZeroU32::new);
    rate.ok_or("must be a number from 1 to 4,294,967,295")
}

/// The result of a dry run: what would be acted on, and the moment to send as `asOf` to act on no more than that.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DryRun {
    count: u64,
    count_is_least: bool,
    as_of: Timestamp,
}

pub(crate) async fn retry(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
    Body { value: wish, .. }: Body<Wish>,
) -> Result<Response, Problem> {
    wish.without_reason()?;
    run(&twin, uri.path(), Verb::Retry, wish).await
}

pub(crate) async fn discard(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
    Body {
        value: mut wish, ..
    }: Body<Wish>,
) -> Result<Response, Problem> {
    let reason = wish.reason.take();
    let reason = reason.ok_or_else(|| Problem::field("/reason", "is missing"))?;
    let reason = reason.into();
    run(&twin, uri.path(), Verb::Discard { reason }, wish).await
}

pub(crate) async fn restore(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
    Body { value: wish, .. }: Body<Wish>,
) -> Result<Response, Problem> {
    wish.without_reason()?;
    run(&twin, uri.path(), Verb::Restore, wish).await
}

async fn run(twin: &Twinbase, path: &str, verb: Verb, wish: Wish) -> Result<Response, Problem> {
    let (rate, dry_run) = (wish.rate_per_second, wish.dry_run);
    let filter = wish.into_filter()?;
    if dry_run {
        let preview = twin
            .outbox()
            .preview(&verb, &filter)
            .await
            .map_err(not_done)?;
        return Ok(Json(DryRun {
            count: preview.count,
            count_is_least: preview.is_least,
            as_of: preview.as_of,
        })
        .into_response());
    }
    let operation = twin.outbox().start(verb, &filter, rate).await;
    let operation = operation.map_err(not_done)?;
    Ok(operations::accepted(path, &operation))
}

impl Wish {
    fn without_reason(&self) -> Result<(), Problem> {
        match self.reason {
            None => Ok(()),
            Some(_) => Err(Problem::field("/reason", "belongs to discard alone")),
        }
    }

    fn into_filter(self) -> Result<EventFilter, Problem> {
        let as_of = self.as_of;
        match (self.ids, self.filter, self.all) {
            (Some(ids), None, false) if ids.is_empty() => {
                Err(Problem::field("/ids", "must name at least one event"))
            }
            (Some(ids), None, false) => Ok(EventFilter {
                ids,
                as_of,
                ..EventFilter::default()
            }),
            (None, Some(filter), false) if filter == EventFilter::default() => Err(Problem::field(
                "/filter",
                "must name something; send `all: true` instead to mean everything",
            )),
            (None, Some(filter), false) => Ok(EventFilter { as_of, ..filter }),
            (None, None, true) => Ok(EventFilter {
                as_of,
                ..EventFilter::default()
            }),
            _ => Err(Problem::field(
                "",
                "must have exactly one of `ids`, `filter` and `all: true`",
            )),
        }
    }
}
