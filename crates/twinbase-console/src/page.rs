//! Pages: items, where the next page begins, and a link to it (RFC 8288).

use axum::{
    Json,
    http::{HeaderValue, Uri, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::Serialize;
use twinbase::core::primary::EventCursor;
use url::form_urlencoded;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

/// Answers a page; the link asks the same question again, from the cursor on.
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

/// Tells this form of cursors from later ones.
const FORMAT: u8 = b'1';

/// A place in a list of events as an opaque text.
pub(crate) fn write_cursor(cursor: &EventCursor) -> String {
    let mut bytes = vec![FORMAT];
    bytes.extend(cursor.seq.to_be_bytes());
    if let Some(at) = cursor.processed_at {
        bytes.extend(at.as_microsecond().to_be_bytes());
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that a text names.
pub(crate) fn read_cursor(text: &str) -> Result<EventCursor, &'static str> {
    parse(text).ok_or("must be the nextCursor of a page")
}

fn parse(text: &str) -> Option<EventCursor> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text.get(..text.len().min(64))?)
        .ok()?;
    let (format, rest) = bytes.split_first()?;
    let (seq, rest) = rest.split_first_chunk()?;
    let processed_at = match rest {
        [] => None,
        rest => {
            let micros = i64::from_be_bytes(rest.try_into().ok()?);
            Some(Timestamp::from_microsecond(micros).ok()?)
        }
    };
    (*format == FORMAT).then_some(EventCursor {
        processed_at,
        seq: i64::from_be_bytes(*seq),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let at = Timestamp::from_microsecond(1_700_000_000_123_456).unwrap();
        for processed_at in [None, Some(at)] {
            let cursor = EventCursor {
                processed_at,
                seq: 77,
            };
            assert_eq!(read_cursor(&write_cursor(&cursor)), Ok(cursor));
        }
        for bad in ["", "x", "MQ", "AAAAAAAAAAAA", &"M".repeat(100), "\0", "ü"] {
            assert!(read_cursor(bad).is_err(), "{bad}");
        }
    }

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
