//! One document: what the row makes, what is there, what differs, and why.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde_json::Value;
use twinbase::operate::{Explanation, Found};
use twinbase_web::{Nullable, PageQuery, Path, Problem, body, params::plain};

use super::{
    Console,
    draft::{Draft, Label},
    failures::events,
    frame::page,
    parts::{json, query, state, value},
};
use crate::{
    Operator, explain,
    view::{ExplainView, NOT_SHOWN},
};

/// Longer than any collection's name or document's id.
const LONGEST: usize = 1_024;

/// Which document.
pub(super) struct Wanted {
    collection: Nullable<String>,
    id: Nullable<String>,
}

body!(Wanted {
    collection: "todos",
    id: "0194b7d2-52a0-7c3e-9a51-0c6f2f1d9f10"
});

const COLLECTION: Label = ("collection", "Collection");
const ID: Label = ("id", "Id");

pub(super) async fn find(
    State(console): State<Console>,
    operator: Operator,
    asked: PageQuery<Wanted>,
) -> Response {
    let wanted = match asked.value {
        Ok(wanted) => path(&console, wanted),
        Err(faults) => Err(Problem::invalid_fields(faults)),
    };
    let draft = match wanted {
        Ok(Some(path)) => return Redirect::to(&path).into_response(),
        Ok(None) => Draft::with(asked.sent),
        Err(problem) => Draft::refused(asked.sent, problem),
    };
    let names = console.twin.registry().iter();
    let names: Vec<_> = names.map(|schema| schema.collection.to_string()).collect();
    let choices: Vec<_> = names.iter().map(|name| (&**name, &**name)).collect();
    let body = html! {
        p { "Shows one document with its row, its versions and its changes, and says in a sentence why it is as it is." }
        (draft.summary("explain it", &[COLLECTION, ID]))
        form action=(console.path("/documents")) {
            (draft.choice(COLLECTION.0, COLLECTION.1, "", &choices))
            (draft.line(ID.0, ID.1, "", "text", "off"))
            button { "Explain" }
        }
    };
    draft.page(&console, &operator, ("Documents", "/documents"), &body)
}

/// Where it is explained; `None` while no id is given.
fn path(console: &Console, wanted: Wanted) -> Result<Option<String>, Problem> {
    let (collection, id) = (wanted.collection.flatten(), wanted.id.flatten());
    let (Some(collection), Some(id)) = (collection, id) else {
        return Ok(None);
    };
    let at = |of: Label| move |detail: String| Problem::field(format!("/{}", of.0), detail);
    let collection = plain(LONGEST)(&collection).map_err(at(COLLECTION))?;
    let id = plain(LONGEST)(id.trim()).map_err(at(ID))?;
    Ok(Some(console.document(&collection, &id)))
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
        @if explained.drift.is_some() { (mend(&console, &explained)) }
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
                                td data-label="Row" { (value(&one["row"])) }
                                td data-label="Document" { (value(&one["document"])) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A repair of this document alone; without a row it removes the document, so it is asked first.
fn mend(console: &Console, explained: &Explanation) -> Markup {
    let id = explained.key.id.as_str();
    let query = query(&[
        ("collection", Some(&*explained.collection)),
        ("id", Some(id)),
    ]);
    html! {
        p { a.button href=(console.path(&format!("/repair{query}"))) {
            @if explained.has_row { "Make it anew from its row…" } @else { "Remove it…" }
        } }
    }
}
