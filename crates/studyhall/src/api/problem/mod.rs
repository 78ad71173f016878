//! Errors as clients see them: problem documents (RFC 9457).
//!
//! A problem says only what was written for the client. Causes are logged where the problem is made.

mod code;
mod from_console;
mod from_domain;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::RequestId;

pub use code::Code;

/// A problem to be answered.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    code: Code,
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

/// The document.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    code: &'static str,
    retryable: bool,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
}

impl Problem {
    /// A problem with a sentence about this case.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(seconds) = code.retry_after_seconds() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if code.status() == StatusCode::UNAUTHORIZED {
            let challenge = match code {
                Code::SessionExpired => "Bearer realm=\"studyhall\", error=\"invalid_token\"",
                _ => "Bearer realm=\"studyhall\"",
            };
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            );
        }
        Self(Box::new(Parts {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            headers,
        }))
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

    /// What kind of problem it is.
    pub const fn code(&self) -> Code {
        self.0.code
    }

    /// The whole answer.
    fn render(self, instance: &RequestId) -> Response {
        let Parts {
            code,
            detail,
            errors,
            headers,
        } = *self.0;
        let document = Document {
            kind: format!("urn:studyhall:problem:{}", code.name()),
            title: code.title(),
            status: code.status().as_u16(),
            detail: &detail,
            instance: instance.as_str(),
            code: code.name(),
            retryable: code.retry_after_seconds().is_some(),
            errors: &errors,
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = (code.status(), body).into_response();
        response.headers_mut().extend(headers);
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}

/// The answer is rendered at the edge, where the request's id is known.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Makes the document of a problem, and of an error that a part of the framework answered as plain text.
pub(super) fn render(mut response: Response, instance: &RequestId) -> Response {
    let status = response.status();
    let extensions = response.extensions_mut();
    let console = extensions.remove::<twinbase_console::Problem>();
    let problem = extensions.remove::<Problem>();
    if let Some(problem) = problem.or_else(|| console.map(Problem::from)) {
        let mut rendered = problem.render(instance);
        // Such as `Allow`, which the router adds to a 405.
        for (name, value) in response.headers() {
            if !matches!(*name, header::CONTENT_LENGTH | header::CONTENT_TYPE) {
                rendered.headers_mut().insert(name, value.clone());
            }
        }
        return rendered;
    }
    if is_plain_error(&response) {
        *response.body_mut() = Body::empty();
        let code = Code::of_status(status);
        return render(Problem::new(code, code.title()).into_response(), instance);
    }
    response
}

fn is_plain_error(response: &Response) -> bool {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    (status.is_client_error() || status.is_server_error())
        && kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}
