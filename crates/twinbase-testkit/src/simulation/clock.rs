//! Clocks: the databases' own, which follows virtual time, and workers' clocks, which jump.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use twinbase_core::Clock;

/// When histories begin, by the databases' clock: 2030-01-01.
pub(super) const EPOCH: Timestamp = Timestamp::constant(1_893_456_000, 0);

/// The time that it is now, of a clock that was at `epoch` at the start.
pub(super) fn time_since(epoch: Timestamp, start: Instant) -> Timestamp {
    let since = SignedDuration::try_from(start.elapsed()).unwrap_or_default();
    epoch.checked_add(since).unwrap_or(Timestamp::MAX)
}

/// Lets virtual time pass until then, which takes none.
pub async fn pass_until(moment: Instant) {
    tokio::time::sleep_until(moment).await;
}

/// A worker's clock: virtual time, and a difference that [`SimClock::set_off`] makes jump.
#[derive(Debug, Clone)]
pub struct SimClock {
    start: Instant,
    off_by_millis: Arc<AtomicI64>,
}

impl SimClock {
    /// How far a clock may be off.
    ///
    /// Twinbase promises that a deleted document stays deleted while clocks differ by less than this. A
    /// tombstone lives 10 minutes, from a clock that is slow by this much, by one that is fast; an event is applied
    /// from its payload until it is 5 minutes old by a slow clock, by a batch that is up to 1
    /// minute old, through a call that is held up to [`super::LONGEST_HOLD`] (90 s):
    /// 5 + d + 1 + 1.5 < 10 - 2 d.
    pub const MOST_OFF: Duration = Duration::from_secs(45);

    pub(super) fn new(start: Instant) -> Self {
        Self {
            start,
            off_by_millis: Arc::default(),
        }
    }

    /// Jumps.
    pub fn set_off(&self, millis: i64) {
        self.off_by_millis.store(millis, Ordering::Relaxed);
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let off = SignedDuration::from_millis(self.off_by_millis.load(Ordering::Relaxed));
        time_since(EPOCH, self.start)
            .checked_add(off)
            .unwrap_or(Timestamp::MAX)
    }
}
