//! The trace context of a request, as W3C Trace Context writes it in the header `traceparent`.

/// A valid `traceparent` of version 00: `00-<trace id>-<parent id>-<flags>` in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceParent(Box<str>);

const LENGTH: usize = 55;

impl TraceParent {
    /// Reads the text of a header or of an event. What is `None` is none of version 00: a receiver starts a new trace then.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = |part: &str, length: usize| {
            part.len() == length
                && part
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        if text.len() != LENGTH {
            return None;
        }
        let mut parts = text.split('-');
        let mut next = |length| parts.next().filter(|part| is_hex(part, length));
        let (version, trace, parent, flags) = (next(2), next(32), next(16), next(2));
        let is_zero = |part: Option<&str>| part.is_none_or(|p| p.bytes().all(|b| b == b'0'));
        if version != Some("00") || flags.is_none() || is_zero(trace) || is_zero(parent) {
            return None;
        }
        Some(Self(text.into()))
    }

    /// A context of these random numbers that is not recorded; a zero, which is no id, becomes one.
    pub fn from_random(trace: u128, parent: u64) -> Self {
        let (trace, parent) = (trace.max(1), parent.max(1));
        Self(format!("00-{trace:032x}-{parent:016x}-00").into())
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the trace, 32 hex digits.
    pub fn trace_id(&self) -> &str {
        &self.0[3..35]
    }

    /// The id of the span that is the parent, 16 hex digits.
    pub fn parent_id(&self) -> &str {
        &self.0[36..52]
    }

    /// Whether the caller records this trace.
    pub fn is_sampled(&self) -> bool {
        u8::from_str_radix(&self.0[53..], 16).is_ok_and(|flags| flags & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_good_one_is_taken_apart() {
        let parent = TraceParent::parse(GOOD).unwrap();
        assert_eq!(parent.as_str(), GOOD);
        assert_eq!(parent.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(parent.parent_id(), "00f067aa0ba902b7");
        assert!(parent.is_sampled());
        let made = TraceParent::from_random(0, 7);
        assert_eq!(TraceParent::parse(made.as_str()), Some(made.clone()));
        assert!(!made.is_sampled());
    }

    #[test]
    fn what_is_malformed_or_of_another_version_is_none() {
        for bad in [
            "",
            "00",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b7--01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bé-1",
        ] {
            assert_eq!(TraceParent::parse(bad), None, "{bad}");
        }
    }
}
