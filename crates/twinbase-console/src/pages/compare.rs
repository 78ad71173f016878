//! Comparing both sides, and mending what is wrong.

use std::num::NonZeroU32;

use axum::{extract::State, response::Response};
use maud::html;
use twinbase::{
    prelude::*,
    sync::verify::{Scope, VerifyOptions},
};
use twinbase_web::{Nullable, PageForm, Problem, body};

use super::{Console, frame::page};
use crate::{Operator, failure::not_done};

/// What to compare.
pub(super) struct Wish {
    collection: Nullable<String>,
    id: Nullable<String>,
    rate: Nullable<String>,
    repair: Option<bool>,
}

body!(Wish {
    collection: "todos",
    id: null,
    rate: "500",
    repair: false
});

pub(super) async fn show(
    State(console): State<Console>,
    operator: Operator,
) -> Result<Response, Problem> {
    let body = html! {
        p { "Compares every row with its document and every document with its row, while everybody goes on. What is on its way is counted, not reported." }
        form method="post" action=(console.path("/compare")) {
            label for="collection" { "Collection" }
            select id="collection" name="collection" {
                option value="" { "all" }
                @for schema in console.twin.registry().iter() {
                    option value=(schema.collection) { (schema.collection) }
                }
            }
            label for="rate" { "At most so many a second (empty: as fast as it goes)" }
            input id="rate" name="rate" inputmode="numeric" pattern="[0-9]*" autocomplete="off";
            p.buttons {
                button { "Compare" }
                button.plain formmethod="get" formaction=(console.path("/repair")) { "Repair…" }
            }
        }
    };
    Ok(page(&console, &operator, ("Compare", "/compare"), &body))
}

pub(super) async fn begin(
    State(console): State<Console>,
    operator: Operator,
    form: PageForm<Wish>,
) -> Result<Response, Problem> {
    let wish = form.value.map_err(Problem::invalid_fields)?;
    let given = |text: Nullable<String>| text.flatten().filter(|text| !text.is_empty());
    let rate = given(wish.rate).map(|rate| rate.parse::<NonZeroU32>());
    let rate = rate.transpose();
    let rate = rate.map_err(|_| Problem::field("/rate", "must be a whole number above 0"))?;
    let id = given(wish.id).map(AggregateId::new).transpose();
    let id = id.map_err(|error| Problem::field("/id", error.to_string()))?;
    let options = VerifyOptions {
        scope: Scope {
            collections: given(wish.collection).into_iter().collect(),
            ids: id.into_iter().collect(),
            ..Scope::default()
        },
        rate,
        ..VerifyOptions::default()
    };
    let outbox = console.twin.outbox().by(&operator.name);
    let begun = if wish.repair.unwrap_or(false) {
        outbox.repair(options).await
    } else {
        outbox.verify(options).await
    };
    let begun = begun.map_err(not_done)?;
    Ok(console.see(&format!("/log/{}", begun.id)))
}
