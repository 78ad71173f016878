//! `POST /outbox/retry`, `/outbox/discard` and `/outbox/restore`: operations on many events.

use std::num::NonZeroU32;

use axum::{
    Json,
    extract::{OriginalUri, State},
    http::Uri,
    response::{IntoResponse as _, Response},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use twinbase::{operate::Verb, prelude::*};
use twinbase_web::{Body, Nullable, Part, Place, Problem, body, openapi::schema};

use crate::{Operator, failure::not_done, operations, query::status};

/// What is sent. Which events is one of `ids`, `filter` and `all`: everything has to be asked for by that word.
pub(crate) struct Wish {
    ids: Nullable<Vec<String>>,
    filter: Nullable<Named>,
    all: Option<bool>,
    reason: Nullable<String>,
    rate_per_second: Nullable<NonZeroU32>,
    as_of: Nullable<Timestamp>,
    dry_run: Option<bool>,
}

body!(Wish { ids: null, filter: { "aggregateType": "todo" }, all: false, reason: null, rate_per_second: 100, as_of: null, dry_run: true });

/// Which events a filter names.
struct Named {
    error_key: Nullable<String>,
    aggregate_type: Nullable<String>,
    aggregate_id: Nullable<String>,
    event_type: Nullable<String>,
    status: Nullable<Status>,
}

body!(Named {
    error_key: null,
    aggregate_type: "todo",
    aggregate_id: null,
    event_type: null,
    status: "failed"
});

/// A status by its name.
struct Status(EventStatus);

impl Part for Status {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        place.text(&value, status).map(Self)
    }

    fn schema() -> Value {
        schema::like(&"failed".into())
    }
}

impl From<Named> for EventFilter {
    fn from(named: Named) -> Self {
        Self {
            ids: Vec::new(),
            error_key: named.error_key.flatten(),
            aggregate_type: named.aggregate_type.flatten(),
            aggregate_id: named.aggregate_id.flatten(),
            event_type: named.event_type.flatten(),
            status: named.status.flatten().map(|status| status.0),
            as_of: None,
            since: None,
            is_deferred: false,
        }
    }
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
    operator: Operator,
    OriginalUri(uri): OriginalUri,
    Body { value: wish, .. }: Body<Wish>,
) -> Result<Response, Problem> {
    wish.without_reason()?;
    run(&twin, &operator, &uri, Verb::Retry, wish).await
}

pub(crate) async fn discard(
    State(twin): State<Twinbase>,
    operator: Operator,
    OriginalUri(uri): OriginalUri,
    Body {
        value: mut wish, ..
    }: Body<Wish>,
) -> Result<Response, Problem> {
    let reason = wish.reason.take().flatten();
    let reason = reason.ok_or_else(|| Problem::field("/reason", "is missing"))?;
    let reason = reason.into();
    run(&twin, &operator, &uri, Verb::Discard { reason }, wish).await
}

pub(crate) async fn restore(
    State(twin): State<Twinbase>,
    operator: Operator,
    OriginalUri(uri): OriginalUri,
    Body { value: wish, .. }: Body<Wish>,
) -> Result<Response, Problem> {
    wish.without_reason()?;
    run(&twin, &operator, &uri, Verb::Restore, wish).await
}

async fn run(
    twin: &Twinbase,
    operator: &Operator,
    uri: &Uri,
    verb: Verb,
    wish: Wish,
) -> Result<Response, Problem> {
    let (outbox, path) = (&twin.outbox().by(&operator.name), uri.path());
    let (rate, dry_run) = (
        wish.rate_per_second.flatten(),
        wish.dry_run.unwrap_or(false),
    );
    let filter = wish.into_filter()?;
    if dry_run {
        let preview = outbox.preview(&verb, &filter).await.map_err(not_done)?;
        return Ok(Json(DryRun {
            count: preview.count,
            count_is_least: preview.is_least,
            as_of: preview.as_of,
        })
        .into_response());
    }
    let route = format!("/outbox/{}", verb.name());
    let operation = outbox.start(verb, &filter, rate).await;
    let operation = operation.map_err(not_done)?;
    Ok(operations::accepted(path, &route, &operation))
}

impl Wish {
    fn without_reason(&self) -> Result<(), Problem> {
        match self.reason.as_ref().and_then(Option::as_ref) {
            None => Ok(()),
            Some(_) => Err(Problem::field("/reason", "belongs to discard alone")),
        }
    }

    fn into_filter(self) -> Result<EventFilter, Problem> {
        let as_of = self.as_of.flatten();
        let filter = self.filter.flatten().map(EventFilter::from);
        match (self.ids.flatten(), filter, self.all.unwrap_or(false)) {
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
