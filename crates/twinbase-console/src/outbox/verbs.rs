//! `POST /outbox/retry`, `/outbox/discard` and `/outbox/restore`: operations on many events.

use std::num::NonZeroU32;

use axum::{
    Json,
    extract::{OriginalUri, State},
    response::{IntoResponse as _, Response},
};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use twinbase::{operate::Verb, prelude::*};

use crate::{Problem, body::Body, operations, query};

/// What is sent. Which events is one of `ids`, `filter` and `all`: everything has to be asked for by that word.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Wish {
    ids: Option<Vec<String>>,
    filter: Option<Filter>,
    #[serde(default)]
    all: bool,
    reason: Option<String>,
    rate_per_second: Option<NonZeroU32>,
    as_of: Option<Time>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Filter {
    status: Option<Status>,
    error_key: Option<String>,
    aggregate_type: Option<String>,
    aggregate_id: Option<String>,
    event_type: Option<String>,
}

#[derive(PartialEq)]
struct Status(EventStatus);

struct Time(Timestamp);

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        query::status(&text).map(Self).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        query::time(&text).map(Self).map_err(D::Error::custom)
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
    OriginalUri(uri): OriginalUri,
    Body(wish): Body<Wish>,
) -> Result<Response, Problem> {
    wish.without_reason()?;
    run(&twin, uri.path(), Verb::Retry, wish).await
}

pub(crate) async fn discard(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
    Body(mut wish): Body<Wish>,
) -> Result<Response, Problem> {
    let reason = wish.reason.take();
    let reason = reason.ok_or_else(|| Problem::field("/reason", "is missing"))?;
    let reason = reason.into();
    run(&twin, uri.path(), Verb::Discard { reason }, wish).await
}

pub(crate) async fn restore(
    State(twin): State<Twinbase>,
    OriginalUri(uri): OriginalUri,
    Body(wish): Body<Wish>,
) -> Result<Response, Problem> {
    wish.without_reason()?;
    run(&twin, uri.path(), Verb::Restore, wish).await
}

async fn run(twin: &Twinbase, path: &str, verb: Verb, wish: Wish) -> Result<Response, Problem> {
    let (rate, dry_run) = (wish.rate_per_second, wish.dry_run);
    let filter = wish.into_filter()?;
    if dry_run {
        let preview = twin.outbox().preview(&verb, &filter).await?;
        return Ok(Json(DryRun {
            count: preview.count,
            count_is_least: preview.is_least,
            as_of: preview.as_of,
        })
        .into_response());
    }
    let operation = twin.outbox().start(verb, &filter, rate).await?;
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
        let as_of = self.as_of.map(|Time(at)| at);
        match (self.ids, self.filter, self.all) {
            (Some(ids), None, false) if ids.is_empty() => {
                Err(Problem::field("/ids", "must name at least one event"))
            }
            (Some(ids), None, false) => Ok(EventFilter {
                ids,
                as_of,
                ..EventFilter::default()
            }),
            (None, Some(filter), false) if filter == Filter::default() => Err(Problem::field(
                "/filter",
                "must name something; send `all: true` instead to mean everything",
            )),
            (None, Some(filter), false) => Ok(EventFilter {
                ids: Vec::new(),
                status: filter.status.map(|Status(status)| status),
                error_key: filter.error_key,
                aggregate_type: filter.aggregate_type,
                aggregate_id: filter.aggregate_id,
                event_type: filter.event_type,
                as_of,
            }),
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
