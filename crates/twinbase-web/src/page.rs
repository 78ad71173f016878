//! Pages: items, where the next page begins, and a link to it (RFC 8288).

use axum::{
    Json,
    http::{HeaderValue, Uri, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use twinbase::sync::read;
use url::form_urlencoded;

use crate::cursor;

/// Some items of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Where the next page begins; `None` when this is the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page of what a query for one item more than `limit` found: the one more is not shown, and says
    /// that there is a next page. That begins after the last item shown, whose cursor `cursor` writes.
    pub fn of(mut items: Vec<T>, limit: u32, cursor: impl FnOnce(&T) -> Option<String>) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| more).and_then(cursor);
        Self { items, next_cursor }
    }

    /// A list that is whole.
    pub const fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }

    pub(crate) fn next_link(&self, uri: &Uri) -> Option<HeaderValue> {
        next_link(self.next_cursor.as_deref()?, uri)
    }
}

/// The `Link` to the next page: the request at `uri` again, from the cursor on.
pub fn next_link(cursor: &str, uri: &Uri) -> Option<HeaderValue> {
    let query = uri.query().unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "cursor");
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(asked).append_pair("cursor", cursor);
    let link = format!("<{}?{}>; rel=\"next\"", uri.path(), pairs.finish());
    HeaderValue::try_from(link).ok()
}

/// A page of a typed read, on either side.
impl<T> From<read::Page<T>> for Page<T> {
    fn from(page: read::Page<T>) -> Self {
        Self {
            items: page.items,
            next_cursor: page.next.as_ref().and_then(cursor::write),
        }
    }
}

impl<T: Serialize> Page<T> {
    /// The page as a response to a request at `uri`.
    pub fn into_response_at(self, uri: &Uri) -> Response {
        let link = self.next_link(uri);
        let mut response = Json(self).into_response();
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_asks_the_same_from_the_cursor_on() {
        let uri: Uri = "/api/v1/outbox?cursor=old&status=failed&limit=2"
            .parse()
            .expect("it is a URI");
        let page = Page::of(vec!["a", "b", "c"], 2, |last| Some(format!("after-{last}")));
        assert_eq!(page.items, ["a", "b"]);
        assert_eq!(
            page.next_link(&uri).expect("there is a next page"),
            "</api/v1/outbox?status=failed&limit=2&cursor=after-b>; rel=\"next\""
        );
        let last = Page::of(vec!["a", "b"], 2, |last| Some((*last).to_owned()));
        assert_eq!(last.next_link(&uri), None);
    }
}
