//! `/forms/{id}/results`: what was answered, for the owner.

use axum::{extract::State, response::Response};
use maud::{Markup, html};
use twinbase::prelude::*;
use twinbase_web::{PathId, Problem};

use super::copy::said;
use crate::{
    api::AppState,
    domain::Topic,
    domain::queries::{Count, QuestionResults, Results, VersionResults, own_form, results},
    web::{
        layout::{Page, Place},
        parts::{empty, live_panel, number},
        viewer::Viewer,
    },
};

const TOPICS: &[Topic] = &[Topic::Results];

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let form = own_form(state.twin(), viewer.id(), &id).await?;
    let freshness = viewer.freshness();
    let found = results(state.twin(), viewer.id(), &id, &freshness);
    let body = html! {
        p.crumb { a href={ "/forms/" (id) "/edit" } { bdi { (form.title) } } }
        (live_panel("results", "Answers", TOPICS, &viewer.about, found, |found| versions(&found, &id)).await)
    };
    let page = Page::new("Results", Place::Forms, body).live(TOPICS);
    Ok(page.of(&viewer))
}

fn versions(found: &Results, form: &AggregateId) -> Markup {
    html! {
        @if found.versions.is_empty() { (empty("Nobody could answer yet: the form was never open.", None)) }
        @for version in &found.versions { (one_version(version, form, found.versions.len())) }
    }
}

fn one_version(of: &VersionResults, form: &AggregateId, versions: usize) -> Markup {
    html! {
        section.version aria-label={ "Version " (of.version) } {
            h3 {
                @if versions > 1 { "Version " (of.version) " · " }
                @if of.responses == 1 { "1 response" } @else { (number(of.responses)) " responses" }
            }
            @if of.responses == 0 { (empty("No answers yet. Share the link of the form.", None)) }
            @else {
                p { a href={ "/api/v1/forms/" (form) "/results.csv?version=" (of.version) } { "All answers as a file (CSV)" } }
                @for question in &of.questions { (one_question(question, of.responses)) }
            }
        }
    }
}

fn one_question(of: &QuestionResults, responses: i64) -> Markup {
    html! {
        figure.question {
            figcaption {
                strong.lines { bdi { (of.question.text) } }
                p.quiet {
                    (number(of.answered)) " of " (number(responses)) " answered this"
                    @if let Some(mean) = of.mean { "; the mean is " (rounded(mean)) }
                }
            }
            @if !of.counts.is_empty() { (bars(&of.counts)) }
            @if !of.texts.is_empty() { ul.texts { @for text in &of.texts { li.lines { bdi { (text) } } } } }
        }
    }
}

/// So long is a bar that stands for all.
const BAR_WIDTH: u32 = 160;

/// The roles are said, because a table whose rows are shown as cards is no table to every reader.
fn bars(counts: &[Count]) -> Markup {
    html! {
        table.cards role="table" {
            thead role="rowgroup" { tr role="row" {
                th scope="col" role="columnheader" { "Answer" }
                th.count scope="col" role="columnheader" { "Count" }
                th.count scope="col" role="columnheader" { "Of all" }
                th scope="col" role="columnheader" { span.unseen { "Bar" } }
            } }
            tbody role="rowgroup" { @for count in counts { (bar(count)) } }
        }
    }
}

fn bar(of: &Count) -> Markup {
    let width = f64::from(BAR_WIDTH) * of.share.clamp(0.0, 1.0);
    html! {
        tr role="row" {
            th scope="row" role="rowheader" data-label="Answer" { bdi { (said(&of.answer)) } }
            td.count role="cell" data-label="Count" { (number(of.count)) }
            td.count role="cell" data-label="Of all" { (format!("{:.0} %", of.share * 100.0)) }
            td role="cell" {
                svg width=(BAR_WIDTH) height="12" viewBox={ "0 0 " (BAR_WIDTH) " 12" } aria-hidden="true" {
                    rect.track width=(BAR_WIDTH) height="12" rx="2" {}
                    rect.bar width=(format!("{width:.1}")) height="12" rx="2" {}
                }
            }
        }
    }
}

/// With two decimals at most.
fn rounded(mean: f64) -> String {
    let text = format!("{mean:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
