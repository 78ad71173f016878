//! Pages: items, where the next page begins, and a link to it (RFC 8288).

use axum::{
    Json,
    http::{HeaderValue, Uri, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use url::form_urlencoded;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

/// A page as a response; its link repeats the request from the cursor on.
pub(crate) fn answer<T: Serialize>(uri: &Uri, items: Vec<T>, next: Option<String>) -> Response {
    let link = next.as_deref().and_then(|cursor| next_link(uri, cursor));
    let page = Page {
        items,
        next_cursor: next,
    };
    let mut response = Json(page).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

fn next_link(uri: &Uri, cursor: &str) -> Option<HeaderValue> {
    let query = uri.query().unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "cursor");
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(asked).append_pair("cursor", cursor);
    let link = format!("<{}?{}>; rel=\"next\"", uri.path(), pairs.finish());
    HeaderValue::try_from(link).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_asks_the_same_from_the_cursor_on() {
        let uri: Uri = "/api/v1/outbox?cursor=old&status=failed&limit=2"
            .parse()
            .unwrap();
        let link = next_link(&uri, "new").unwrap();
        assert_eq!(
            link,
            "</api/v1/outbox?status=failed&limit=2&cursor=new>; rel=\"next\""
        );
    }
}
