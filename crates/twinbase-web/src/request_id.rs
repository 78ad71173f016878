//! The id of a request: the client's own when it is harmless, else a new one.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use twinbase::prelude::*;

/// Names one request in its answer, in problems and in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Enough for any tracing system's ids, and short enough for a log line.
const LONGEST: usize = 64;

impl RequestId {
    /// The client's id, or a new one when there is none or it has other than safe characters.
    pub(crate) fn of(headers: &HeaderMap, clock: &dyn Clock) -> Self {
        let sent = headers.get(HEADER).and_then(|value| value.to_str().ok());
        match sent.filter(|id| is_safe(id)) {
            Some(id) => Self(id.into()),
            None => Self(clock.new_id().as_str().into()),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn header_value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

fn is_safe(id: &str) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn only_short_and_harmless_ids_are_taken_over() {
        assert!(is_safe("0192f0c1-7a.b_C"));
        for id in ["", "a b", "a\"b", "<script>", &"a".repeat(65), "ä"] {
            assert!(!is_safe(id), "{id}");
        }
    }
}
