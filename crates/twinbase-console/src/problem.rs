//! Errors as clients see them: problem documents (RFC 9457).
//!
//! A problem says only what was written for the client. Causes are logged where it is made.

use std::error::Error;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use twinbase::{operate::OperateError, prelude::*};

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The body is not JSON.
    MalformedJson,
    /// The body could not be read to its end.
    MalformedBody,
    /// A parameter of the query is unknown or cannot be read.
    InvalidParameter,
    /// There is no such thing.
    NotFound,
    /// The operation has ended already.
    OperationEnded,
    /// The body is too large.
    PayloadTooLarge,
    /// The body is not said to be JSON.
    UnsupportedMediaType,
    /// Fields of the body are missing, unknown or not acceptable.
    InvalidFields,
    /// Too many operations are running.
    Busy,
    /// Concurrent changes got in the way again and again.
    Contention,
    /// The primary does not answer.
    PrimaryUnavailable,
    /// Our mistake, or something that a person has to change on our side.
    Internal,
}

impl ProblemKind {
    const fn parts(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::MalformedJson => (S::BAD_REQUEST, "malformed-json", "The body is not JSON"),
            Self::MalformedBody => (S::BAD_REQUEST, "malformed-body", "The body cannot be read"),
            Self::InvalidParameter => (
                S::BAD_REQUEST,
                "invalid-parameter",
                "A query parameter is not acceptable",
            ),
            Self::NotFound => (S::NOT_FOUND, "not-found", "Not found"),
            Self::OperationEnded => (
                S::CONFLICT,
                "operation-ended",
                "The operation has ended already",
            ),
            Self::PayloadTooLarge => (
                S::PAYLOAD_TOO_LARGE,
                "payload-too-large",
                "The body is too large",
            ),
            Self::UnsupportedMediaType => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Send JSON",
            ),
            Self::InvalidFields => (
                S::UNPROCESSABLE_ENTITY,
                "invalid-fields",
                "Fields are not acceptable",
            ),
            Self::Busy => (S::SERVICE_UNAVAILABLE, "busy", "Too much is going on"),
            Self::Contention => (
                S::SERVICE_UNAVAILABLE,
                "contention",
                "Concurrent changes got in the way",
            ),
            Self::PrimaryUnavailable => (
                S::SERVICE_UNAVAILABLE,
                "primary-unavailable",
                "The database does not answer",
            ),
            Self::Internal => (
                S::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong on our side",
            ),
        }
    }

    /// The status of the answer.
    pub const fn status(self) -> StatusCode {
        self.parts().0
    }

    /// The name that clients test for.
    pub const fn code(self) -> &'static str {
        self.parts().1
    }

    /// The same sentence for every problem of this kind.
    pub const fn title(self) -> &'static str {
        self.parts().2
    }

    /// After how many seconds the same request may succeed; `None` when it never will by itself.
    pub const fn retry_after_seconds(self) -> Option<u64> {
        match self {
            Self::Contention => Some(1),
            Self::Busy | Self::PrimaryUnavailable => Some(5),
            Self::MalformedJson
            | Self::MalformedBody
            | Self::InvalidParameter
            | Self::NotFound
            | Self::OperationEnded
            | Self::PayloadTooLarge
            | Self::UnsupportedMediaType
            | Self::InvalidFields
            | Self::Internal => None,
        }
    }
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

/// A problem to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub kind: ProblemKind,
    /// A sentence about this case.
    pub detail: String,
    /// The parts of the request that are not acceptable.
    pub errors: Vec<Fault>,
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(
            ProblemKind::NotFound,
            format!("There is no {what} with this id."),
        )
    }

    pub(crate) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self {
            kind: ProblemKind::InvalidParameter,
            detail: format!("The parameter `{name}` {detail}."),
            errors: vec![Fault {
                pointer: None,
                parameter: Some(name.to_owned()),
                detail,
            }],
        }
    }

    pub(crate) fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind: ProblemKind::InvalidFields,
            detail: "Some fields of the body are missing, unknown or not acceptable.".to_owned(),
            errors: vec![Fault {
                pointer: Some(pointer.into()),
                parameter: None,
                detail: detail.into(),
            }],
        }
    }

    /// Whether the same request may succeed later.
    pub const fn is_retryable(&self) -> bool {
        self.kind.retry_after_seconds().is_some()
    }
}

impl From<PrimaryError> for Problem {
    fn from(error: PrimaryError) -> Self {
        let kind = match &error {
            PrimaryError::Unavailable { .. } => ProblemKind::PrimaryUnavailable,
            PrimaryError::Contention { .. } => ProblemKind::Contention,
            PrimaryError::InvalidValue { .. } => ProblemKind::InvalidFields,
            PrimaryError::Constraint { .. }
            | PrimaryError::VersionConflict { .. }
            | PrimaryError::InvalidStatement { .. }
            | PrimaryError::SchemaTooNew { .. }
            | PrimaryError::Refused { .. } => ProblemKind::Internal,
        };
        // Once, here, with its causes: whoever sees the problem sees none.
        let cause = &error as &(dyn Error + 'static);
        tracing::error!(
            error = cause,
            code = kind.code(),
            "an operator's request failed"
        );
        Self::new(kind, kind.title())
    }
}

impl From<OperateError> for Problem {
    fn from(error: OperateError) -> Self {
        match error {
            OperateError::Primary(error) => error.into(),
            OperateError::TooMany { running } => Self::new(
                ProblemKind::Busy,
                format!("{running} operations are running; wait for one, or cancel one."),
            ),
            OperateError::Invalid { what, reason } => {
                let top = matches!(what, "ids" | "reason" | "scope");
                let within = if top { "" } else { "/filter" };
                Self::field(format!("{within}/{what}"), reason)
            }
        }
    }
}

#[derive(Serialize)]
struct Rendered<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    retryable: bool,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
}

/// The whole document, and the problem itself in the extensions for a host that renders its own.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let rendered = Rendered {
            kind: format!("urn:twinbase:problem:{}", self.kind.code()),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: &self.detail,
            code: self.kind.code(),
            retryable: self.is_retryable(),
            errors: &self.errors,
        };
        let body = serde_json::to_vec(&rendered).unwrap_or_default();
        let mut response = (self.kind.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.kind.retry_after_seconds() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}
