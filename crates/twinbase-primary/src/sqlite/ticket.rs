//! Whether a caller still waits for what it asked for.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

const WAITING: u8 = 0;
const RUNNING: u8 = 1;
const ABANDONED: u8 = 2;

/// Shared by a caller and the thread that works for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Ticket(Arc<AtomicU8>);

impl Ticket {
    /// The thread takes the work up; false when the caller has gone.
    pub(super) fn claim(&self) -> bool {
        self.swap(RUNNING)
    }

    /// The caller goes before its turn has come; false when that is too late.
    pub(super) fn withdraw(&self) -> bool {
        self.swap(ABANDONED)
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.0.load(Ordering::Acquire) == ABANDONED
    }

    /// Held by the caller's future: dropping it tells the thread.
    pub(super) const fn until_dropped(self) -> Wanted {
        Wanted(self)
    }

    fn swap(&self, to: u8) -> bool {
        self.0
            .compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}

/// Abandons its ticket when dropped.
pub(super) struct Wanted(Ticket);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.0.store(ABANDONED, Ordering::Release);
    }
}
