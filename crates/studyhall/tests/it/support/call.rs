//! One request, and what came back.

use reqwest::{Client, RequestBuilder, header::HeaderMap};
use serde_json::Value;

/// A request that is not sent yet.
pub(crate) struct Call {
    builder: RequestBuilder,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Null when the body is no JSON.
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Call {
    pub(crate) fn new(client: &Client, method: &str, url: &str) -> Self {
        let method = method.parse().expect("it is a method");
        Self {
            builder: client.request(method, url),
        }
    }

    pub(crate) fn header(self, name: &str, value: impl AsRef<str>) -> Self {
        Self {
            builder: self.builder.header(name, value.as_ref()),
        }
    }

    /// With this session, as bearer.
    pub(crate) fn by(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        Self {
            builder: self.builder.json(body),
        }
    }

    pub(crate) fn raw(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let builder = self.builder.header("content-type", content_type);
        Self {
            builder: builder.body(body.into()),
        }
    }

    /// Sends it, and leaves the body to be read as it comes.
    pub(crate) async fn open(self) -> reqwest::Response {
        self.builder.send().await.expect("the server answers")
    }

    /// Sends it, and does not wait for a body.
    pub(crate) async fn begin(self) -> Answer {
        let response = self.open().await;
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: Value::Null,
            text: String::new(),
        }
    }

    pub(crate) async fn send(self) -> Answer {
        let response = self.open().await;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.expect("the body is text");
        Answer {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }
}

impl Answer {
    /// The header's value, empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The version in the entity tag, without whose view it is; empty when there is none.
    pub(crate) fn version(&self) -> &str {
        let tag = self.header("etag").trim_matches('"');
        tag.split('-').next().unwrap_or_default()
    }

    /// Goes on when the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Goes on when this is such a problem, whole as RFC 9457 and our own rules want it.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!(
            (self.status, self.str("code")),
            (status, code),
            "{}",
            self.text
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.str("instance"), self.header("x-request-id"));
        assert!(!self.str("title").is_empty() && !self.str("detail").is_empty());
        assert!(self.str("type").ends_with(code));
        let retryable = self.body["retryable"].as_bool().expect("it says so");
        assert_eq!(retryable, !self.header("retry-after").is_empty());
        assert_eq!(status == 401, !self.header("www-authenticate").is_empty());
        self
    }

    /// A field that is text, empty when it is not.
    pub(crate) fn str(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }

    /// The items of a page.
    pub(crate) fn items(&self) -> &[Value] {
        self.body["items"].as_array().map_or(&[], Vec::as_slice)
    }

    /// A text field of each item.
    pub(crate) fn of_items(&self, field: &str) -> Vec<&str> {
        let items = self.items().iter();
        items
            .map(|item| item[field].as_str().unwrap_or_default())
            .collect()
    }
}
