//! One document: what the row makes, what is there, what differs, and why.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde_json::Value;
use twinbase::operate::Found;
use twinbase_web::{Params, Problem, params::plain};

use super::{
    Console,
    failures::events,
    frame::page,
    parts::{json, state},
};
use crate::{
    Operator, explain,
    view::{ExplainView, NOT_SHOWN},
};

/// Longer than any collection's name or document's id.
const LONGEST: usize = 1_024;

pub(super) async fn find(
    State(console): State<Console>,
    operator: Operator,
    mut params: Params,
) -> Result<Response, Problem> {
    let collection = params.take("collection", plain(LONGEST))?;
    let id = params.take("id", plain(LONGEST))?;
    params.finish()?;
    if let (Some(collection), Some(id)) = (&collection, id.as_deref().map(str::trim))
        && !id.is_empty()
    {
        let path = console.document(collection, id);
        return Ok(Redirect::to(&path).into_response());
    }
    let body = html! {
        p { "Shows one document with its row, its versions and its changes, and says in a sentence why it is as it is." }
        form action=(console.path("/documents")) {
            label for="collection" { "Collection" }
            select id="collection" name="collection" {
                @for schema in console.twin.registry().iter() {
                    option value=(schema.collection) selected[collection.as_deref() == Some(&*schema.collection)] { (schema.collection) }
                }
            }
            label for="id" { "Id" }
            input id="id" name="id" required autocomplete="off" spellcheck="false";
            button { "Explain" }
        }
    };
    Ok(page(
        &console,
        &operator,
        ("Documents", "/documents"),
        &body,
    ))
}

pub(super) async fn show(
    State(console): State<Console>,
    operator: Operator,
    Path((collection, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let explained = explain::of(&console.twin, &collection, id).await?;
    // As the API shows it: nothing that the mapping does not name.
    let shown = serde_json::to_value(ExplainView::from(&explained)).unwrap_or_default();
    let class = if explained.drift.is_some() {
        "bad"
    } else {
        "good"
    };
    let body = html! {
        p.lead { (state(class, &explained.verdict)) }
        dl {
            dt { "Collection" } dd { (explained.collection) }
            dt { "Id" } dd { (explained.key.id) }
            dt { "Version of the row" } dd { (explained.head) @if !explained.has_row { " (no row)" } }
            dt { "Version of the document" } dd {
                (shown["document"]["version"].as_str().unwrap_or("–")) " (" (shown["document"]["state"].as_str().unwrap_or_default()) ")"
            }
        }
        @if explained.drift.is_some() { (mend(&console, &explained.collection, explained.key.id.as_str())) }
        (differences(&shown["differences"]))
        section.sides {
            div { h2 { "What the row makes" } (side(&shown["row"])) }
            div {
                h2 { "What is there" }
                @if explained.wanted.is_none() && matches!(explained.found, Found::Document(..)) {
                    p { "Not shown: " (NOT_SHOWN) "." }
                } @else { (side(&shown["document"]["document"])) }
            }
        }
        section { h2 { "Its newest changes" } (events(&console, &explained.events)) }
    };
    Ok(page(&console, &operator, ("Document", "/documents"), &body))
}

fn side(value: &Value) -> Markup {
    html! {
        @if value.is_null() { p { "Nothing." } } @else { (json(value)) }
    }
}

fn differences(differences: &Value) -> Markup {
    let all = differences
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    html! {
        @if !all.is_empty() {
            section {
                h2 { "What differs" }
                table {
                    thead { tr { th scope="col" { "Field" } th scope="col" { "Row" } th scope="col" { "Document" } } }
                    tbody {
                        @for one in all {
                            tr {
                                th scope="row" { (one["field"].as_str().unwrap_or_default()) }
                                td data-label="Row" { code { (one["row"].to_string()) } }
                                td data-label="Document" { code { (one["document"].to_string()) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A repair of this document alone.
fn mend(console: &Console, collection: &str, id: &str) -> Markup {
    html! {
        form method="post" action=(console.path("/compare")) {
            input type="hidden" name="collection" value=(collection);
            input type="hidden" name="id" value=(id);
            input type="hidden" name="repair" value="on";
            button { "Make it anew from its row" }
        }
    }
}
