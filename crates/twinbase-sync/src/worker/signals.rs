//! How the engine learns of commits and reports progress.

use std::sync::{Arc, atomic::AtomicBool};

use tokio::sync::watch;

use crate::WriteCheck;

/// How the engine learns of commits and reports progress. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    /// Notified after each commit of this process.
    pub wake: Notifier,
    /// Notified when a pause or another switch was changed by this process.
    pub controls: Notifier,
    /// Notified when documents may have changed.
    pub progress: Notifier,
    /// Whether the worker of this process holds every partition, so that nobody
    /// else needs to be notified of a commit.
    pub covers_all: Arc<AtomicBool>,
    /// Whether the primary takes writes: heartbeats and renewals of leases are writes.
    pub writes: WriteCheck,
}

/// Notifies everybody in the process who subscribed. One that is busy gets it as soon as it waits again. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Notifier {
    times: watch::Sender<u64>,
}

impl Notifier {
    /// Notifies everybody who has subscribed.
    pub fn notify(&self) {
        self.times.send_modify(|times| *times += 1);
    }

    /// Changes with each notification from now on.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.times.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_gets_a_notification_that_was_sent_while_nobody_waited() {
        let notifier = Notifier::default();
        let receivers = [notifier.subscribe(), notifier.subscribe()];
        notifier.clone().notify();
        assert!(receivers.iter().all(|r| r.has_changed().unwrap()));
        assert!(!notifier.subscribe().has_changed().unwrap());
    }
}
