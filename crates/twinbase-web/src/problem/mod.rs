//! Errors as clients see them: problem documents (RFC 9457), or a plain page for a browser.
//!
//! A problem says only what was written for the client. Causes are logged where the problem is made.

mod accept;
mod code;
mod kind;
mod of_error;
mod render;

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

pub(crate) use accept::Representation;
pub use code::Code;
pub use kind::Kind;
pub(crate) use render::{Rendering, render};

/// A problem to be answered.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    kind: Kind,
    detail: String,
    errors: Vec<Fault>,
    headers: HeaderMap,
}

/// What is wrong with one part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where in the body: a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Which parameter of the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What is wrong with it.
    pub detail: String,
}

impl Problem {
    /// A problem with a sentence about this case.
    pub fn new(kind: impl Into<Kind>, detail: impl Into<String>) -> Self {
        let kind = kind.into();
        let mut headers = HeaderMap::new();
        if let Some(seconds) = kind.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        Self(Box::new(Parts {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            headers,
        }))
    }

    /// There is no such thing.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no {what} with this id."))
    }

    /// Fields of the body that are not acceptable.
    pub fn invalid_fields(errors: Vec<Fault>) -> Self {
        let mut problem = Self::new(
            Code::InvalidFields,
            "Some fields of the body are missing, unknown or invalid.",
        );
        problem.0.errors = errors;
        problem
    }

    /// One field of the body that is not acceptable, by its JSON pointer.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid_fields(vec![Fault {
            pointer: Some(pointer.into()),
            parameter: None,
            detail: detail.into(),
        }])
    }

    /// A parameter of the query that is not acceptable.
    pub fn invalid_parameter(parameter: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let mut problem = Self::new(
            Code::InvalidParameter,
            format!("The parameter `{parameter}` {detail}."),
        );
        problem.0.errors = vec![Fault {
            pointer: None,
            parameter: Some(parameter.to_owned()),
            detail,
        }];
        problem
    }

    /// The same problem with a header, which replaces one of the same name.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// What is wrong with which part of the request.
    pub fn faults(&self) -> &[Fault] {
        &self.0.errors
    }

    /// The sentence about this case.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// A page that stands for it: with its status, and the headers that belong to its answer.
    #[must_use]
    pub fn on(&self, mut page: Response) -> Response {
        *page.status_mut() = self.kind().status;
        for (name, value) in &self.0.headers {
            page.headers_mut().insert(name, value.clone());
        }
        page
    }

    /// What kind of problem it is.
    pub const fn kind(&self) -> Kind {
        self.0.kind
    }
}

/// A whole document, and the problem itself in the extensions: the [`Edge`](crate::Edge) renders it
/// again, with the request's id and in the form that the client accepts.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Rendering::default().of(&self);
        response.extensions_mut().insert(self);
        response
    }
}
