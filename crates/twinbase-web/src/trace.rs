//! The trace that a request belongs to: the caller's when it sent a valid one, else a new one.

use axum::http::HeaderMap;
use rand::Rng;
use twinbase::prelude::TraceParent;

/// The header of W3C Trace Context.
const HEADER: &str = "traceparent";

/// The context of a request. A header that is not valid, or is there twice, is ignored
/// as the standard asks; nobody has decided to record the trace that begins here then.
pub(crate) fn of(headers: &HeaderMap, random: &mut impl Rng) -> TraceParent {
    let mut sent = headers.get_all(HEADER).iter();
    let only = match (sent.next(), sent.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    };
    only.and_then(TraceParent::parse)
        .unwrap_or_else(|| TraceParent::from_random(random.random(), random.random()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn check(values: &[&str]) -> TraceParent {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_str(value).unwrap());
        }
        of(&headers, &mut StdRng::seed_from_u64(1))
    }

    #[test]
    fn a_valid_context_is_taken_over_and_anything_else_begins_a_new_trace() {
        assert_eq!(check(&[GOOD]).as_str(), GOOD);
        for bad in [&[][..], &["nonsense"], &["é"], &[GOOD, GOOD]] {
            let made = check(bad);
            assert_ne!(made.as_str(), GOOD, "{bad:?}");
            assert!(!made.is_sampled());
        }
    }

    #[test]
    fn new_traces_differ() {
        let mut random = StdRng::seed_from_u64(1);
        let mut make = || of(&HeaderMap::new(), &mut random);
        let (one, two) = (make(), make());
        assert_ne!(one.trace_id(), two.trace_id());
        assert_ne!(one.parent_id(), two.parent_id());
    }
}
