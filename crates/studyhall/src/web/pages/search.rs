//! `/search`: people, my todos, messages, forms.

use std::fmt;

use axum::{Router, extract::State, http::Uri, response::Response, routing::get};
use futures_util::future::OptionFuture;
use maud::{Markup, html};
use twinbase::prelude::*;
use twinbase_web::{Problem, cursor};

use crate::{
    api::{AppState, Kind},
    domain::{
        Error, SearchText,
        queries::{
            Extent, FOUND_OF_EACH, Found, Freshness, Search, search_forms, search_messages,
            search_people, search_todos,
        },
    },
    web::{
        layout::{Page, Place},
        parts::panel,
        viewer::{Viewer, encoded, params},
    },
};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/search", get(show))
}

async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut params = params(&uri)?;
    let sent = params
        .take("q", |text| Ok::<_, &str>(text.to_owned()))?
        .unwrap_or_default();
    let kind = params.take("in", Kind::parse)?;
    let after = params.take("cursor", cursor::read)?;
    params.finish()?;
    let text = SearchText::wanted(sent.trim());
    let extent = match kind {
        None => Extent::Best,
        Some(_) => Extent::Page(after),
    };
    let body = html! {
        form.add method="get" action="/search" role="search" {
            div.field {
                label for="q" { "What are you looking for?" }
                input id="q" name="q" type="search" value=(sent) autocomplete="off"
                    hx-get="/search" hx-trigger="input changed delay:300ms" hx-target="#found" hx-select="#found" hx-push-url="false";
            }
            button.primary { "Search" }
        }
        div #found aria-live="polite" {
            @match text {
                Ok(Some(text)) => (Box::pin(found(&state, &viewer, Search { text, extent }, kind)).await),
                Err(error) if !sent.trim().is_empty() => p.bad { "What you look for " (error) "." },
                _ => p.quiet { "Names of people, words of your todos and messages, and of forms." },
            }
        }
    };
    Ok(Page::new("Search", Place::Search, body).of(&viewer))
}

async fn found(state: &AppState, viewer: &Viewer, search: Search, kind: Option<Kind>) -> Markup {
    let (twin, me, freshness) = (state.twin(), viewer.id(), viewer.freshness());
    let (about, search) = (&viewer.about, &search);
    let people = search_people(twin, me, search, &freshness);
    let people = panel("people", "People", about, people, |all| {
        list(search, Kind::People, &all, |person| {
            (format!("/u/{}", person.username), &person.username)
        })
    });
    let todos = search_todos(twin, me, search, &freshness);
    let todos = panel("found-todos", "Your todos", about, todos, |all| {
        list(search, Kind::Todos, &all, |todo| {
            (format!("/todos/{}/edit", todo.id), &todo.title)
        })
    });
    // Only the fast copy knows words.
    let late = Freshness {
        token: None,
        ..freshness.clone()
    };
    let messages = or_late(
        search_messages(twin, me, search, &freshness),
        search_messages(twin, me, search, &late),
    );
    let messages = panel(
        "found-messages",
        "Messages",
        about,
        messages,
        |(all, is_late)| {
            html! {
                (without_own(is_late))
                (list(search, Kind::Messages, &all, |found| {
                    (format!("/messages/{}", found.with), &found.message.text)
                }))
            }
        },
    );
    let forms = or_late(
        search_forms(twin, me, search, &freshness),
        search_forms(twin, me, search, &late),
    );
    let forms = panel("found-forms", "Forms", about, forms, |(all, is_late)| {
        html! {
            (without_own(is_late))
            (list(search, Kind::Forms, &all, |form| {
                (format!("/forms/{}", form.id), &form.title)
            }))
        }
    });
    let wanted = |of| kind.is_none_or(|kind| kind == of);
    let (people, todos, messages, forms) = tokio::join!(
        OptionFuture::from(wanted(Kind::People).then_some(people)),
        OptionFuture::from(wanted(Kind::Todos).then_some(todos)),
        OptionFuture::from(wanted(Kind::Messages).then_some(messages)),
        OptionFuture::from(wanted(Kind::Forms).then_some(forms)),
    );
    html! {
        @for panel in [people, todos, messages, forms].into_iter().flatten() { (panel) }
        @if kind.is_some() { p { a href={ "/search?q=" (encoded(&search.text)) } { "Look everywhere" } } }
    }
}

/// What was found and, where what the reader wrote was not there in time, what is found without it; and whether it is that.
async fn or_late<T>(
    found: impl Future<Output = Result<Answer<T>, Error>>,
    late: impl Future<Output = Result<Answer<T>, Error>>,
) -> Result<Answer<(T, bool)>, Error> {
    match found.await {
        Err(Error::Read(ReadError::NoPrimaryForm { source }))
            if matches!(*source, ReadError::NotCaughtUp(_)) =>
        {
            Ok(late.await?.map(|found| (found, true)))
        }
        found => Ok(found?.map(|found| (found, false))),
    }
}

fn without_own(is_late: bool) -> Markup {
    html! {
        @if is_late { p.quiet { "▲ Changes arrive late right now: what you wrote just now may be missing here." } }
    }
}

/// What was found of a kind, each with its address and its words, and the way to more of it.
fn list<'a, T, W: fmt::Display + ?Sized + 'a>(
    search: &Search,
    kind: Kind,
    found: &'a Found<T>,
    shown: impl Fn(&'a T) -> (String, &'a W),
) -> Markup {
    let all = format!("/search?q={}&in={}", encoded(&search.text), kind.name());
    let (is_begin, more) = match &search.extent {
        // There may be more than the best.
        Extent::Best => (
            true,
            (found.items.len() >= FOUND_OF_EACH as usize).then(|| all.clone()),
        ),
        Extent::Page(after) => {
            let next = found.next.as_ref().and_then(cursor::write);
            let next = next.map(|next| format!("{all}&cursor={next}"));
            (after.is_none(), next)
        }
    };
    html! {
        @if found.items.is_empty() && is_begin { p.empty { "Nothing found for “" bdi { (search.text) } "”." } }
        @if found.is_plain { p.quiet { "Looked for the text as it is written: none of its words can be looked up by itself." } }
        ul.rows {
            @for item in &found.items {
                @let (path, words) = shown(item);
                li { a href=(path) { bdi { (words) } } }
            }
        }
        @if !is_begin || more.is_some() {
            p.pager {
                @if !is_begin { a href=(all) { "From the beginning" } }
                @if let Some(more) = &more { a href=(more) { "More" } }
            }
        }
    }
}
