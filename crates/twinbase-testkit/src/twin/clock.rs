//! The clock of a test: the machine's, moved.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use twinbase::core::{AggregateId, Clock, SystemClock};

/// A clock that goes as the machine's does and that a test sets forwards or back. Cheap to clone; clones are one clock.
///
/// Times that changes record, ids, and when a failed event is tried again follow it. Leases of workers follow the
/// database's own clock, and pauses within a process that of the process.
#[derive(Debug, Clone, Default)]
pub struct TestClock(Arc<Mutex<SignedDuration>>);

impl TestClock {
    /// Sets the clock forwards, or back by a negative duration.
    ///
    /// # Panics
    /// When that leads beyond the years that a [`Timestamp`] knows.
    pub fn advance(&self, by: SignedDuration) {
        let mut off = self.off();
        let sum = off.checked_add(by);
        *off = sum.expect("the clock stays within the years that a timestamp knows");
    }

    /// Sets the clock to this time, from which it goes on.
    pub fn set(&self, to: Timestamp) {
        *self.off() = to.duration_since(SystemClock.now());
    }

    fn off(&self) -> MutexGuard<'_, SignedDuration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let off = *self.off();
        let now = SystemClock.now().checked_add(off);
        now.expect("the clock stays within the years that a timestamp knows")
    }

    fn new_id(&self) -> AggregateId {
        if self.off().is_zero() {
            SystemClock.new_id()
        } else {
            self.now().new_id()
        }
    }
}
