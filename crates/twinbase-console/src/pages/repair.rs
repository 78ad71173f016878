//! Before documents are repaired: how many are known to be wrong, and what happens to them.

use axum::{extract::State, response::Response};
use maud::html;
use twinbase_web::{Params, Problem, params::plain};

use super::{
    Console,
    frame::page,
    parts::{number, perhaps},
};
use crate::Operator;

/// A form that is sent as a query has its empty fields.
fn perhaps_empty(text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    plain(64)(text).map(Some)
}

pub(super) async fn show(
    State(console): State<Console>,
    operator: Operator,
    mut params: Params,
) -> Result<Response, Problem> {
    let collection = params.take("collection", perhaps_empty)?.flatten();
    let rate = params.take("rate", perhaps_empty)?.flatten();
    params.finish()?;
    if let Some(name) = &collection
        && console.twin.registry().by_collection(name).is_none()
    {
        return Err(Problem::not_found("collection"));
    }
    let verified = console.twin.health().await.verified;
    let is_named = |of: &str| collection.as_deref().is_none_or(|name| name == of);
    let known: Vec<_> = verified
        .iter()
        .flatten()
        .filter(|of| is_named(&of.collection))
        .collect();
    let body = html! {
        p.lead { (collection.as_deref().unwrap_or("All collections")) }
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
            input type="hidden" name="collection" value=(collection.as_deref().unwrap_or_default());
            input type="hidden" name="rate" value=[rate];
            input type="hidden" name="repair" value="on";
            p.buttons {
                a.button href=(console.path("/compare")) { "Back" }
                button.danger { "Repair" }
            }
        }
    };
    Ok(page(&console, &operator, ("Repair", "/compare"), &body))
}
