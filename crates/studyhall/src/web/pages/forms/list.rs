//! The lists of forms: mine, to answer, answered.

use axum::{extract::State, http::Uri, response::Response};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};
use twinbase_web::{Page as Items, Problem, cursor};

use crate::{
    api::AppState,
    domain::{
        Form, FormState,
        queries::{FormList, FormQuery, forms},
    },
    web::{
        layout::{Page, Place},
        parts::{Fields, empty, key, panel, summary, when},
        viewer::{Viewer, params},
    },
};

/// So many at once: a page stays light.
const PAGE: u32 = 50;

/// One of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    Mine,
    ToAnswer,
    Answered,
}

impl Show {
    const ALL: [Self; 3] = [Self::Mine, Self::ToAnswer, Self::Answered];

    const fn name(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::ToAnswer => "to-answer",
            Self::Answered => "answered",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Mine => "Mine",
            Self::ToAnswer => "To answer",
            Self::Answered => "Answered",
        }
    }

    fn read(text: &str) -> Result<Self, &'static str> {
        let found = Self::ALL.into_iter().find(|show| show.name() == text);
        found.ok_or("must be mine, to-answer or answered")
    }
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut params = params(&uri)?;
    let show = params.take("show", Show::read)?.unwrap_or(Show::Mine);
    let list = match show {
        Show::Mine => FormList::Mine(params.take("cursor", cursor::read)?),
        Show::ToAnswer => FormList::ToAnswer(params.take("cursor", cursor::read)?),
        Show::Answered => FormList::Answered(params.take("cursor", cursor::read)?),
    };
    params.finish()?;
    Ok(page(&state, &viewer, show, list, &Fields::default()).await)
}

/// One's own forms, with the field for a new one as it was sent when it was refused.
pub(super) async fn mine(state: &AppState, viewer: &Viewer, fields: &Fields) -> Response {
    page(state, viewer, Show::Mine, FormList::Mine(None), fields).await
}

async fn page(
    state: &AppState,
    viewer: &Viewer,
    show: Show,
    list: FormList,
    fields: &Fields,
) -> Response {
    let query = FormQuery {
        user: viewer.id().clone(),
        list,
        limit: PAGE,
    };
    let freshness = viewer.freshness();
    let found = forms(state.twin(), query, &freshness);
    let (now, zone) = (viewer.about.now, viewer.zone());
    let title = if fields.is_refused() {
        "Error: forms"
    } else {
        "Forms"
    };
    let body = html! {
        @if show == Show::Mine { (add(state, fields)) }
        (filters(show))
        (panel("forms", show.words(), &viewer.about, found, |found| rows(&found, show, now, &zone)).await)
    };
    Page::new(title, Place::Forms, body).of(viewer)
}

fn add(state: &AppState, fields: &Fields) -> Markup {
    html! {
        (summary(fields))
        form.add method="post" action="/forms" {
            (key(state.twin()))
            (fields.line("title", "What is your form about?", "", "text", "off"))
            button.primary { "Make a form" }
        }
    }
}

fn filters(here: Show) -> Markup {
    html! {
        p.filters {
            @for show in Show::ALL {
                a href={ "/forms?show=" (show.name()) } aria-current=[(show == here).then_some("true")] { (show.words()) }
                " "
            }
        }
    }
}

fn rows(found: &Items<Form>, show: Show, now: Timestamp, zone: &TimeZone) -> Markup {
    html! {
        @if found.items.is_empty() {
            @match show {
                Show::Mine => (empty("You have no forms yet. Make your first above.", None)),
                Show::ToAnswer => (empty("Nothing to answer. Public forms of others show up here.", None)),
                Show::Answered => (empty("You have not answered a form yet.", Some(("/forms?show=to-answer", "See what there is to answer.")))),
            }
        }
        ul.rows { @for form in &found.items { (row(form, show, now, zone)) } }
        @if let Some(cursor) = &found.next_cursor {
            p.pager { a href={ "/forms?show=" (show.name()) "&cursor=" (cursor) } { "Older" } }
        }
    }
}

fn row(form: &Form, show: Show, now: Timestamp, zone: &TimeZone) -> Markup {
    let at = |word: &str, at| html! { (word) " " (when(at, now, zone)) };
    html! {
        li id={ "form-" (form.id) } {
            div.text {
                a href={ "/forms/" (form.id) @if show == Show::Mine { "/edit" } } { bdi { (form.title) } }
                p.quiet {
                    (badge(form.state)) " "
                    @match (form.state, form.opened_at, form.closed_at) {
                        (FormState::Open, Some(opened), _) => (at("since", opened)),
                        (FormState::Closed, _, Some(closed)) => (at("since", closed)),
                        _ => (at("made", form.created_at)),
                    }
                    @if form.is_anonymous { " · anonymous" }
                }
            }
            @if show == Show::Mine {
                div.actions {
                    @if form.was_opened() { a href={ "/forms/" (form.id) "/results" } { "Results" } }
                    a href={ "/forms/" (form.id) "/delete" } { "Delete" }
                }
            }
            @if show == Show::Answered && !form.is_anonymous {
                div.actions { a href={ "/forms/" (form.id) "/copy" } { "My answers" } }
            }
        }
    }
}

/// The state as a word.
pub(super) fn badge(state: FormState) -> Markup {
    let word = match state {
        FormState::Draft => "Draft",
        FormState::Open => "Open",
        FormState::Closed => "Closed",
    };
    html! { span.badge { (word) } }
}
