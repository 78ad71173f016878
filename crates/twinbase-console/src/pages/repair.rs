//! Before documents are repaired: how many are known to be wrong, and what happens to them.

use axum::{extract::State, response::Response};
use maud::html;
use twinbase_web::{PageQuery, Problem, fields::hidden};

use super::{
    Console,
    compare::{COLLECTION, Wish, rate, summary},
    draft::Draft,
    parts::{number, perhaps},
};
use crate::Operator;

pub(super) async fn show(
    State(console): State<Console>,
    operator: Operator,
    asked: PageQuery<Wish>,
) -> Result<Response, Problem> {
    let draft = match asked.value {
        Ok(_) => Draft::with(asked.sent),
        Err(faults) => Draft::refused(asked.sent, Problem::invalid_fields(faults)),
    };
    form(&console, &operator, &draft).await
}

pub(super) async fn form(
    console: &Console,
    operator: &Operator,
    draft: &Draft,
) -> Result<Response, Problem> {
    let (collection, id) = (draft.value(COLLECTION.0), draft.value("id"));
    let is_all = collection.is_empty();
    if !is_all && console.twin.registry().by_collection(collection).is_none() {
        return Err(Problem::not_found("collection"));
    }
    let verified = console.twin.health().await.verified;
    let known: Vec<_> = verified
        .iter()
        .flatten()
        .filter(|of| is_all || *of.collection == *collection)
        .collect();
    let body = html! {
        p.lead { @if is_all { "All collections" } @else { (collection) } @if !id.is_empty() { ", " (id) } }
        (summary(draft, "repair"))
        @if known.is_empty() { p { "Nothing was compared so far, so how many are wrong is not known." } }
        ul {
            @for of in known {
                li { (of.collection) ": " (number(of.wrong)) " known to be wrong, compared as of " (perhaps(of.through)) " UTC" }
            }
        }
        p {
            "Everything is compared again. What is wrong is made anew from its row by a worker. A document without a row is deleted, once the primary \
             has said under lock that there is no row. It cannot be undone: documents follow their rows."
        }
        form method="post" action=(console.path("/compare")) {
            (hidden(COLLECTION.0, collection))
            (hidden("id", id))
            (hidden("repair", "on"))
            (rate(draft))
            p.buttons {
                a.button href=(console.path("/compare")) { "Back" }
                button.danger { "Repair" }
            }
        }
    };
    Ok(draft.page(console, operator, ("Repair", "/compare"), &body))
}
