//! A clock that a test moves.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use twinbase::prelude::*;

/// The machine's time, and what was added to it; or a time at which it was stopped.
#[derive(Debug, Default)]
pub(crate) struct TestClock {
    ahead_seconds: AtomicI64,
    stopped: OnceLock<Timestamp>,
}

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn advance(&self, by: SignedDuration) {
        self.ahead_seconds
            .fetch_add(by.as_secs(), Ordering::Relaxed);
    }

    /// Stops it for good.
    pub(crate) fn stop(&self) {
        let now = self.now();
        self.stopped.get_or_init(|| now);
    }

    /// Sets it to this time or up to a second before, from which it goes on.
    pub(crate) fn set(&self, to: &str) {
        let to: Timestamp = to.parse().expect("it is a time");
        let ahead = to.duration_since(SystemClock.now());
        self.ahead_seconds.store(ahead.as_secs(), Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead_seconds.load(Ordering::Relaxed);
        let goes_on = || SystemClock.now() + SignedDuration::from_secs(ahead);
        self.stopped.get().copied().unwrap_or_else(goes_on)
    }
}
