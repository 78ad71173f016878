//! `GET /todos`: a user's todos, newest first, page by page, and those that a search finds.

use axum::{
    extract::{OriginalUri, State},
    http::{HeaderValue, header},
    response::Response,
};
use serde::Serialize;
use twinbase::prelude::*;
use url::form_urlencoded::Serializer;

use crate::{
    api::{
        AppState, Problem, cursor,
        params::{boolean, limit},
        read_request::ReadRequest,
        reply::answered,
        session::CurrentUser,
    },
    domain::{
        SearchText, Todo,
        queries::{Freshness, TodoQuery, todos},
    },
};

const DEFAULT_LIMIT: u32 = 50;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    items: Vec<Todo>,
    next_cursor: Option<String>,
}

pub(in crate::api::routes) async fn list(
    State(state): State<AppState>,
    OriginalUri(uri): OriginalUri,
    user: CurrentUser,
    request: ReadRequest,
) -> Result<Response, Problem> {
    let ReadRequest {
        mut params,
        freshness,
    } = request;
    let query = TodoQuery {
        owner: user.id,
        completed: params.take("completed", boolean)?,
        search: params.take("search", SearchText::parse)?,
        after: params.take("cursor", cursor::read)?,
        limit: params.take("limit", limit)?.unwrap_or(DEFAULT_LIMIT),
    };
    params.finish()?;
    let Answer {
        value,
        source,
        staleness,
    } = todos(state.twin(), &query, &freshness).await?;
    let page = Page {
        items: value.items,
        next_cursor: value.next.as_ref().map(cursor::write),
    };
    let link = page
        .next_cursor
        .as_ref()
        .and_then(|cursor| next_link(uri.path(), &query, &freshness, cursor));
    let mut response = answered(Answer {
        value: page,
        source,
        staleness,
    });
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// The next page as a link (RFC 8288): the same question, from the cursor on.
fn next_link(
    path: &str,
    query: &TodoQuery,
    freshness: &Freshness,
    cursor: &str,
) -> Option<HeaderValue> {
    let mut pairs = Serializer::new(String::new());
    pairs.append_pair("limit", &query.limit.to_string());
    if let Some(done) = query.completed {
        pairs.append_pair("completed", &done.to_string());
    }
    if let Some(search) = &query.search {
        pairs.append_pair("search", search.as_str());
    }
    if freshness.strict {
        pairs.append_pair("consistency", "strict");
    }
    pairs.append_pair("cursor", cursor);
    HeaderValue::try_from(format!("<{path}?{}>; rel=\"next\"", pairs.finish())).ok()
}
