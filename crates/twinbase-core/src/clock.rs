//! The clock as a seam: tests and simulations own time and the ids made from it.

use jiff::Timestamp;

use crate::AggregateId;

/// Where the time comes from.
///
/// An implementation may go backwards (clocks do); nothing in Twinbase takes
/// order from it, only durations and labels.
pub trait Clock: Send + Sync + 'static {
    /// The current time, UTC.
    fn now(&self) -> Timestamp;

    /// A new aggregate id: a UUID of version 7 (RFC 9562), so that ids made
    /// later sort later and indexes grow at their end.
    fn new_id(&self) -> AggregateId {
        let now = self.now();
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
        let at = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos);
        AggregateId::from_uuid(uuid::Uuid::new_v7(at))
    }
}

/// A clock that stands.
impl Clock for Timestamp {
    fn now(&self) -> Timestamp {
        *self
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Those of one process are in the order in which they were made, within a millisecond too.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine"
    )]
    fn new_id(&self) -> AggregateId {
        AggregateId::from_uuid(uuid::Uuid::now_v7())
    }
}
