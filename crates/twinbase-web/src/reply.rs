//! Answers: of writes, which can be kept and given again, and of reads, which say where they come from.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use twinbase::prelude::*;

use crate::{
    Code, IfNoneMatch, Page, Problem, View, etag,
    read_request::{SYNC_TOKEN, VARY},
};

const READ_SOURCE: HeaderName = HeaderName::from_static("x-read-source");
const DATA_LAG_MS: HeaderName = HeaderName::from_static("x-data-lag-ms");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The answer of a write, whole: what an idempotency key keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) etag: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) sync_token: Option<String>,
    /// JSON.
    pub(crate) body: String,
    pub(crate) replayed: bool,
}

impl Reply {
    /// 200 with an aggregate, its version and its token.
    pub fn of<A: Serialize>(written: &Versioned<A>, token: &Token) -> Result<Self, Problem> {
        Ok(Self::ok(&written.value, token)?.with_version(written.version))
    }

    /// 200 with a body and the token of all that was written.
    pub fn ok(body: &impl Serialize, token: &Token) -> Result<Self, Problem> {
        let body = serde_json::to_string(body).map_err(|_| {
            Problem::new(Code::Internal, "The answer could not be written as JSON.")
        })?;
        Ok(Self {
            status: StatusCode::OK,
            etag: None,
            location: None,
            sync_token: Some(token.to_string()),
            body,
            replayed: false,
        })
    }

    /// Where what is new is.
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// The token of what was written, as clients send it back.
    pub fn sync_token(&self) -> Option<&str> {
        self.sync_token.as_deref()
    }

    /// The same answer for something new, and where it is; several new things have no one place.
    #[must_use]
    pub fn created(self, location: Option<String>) -> Self {
        Self {
            status: StatusCode::CREATED,
            location,
            ..self
        }
    }

    /// The same answer with the version of what it shows.
    #[must_use]
    pub fn with_version(self, version: Version) -> Self {
        Self {
            etag: Some(etag::tag(version, None)),
            ..self
        }
    }

    /// The same answer with the version of what it shows, at a path that shows each viewer something else.
    #[must_use]
    pub fn with_version_in(self, view: &View, version: Version) -> Self {
        Self {
            etag: Some(etag::tag(version, Some(view))),
            ..self
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, JSON);
        let optional = [
            (header::ETAG, self.etag),
            (header::LOCATION, self.location),
            (SYNC_TOKEN, self.sync_token),
            (REPLAYED, self.replayed.then(|| "true".to_owned())),
        ];
        for (name, value) in optional {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The answer of a read: its value as JSON, where it comes from and how old it may be.
pub fn answered<T: Serialize>(answer: Answer<T>) -> Response {
    answered_as(answer.map(axum::Json))
}

/// The answer of a read as a file to be kept: its text, whole or as a stream, its media type, and a name for it of ASCII
/// letters, digits, dots, dashes and underscores.
pub fn answered_file(
    answer: Answer<impl IntoResponse>,
    media_type: &'static str,
    name: &str,
) -> Response {
    let mut response = answered_as(answer);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let disposition = format!("attachment; filename=\"{name}\"");
    if let Ok(disposition) = HeaderValue::try_from(disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

fn answered_as(answer: Answer<impl IntoResponse>) -> Response {
    let mut response = answer.value.into_response();
    let headers = response.headers_mut();
    let source = match answer.source {
        Source::Replica => "replica",
        Source::Primary => "primary",
    };
    headers.insert(READ_SOURCE, HeaderValue::from_static(source));
    // When nobody can say how old it is, nothing is said.
    if let Some(age) = answer.staleness {
        let millis = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        headers.insert(DATA_LAG_MS, millis.into());
    }
    headers.insert(VARY.0, HeaderValue::from_static(VARY.1));
    response
}

/// The answer of a read of one aggregate, with its version; 304 when the client has that.
pub fn answered_one<A: Serialize>(answer: Answer<Versioned<A>>, have: &IfNoneMatch) -> Response {
    let version = answer.value.version;
    let mut response = answered(answer.map(|versioned| versioned.value));
    if have.has(version) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = axum::body::Body::empty();
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    if let Some(tag) = have.tag(version) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The answer of a read of a list, with a link to its next page; `uri` is that of the request.
pub fn answered_page<T: Serialize>(answer: Answer<impl Into<Page<T>>>, uri: &Uri) -> Response {
    let answer = answer.map(Into::into);
    let link = answer.value.next_link(uri);
    let mut response = answered(answer);
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}
