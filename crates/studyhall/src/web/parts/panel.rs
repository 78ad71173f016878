//! A panel: a part of a page with one answer of a database in it, which says where that came from and how old it is.

use std::time::Duration;

use maud::{Markup, html};
use tokio::time::timeout_at;
use twinbase::prelude::*;

use crate::{
    domain::Topic,
    web::viewer::{About, Patience},
};

/// From here on an answer's age is worth a mark.
const LATE: Duration = Duration::from_secs(30);

/// A panel with what is read, or with what is to be done when that fails. A failed read is never shown as nothing. Nothing is read
/// where another panel is asked for.
pub(in crate::web) fn panel<T, E: std::error::Error + 'static>(
    id: &str,
    title: &str,
    about: &About,
    read: impl Future<Output = Result<Answer<T>, E>>,
    body: impl FnOnce(T) -> Markup,
) -> impl Future<Output = Markup> {
    live_panel(id, title, &[], about, read, body)
}

/// A panel that reads itself again when one of these has changed.
pub(in crate::web) fn live_panel<T, E: std::error::Error + 'static>(
    id: &str,
    title: &str,
    topics: &[Topic],
    about: &About,
    read: impl Future<Output = Result<Answer<T>, E>>,
    body: impl FnOnce(T) -> Markup,
) -> impl Future<Output = Markup> {
    let path = about.panel_path(id).filter(|_| !topics.is_empty());
    panel_at(
        id,
        title,
        path.map(|path| (path, topics)),
        about,
        read,
        body,
    )
}

/// A panel that reads itself again at a path when one of these has changed.
pub(in crate::web) fn panel_at<T, E: std::error::Error + 'static>(
    id: &str,
    title: &str,
    again: Option<(String, &[Topic])>,
    about: &About,
    read: impl Future<Output = Result<Answer<T>, E>>,
    body: impl FnOnce(T) -> Markup,
) -> impl Future<Output = Markup> {
    // A read can be large, and pages have several.
    let read = Box::pin(read);
    async move {
        if !about.wants(id) {
            return Markup::default();
        }
        let (path, topics) = again.unzip();
        let read = match about.patience() {
            None => read.await,
            Some(patience) => match timeout_at(patience.until, read).await {
                Ok(read) => read,
                Err(_) => return loading(id, title, topics.unwrap_or_default(), patience),
            },
        };
        html! {
            section.panel id=(id) aria-labelledby={ (id) "-title" } hx-get=[&path] hx-trigger=[topics.map(triggers)]
                hx-target=[path.is_some().then_some("this")] hx-select=[path.is_some().then(|| format!("#{id}"))]
                hx-swap=[path.is_some().then_some("outerMorph")] {
                @match read {
                    Ok(answer) => {
                        header { h2 id={ (id) "-title" } { (title) } (chip(answer.source, answer.staleness, about)) }
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
}

/// A panel that is not read yet: it asks for itself at once, and the link is for browsers without script.
fn loading(id: &str, title: &str, topics: &[Topic], patience: Patience<'_>) -> Markup {
    let triggers = match topics {
        [] => "load".to_owned(),
        topics => format!("load, {}", triggers(topics)),
    };
    html! {
        section.panel id=(id) aria-labelledby={ (id) "-title" } aria-busy="true" hx-get=(patience.panel_path(id)) hx-trigger=(triggers)
            hx-target="this" hx-select={ "#" (id) } hx-swap="outerHTML" {
            header { h2 id={ (id) "-title" } { (title) } }
            p.empty { "Loading " a href=(patience.whole_path()) { "Refresh" } }
        }
    }
}

/// When htmx asks again: on the events that arrive at the page's `#live`.
pub(in crate::web) fn triggers(topics: &[Topic]) -> String {
    let of_live = topics
        .iter()
        .map(|topic| format!("{} from:#live", topic.name()));
    of_live.collect::<Vec<_>>().join(", ")
}

/// Where an answer came from, and as of when it is: a time here, which a script tells as an age.
fn chip(source: Source, staleness: Option<Duration>, about: &About) -> Markup {
    let (name, from) = match source {
        Source::Replica => ("replica", "From the fast copy"),
        Source::Primary => ("primary", "From the original"),
    };
    let is_late = staleness.is_some_and(|age| age > LATE);
    let millis = staleness.map(|age| age.as_millis().to_string());
    let as_of = staleness.and_then(|age| about.now.checked_sub(age).ok());
    html! {
        details.chip.late[is_late] data-source=(name) data-lag-ms=[millis] {
            summary {
                @match as_of {
                    None => "○ Age not known yet",
                    Some(at) => {
                        @if is_late { "▲ " }
                        "Updated "
                        time datetime=(at) data-now=(about.now) { (at.to_zoned(about.zone.clone()).strftime("%H:%M:%S")) }
                        @if is_late { ". Newer changes will follow." }
                    }
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
