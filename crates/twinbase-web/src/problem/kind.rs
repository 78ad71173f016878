//! What the problems of one code have in common.

use axum::http::StatusCode;

/// A kind of problem. A service lists its own in one enum of codes, and converts that with one exhaustive `match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The name that clients test for, such as `not-found`.
    pub name: &'static str,
    /// The same sentence for every problem of this kind.
    pub title: &'static str,
    /// The status of the answer.
    pub status: StatusCode,
    /// After how many seconds the same request may succeed; `None` when it never will by itself.
    pub retry_after_seconds: Option<u64>,
}

impl Kind {
    /// A kind that trying again does not cure.
    pub const fn new(status: StatusCode, name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title,
            status,
            retry_after_seconds: None,
        }
    }

    /// The same kind, for which the request may be sent again after so many seconds.
    #[must_use]
    pub const fn retry_after(self, seconds: u64) -> Self {
        Self {
            retry_after_seconds: Some(seconds),
            ..self
        }
    }
}
