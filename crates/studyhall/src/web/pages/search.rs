//! `/search`: people, my todos, messages, forms.

use axum::{Router, extract::State, http::Uri, response::Response, routing::get};
use futures_util::future::OptionFuture;
use maud::{Markup, html};
use twinbase_web::Problem;

use crate::{
    api::{AppState, Kind, most},
    domain::{
        SearchText,
        queries::{Search, search_forms, search_messages, search_people, search_todos},
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
    let kind = params.take("in", Kind::parse)?;
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
                Ok(text) => (Box::pin(found(&state, &viewer, Search { text, limit: most(kind) }, kind)).await),
                Err(error) if !sent.is_empty() => p.bad { "What you look for " (error) "." },
                Err(_) => p.quiet { "Names of people, words of your todos and messages, and of forms." },
            }
        }
    };
    Ok(Page::new("Search", Place::Search, body).of(&viewer))
}

async fn found(state: &AppState, viewer: &Viewer, search: Search, kind: Option<Kind>) -> Markup {
    let (twin, me, freshness) = (state.twin(), viewer.id(), viewer.freshness());
    let (about, search) = (&viewer.about, &search);
    let more = |of| (kind.is_none()).then_some(of);
    let people = search_people(twin, me, search, &freshness);
    let people = panel("people", "People", about, people, |all| {
        let found = all.iter();
        let found = found.map(|person| {
            (
                format!("/u/{}", person.username),
                person.username.to_string(),
            )
        });
        list(search, &found.collect::<Vec<_>>(), more("people"), false)
    });
    let todos = search_todos(twin, me, search, &freshness);
    let todos = panel("found-todos", "Your todos", about, todos, |all| {
        let found = all.items.iter();
        let found = found.map(|todo| (format!("/todos/{}/edit", todo.id), todo.title.to_string()));
        list(
            search,
            &found.collect::<Vec<_>>(),
            more("todos"),
            all.is_plain,
        )
    });
    let messages = search_messages(twin, me, search, &freshness);
    let messages = panel("found-messages", "Messages", about, messages, |all| {
        let found = all.items.iter();
        let found = found.map(|one| {
            (
                format!("/messages/{}", one.with),
                one.message.text.to_string(),
            )
        });
        list(
            search,
            &found.collect::<Vec<_>>(),
            more("messages"),
            all.is_plain,
        )
    });
    let forms = search_forms(twin, me, search, &freshness);
    let forms = panel("found-forms", "Forms", about, forms, |all| {
        let found = all.items.iter();
        let found = found.map(|form| (format!("/forms/{}", form.id), form.title.to_string()));
        list(
            search,
            &found.collect::<Vec<_>>(),
            more("forms"),
            all.is_plain,
        )
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

/// What was found of a kind: its address and its words. `more` is the kind where there may be more of it than is shown.
fn list(search: &Search, found: &[(String, String)], more: Option<&str>, is_plain: bool) -> Markup {
    let may_be_more = u64::try_from(found.len()).is_ok_and(|count| count == search.limit);
    html! {
        @if found.is_empty() { p.empty { "Nothing found for “" bdi { (search.text) } "”." } }
        @if is_plain { p.quiet { "Looked for the text as it is written; single words cannot be looked up right now." } }
        ul.rows { @for (path, words) in found { li { a href=(path) { bdi { (words) } } } } }
        @if let Some(more) = more.filter(|_| may_be_more) {
            p.pager { a href={ "/search?q=" (encoded(&search.text)) "&in=" (more) } { "More" } }
        }
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
