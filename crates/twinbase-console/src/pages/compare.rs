//! Comparing both sides, and mending what is wrong.

use std::num::NonZeroU32;

use axum::{extract::State, response::Response};
use maud::{Markup, html};
use serde_json::Value;
use twinbase::sync::verify::{Scope, VerifyOptions};
use twinbase_web::{Nullable, PageForm, Problem, body};

use super::{
    Console,
    draft::{Draft, Label},
    repair,
};
use crate::{Operator, compare::Id, failure::not_done};

/// What to compare.
pub(super) struct Wish {
    collection: Nullable<String>,
    id: Nullable<Id>,
    rate: Nullable<NonZeroU32>,
    repair: Option<bool>,
}

body!(Wish {
    collection: "todos",
    id: null,
    rate: "500",
    repair: false
});

pub(super) const COLLECTION: Label = ("collection", "Collection");
const RATE: Label = ("rate", "At most so many a second");

pub(super) async fn show(State(console): State<Console>, operator: Operator) -> Response {
    form(&console, &operator, &Draft::default())
}

fn form(console: &Console, operator: &Operator, draft: &Draft) -> Response {
    let names = console.twin.registry().iter();
    let names: Vec<_> = names.map(|schema| schema.collection.to_string()).collect();
    let names = names.iter().map(|name| (&**name, &**name));
    let choices: Vec<_> = [("", "all")].into_iter().chain(names).collect();
    let body = html! {
        p { "Compares every row with its document and every document with its row, while everybody goes on. What is on its way is counted, not reported." }
        (draft.summary("compare", &[COLLECTION, RATE]))
        form method="post" action=(console.path("/compare")) {
            (draft.choice(COLLECTION.0, COLLECTION.1, "", &choices))
            (rate(draft))
            p.buttons {
                button { "Compare" }
                button.plain formmethod="get" formaction=(console.path("/repair")) { "Repair…" }
            }
        }
    };
    draft.page(console, operator, ("Compare", "/compare"), &body)
}

/// How fast both sides are read.
pub(super) fn rate(draft: &Draft) -> Markup {
    draft.number(RATE.0, RATE.1, "Empty: as fast as it goes.")
}

/// Why a comparison or a repair was refused.
pub(super) fn summary(draft: &Draft, verb: &str) -> Markup {
    draft.summary(verb, &[COLLECTION, ("id", "The id"), RATE])
}

pub(super) async fn begin(
    State(console): State<Console>,
    operator: Operator,
    form: PageForm<Wish>,
) -> Result<Response, Problem> {
    let PageForm { sent, value, .. } = form;
    let begun = match value {
        Ok(wish) => start(&console, &operator, wish).await,
        Err(faults) => Err(Problem::invalid_fields(faults)),
    };
    match begun {
        Ok(id) => Ok(console.see(&format!("/log/{id}"))),
        Err(problem) => again(&console, &operator, sent, problem).await,
    }
}

async fn again(
    console: &Console,
    operator: &Operator,
    sent: Value,
    problem: Problem,
) -> Result<Response, Problem> {
    let draft = Draft::refused(sent, problem);
    if draft.is_ticked("repair") {
        return repair::form(console, operator, &draft).await;
    }
    Ok(form(console, operator, &draft))
}

/// The id of the operation that does it.
async fn start(console: &Console, operator: &Operator, wish: Wish) -> Result<String, Problem> {
    let collection = wish.collection.flatten();
    if let Some(name) = &collection
        && console.twin.registry().by_collection(name).is_none()
    {
        let detail = "must be one of the list";
        return Err(Problem::field(format!("/{}", COLLECTION.0), detail));
    }
    let options = VerifyOptions {
        scope: Scope {
            collections: collection.into_iter().collect(),
            ids: wish.id.flatten().map(|id| id.0).into_iter().collect(),
            ..Scope::default()
        },
        rate: wish.rate.flatten(),
        ..VerifyOptions::default()
    };
    let outbox = console.twin.outbox().by(&operator.name);
    let begun = if wish.repair.unwrap_or(false) {
        outbox.repair(options.into()).await
    } else {
        outbox.verify(options).await
    };
    Ok(begun.map_err(not_done)?.id.clone())
}
