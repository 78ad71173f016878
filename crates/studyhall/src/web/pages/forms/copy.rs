//! `/forms/{id}/copy`: what one has answered to a form.

use axum::{extract::State, response::Response};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};
use serde_json::Value;
use twinbase_web::{PathId, Problem};

use crate::{
    api::AppState,
    domain::queries::{OwnResponse, own_responses, visible_form},
    web::{
        layout::{Page, Place},
        parts::{empty, panel, when},
        viewer::Viewer,
    },
};

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let form = visible_form(state.twin(), Some(viewer.id()), &id).await?;
    let freshness = viewer.freshness();
    let found = own_responses(state.twin(), viewer.id(), &id, &freshness);
    let (now, zone) = (viewer.about.now, viewer.zone());
    let body = html! {
        p.crumb { a href={ "/forms/" (id) } { bdi { (form.title) } } }
        (panel("copies", "What you answered", &viewer.about, found, |found| copies(&found, form.is_anonymous, now, &zone)).await)
    };
    Ok(Page::new("Your answers", Place::Forms, body).of(&viewer))
}

fn copies(found: &[OwnResponse], is_anonymous: bool, now: Timestamp, zone: &TimeZone) -> Markup {
    html! {
        @if found.is_empty() {
            @if is_anonymous { (empty("This form is anonymous: nobody knows which answers are yours.", None)) }
            @else { (empty("You have not answered this form.", None)) }
        }
        @for OwnResponse { response, questions } in found {
            p.quiet { "Sent " (when(response.created_at, now, zone)) }
            dl.answers {
                @for question in questions.iter() {
                    dt { bdi { (question.text) } }
                    dd.lines { @match response.answers.to(question) {
                        Some(answer) => bdi { (said(answer)) },
                        None => span.quiet { "Not answered" },
                    } }
                }
            }
        }
    }
}

/// An answer as people read it.
pub(super) fn said(answer: &Value) -> String {
    match answer {
        Value::String(text) => text.clone(),
        Value::Array(chosen) => chosen.iter().map(said).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
