//! The example service on databases of its own, and one request to it.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::HeaderMap,
};
use serde_json::Value;
use tower::ServiceExt as _;
use twinbase::prelude::*;

#[path = "../../examples/service.rs"]
#[expect(dead_code, reason = "its main is not called here")]
mod example;

/// The service; its databases are gone with it.
pub(crate) struct Service {
    pub(crate) twin: Twinbase,
    router: Router,
    _folder: tempfile::TempDir,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// Null when the body is no JSON.
    pub(crate) body: Value,
}

impl Service {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("there is a disk");
        let path = folder.path().to_str().expect("its name is text");
        let twin = example::open(path).await.expect("the databases open");
        Self {
            router: example::router(&twin),
            twin,
            _folder: folder,
        }
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned()));
        let request = request.expect("it is a request");
        let response = self.router.clone().oneshot(request).await;
        let (parts, body) = response.expect("it is answered").into_parts();
        let bytes = to_bytes(body, 1 << 20).await.expect("it is whole");
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(crate) async fn get(&self, uri: &str, headers: &[(&str, &str)]) -> Answer {
        self.call("GET", uri, headers, "").await
    }

    /// A new note, as JSON.
    pub(crate) async fn note(&self, body: &str, headers: &[(&str, &str)]) -> Answer {
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.call("POST", "/notes", &headers, body).await
    }

    /// Applies all events that wait.
    pub(crate) async fn catch_up(&self) {
        let applied = self.twin.drain(WorkerOptions::default()).await;
        applied.expect("events can be applied");
    }
}

impl Answer {
    /// The header's value, empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}
