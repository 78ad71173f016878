//! `POST /verify` and `POST /repair`: operations that compare both sides, and mend.

use std::num::NonZeroU32;

use axum::{
    extract::{OriginalUri, State},
    response::Response,
};
use jiff::Timestamp;
use serde_json::Value;
use twinbase::{
    prelude::*,
    sync::verify::{Scope, VerifyOptions},
};
use twinbase_web::{Body, Nullable, Part, Place, Problem, body, openapi::schema};

use crate::{Operator, failure::not_done, operations};

/// What is sent: everything is compared unless it says less.
pub(crate) struct Wish {
    collections: Nullable<Vec<String>>,
    ids: Nullable<Vec<Id>>,
    after: Nullable<String>,
    until: Nullable<String>,
    since: Nullable<Timestamp>,
    rate_per_second: Nullable<NonZeroU32>,
}

body!(Wish {
    collections: ["todos"],
    ids: null,
    after: null,
    until: null,
    since: null,
    rate_per_second: 500
});

/// The id of a document.
pub(crate) struct Id(pub(crate) AggregateId);

impl Part for Id {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let parse = |text: &str| AggregateId::new(text).map(Self);
        place.text(&value, parse)
    }

    fn schema() -> Value {
        schema::like(&"0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f10".into())
    }
}

impl Wish {
    /// An empty list is no wish for everything: it may be the end of a search that found nothing.
    fn options(self) -> Result<VerifyOptions, Problem> {
        let ids = named("ids", self.ids)?;
        Ok(VerifyOptions {
            scope: Scope {
                collections: named("collections", self.collections)?,
                ids: ids.into_iter().map(|id| id.0).collect(),
                after: self.after.flatten(),
                until: self.until.flatten(),
                since: self.since.flatten(),
            },
            rate: self.rate_per_second.flatten(),
            ..VerifyOptions::default()
        })
    }
}

fn named<T>(field: &str, list: Nullable<Vec<T>>) -> Result<Vec<T>, Problem> {
    match list.flatten() {
        Some(list) if list.is_empty() => {
            let detail = "must name at least one; leave it out to mean all";
            Err(Problem::field(format!("/{field}"), detail))
        }
        list => Ok(list.unwrap_or_default()),
    }
}

pub(crate) async fn verify(
    State(twin): State<Twinbase>,
    operator: Operator,
    OriginalUri(uri): OriginalUri,
    Body { value: wish, .. }: Body<Wish>,
) -> Result<Response, Problem> {
    let options = wish.options()?;
    let begun = twin.outbox().by(&operator.name).verify(options).await;
    let operation = begun.map_err(not_done)?;
    Ok(operations::accepted(uri.path(), "/verify", &operation))
}

pub(crate) async fn repair(
    State(twin): State<Twinbase>,
    operator: Operator,
    OriginalUri(uri): OriginalUri,
    Body { value: wish, .. }: Body<Wish>,
) -> Result<Response, Problem> {
    let options = wish.options()?;
    let outbox = twin.outbox().by(&operator.name);
    let begun = outbox.repair(options.into()).await;
    let operation = begun.map_err(not_done)?;
    Ok(operations::accepted(uri.path(), "/repair", &operation))
}
