//! `/search`: people, my todos, messages, forms.

use axum::{Router, extract::State, http::Uri, response::Response, routing::get};
use maud::{Markup, html};
use twinbase_web::Problem;

use crate::{
    api::AppState,
    domain::{
        SearchText,
        queries::{search_forms, search_messages, search_people, search_todos},
    },
    web::{
        layout::{Page, Place},
        parts::panel,
        viewer::{Viewer, params},
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
    params.finish()?;
    let text = SearchText::parse(sent.trim());
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
                Ok(text) => (Box::pin(found(&state, &viewer, &text)).await),
                Err(error) if !sent.is_empty() => p.bad { "What you look for " (error) "." },
                Err(_) => p.quiet { "Names of people, words of your todos and messages, and of forms." },
            }
        }
    };
    Ok(Page::new("Search", Place::Search, body).of(&viewer))
}

async fn found(state: &AppState, viewer: &Viewer, text: &SearchText) -> Markup {
    let (twin, me, freshness) = (state.twin(), viewer.id(), viewer.freshness());
    let about = &viewer.about;
    let people = search_people(twin, me, text, &freshness);
    let todos = search_todos(twin, me, text, &freshness);
    let messages = search_messages(twin, me, text, &freshness);
    let forms = search_forms(twin, me, text, &freshness);
    let (people, todos, messages, forms) = tokio::join!(
        panel("people", "People", about, people, |all| list(
            text,
            all.iter()
                .map(|person| (format!("/u/{}", person.username), &*person.username))
        )),
        panel("found-todos", "Your todos", about, todos, |all| list(
            text,
            all.iter()
                .map(|todo| (format!("/todos/{}/edit", todo.id), &*todo.title))
        )),
        panel("found-messages", "Messages", about, messages, |all| list(
            text,
            all.iter()
                .map(|found| (format!("/messages/{}", found.with), &*found.message.text))
        )),
        panel("found-forms", "Forms", about, forms, |all| list(
            text,
            all.iter()
                .map(|form| (format!("/forms/{}", form.id), &*form.title))
        )),
    );
    html! { (people) (todos) (messages) (forms) }
}

fn list<'a>(text: &SearchText, found: impl Iterator<Item = (String, &'a str)>) -> Markup {
    let mut found = found.peekable();
    html! {
        @if found.peek().is_none() { p.empty { "Nothing found for “" bdi { (text) } "”." } }
        ul.rows { @for (path, words) in found { li { a href=(path) { bdi { (words) } } } } }
    }
}
