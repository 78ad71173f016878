//! A panel: a part of a page with one answer of a database in it, which says where that came from and how old it is.

use std::time::Duration;

use maud::{Markup, html};
use twinbase::prelude::*;

use crate::web::viewer::About;

/// From here on an answer's age is worth a mark.
const LATE: Duration = Duration::from_secs(30);

/// A panel with what was read, or with what is to be done when that failed. A failed read is never shown as nothing.
pub(in crate::web) fn panel<T, E: std::error::Error + 'static>(
    id: &str,
    title: &str,
    about: &About,
    read: Result<Answer<T>, E>,
    body: impl FnOnce(T) -> Markup,
) -> Markup {
    html! {
        section.panel id=(id) aria-labelledby={ (id) "-title" } {
            @match read {
                Ok(answer) => {
                    header { h2 id={ (id) "-title" } { (title) } (chip(answer.source, answer.staleness)) }
                    (body(answer.value))
                }
                Err(error) => {
                    header { h2 id={ (id) "-title" } { (title) } }
                    (failed(&error, about))
                }
            }
        }
    }
}

/// Where an answer came from, and how old it may be.
fn chip(source: Source, staleness: Option<Duration>) -> Markup {
    let (name, from) = match source {
        Source::Replica => ("replica", "From the fast copy"),
        Source::Primary => ("primary", "From the original"),
    };
    let is_late = staleness.is_none_or(|age| age > LATE);
    let millis = staleness.map(|age| age.as_millis().to_string());
    html! {
        details.chip.late[is_late] data-source=(name) data-lag-ms=[millis] {
            summary {
                @match staleness {
                    None => "▲ Age unknown",
                    Some(age) if age > LATE => { "▲ Updated " (age.as_secs()) " s ago. Newer changes will follow." }
                    Some(age) if age.as_secs() > 0 => { "Updated " (age.as_secs()) " s ago" }
                    Some(_) => "Up to date",
                }
            }
            p { (from) }
        }
    }
}

/// What stands where nothing could be read.
fn failed(error: &(impl std::error::Error + 'static), about: &About) -> Markup {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "a panel could not be read"
    );
    html! {
        p.bad { span aria-hidden="true" { "✖ " } "We could not load this. Nothing was lost." }
        p { a href="" { "Try again" } ". Reference " code { (about.request_id) } }
    }
}

/// What stands where there is nothing yet, with the next step.
pub(in crate::web) fn empty(words: &str, next: Option<(&str, &str)>) -> Markup {
    html! {
        p.empty { (words) @if let Some((path, name)) = next { " " a href=(path) { (name) } } }
    }
}
