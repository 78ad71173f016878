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

impl From<Wish> for VerifyOptions {
    fn from(wish: Wish) -> Self {
        let ids = wish.ids.flatten().unwrap_or_default();
        Self {
            scope: Scope {
                collections: wish.collections.flatten().unwrap_or_default(),
                ids: ids.into_iter().map(|id| id.0).collect(),
                after: wish.after.flatten(),
                until: wish.until.flatten(),
                since: wish.since.flatten(),
            },
            rate: wish.rate_per_second.flatten(),
            ..Self::default()
        }
    }
}

pub(crate) async fn verify(
    State(twin): State<Twinbase>,
    operator: Operator,
    OriginalUri(uri): OriginalUri,
    Body { value: wish, .. }: Body<Wish>,
) -> Result<Response, Problem> {
    let begun = twin.outbox().by(&operator.name).verify(wish.into()).await;
    let operation = begun.map_err(not_done)?;
    Ok(operations::accepted(uri.path(), "/verify", &operation))
}

pub(crate) async fn repair(
    State(twin): State<Twinbase>,
    operator: Operator,
    OriginalUri(uri): OriginalUri,
    Body { value: wish, .. }: Body<Wish>,
) -> Result<Response, Problem> {
    let options = VerifyOptions::from(wish);
    let outbox = twin.outbox().by(&operator.name);
    let begun = outbox.repair(options.into()).await;
    let operation = begun.map_err(not_done)?;
    Ok(operations::accepted(uri.path(), "/repair", &operation))
}
