//! A clock that a test moves.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use twinbase::prelude::*;

/// The machine's time, and what was added to it.
#[derive(Debug, Default)]
pub(crate) struct TestClock {
    ahead_seconds: AtomicI64,
}

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn advance(&self, by: SignedDuration) {
        self.ahead_seconds
            .fetch_add(by.as_secs(), Ordering::Relaxed);
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
        SystemClock.now() + SignedDuration::from_secs(self.ahead_seconds.load(Ordering::Relaxed))
    }
}
