//! How the engine learns of commits and tells of progress.

use std::sync::{Arc, atomic::AtomicBool};

use tokio::sync::watch;

use crate::WriteCheck;

/// How the engine learns of commits and tells of progress. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Signals {
    /// Rung after each commit of this process.
    pub wake: Bell,
    /// Rung when a pause or another switch was changed by this process.
    pub controls: Bell,
    /// Counts applied writes; changes when documents may have.
    pub progress: watch::Sender<u64>,
    /// Whether the worker of this process holds every partition, so that nobody
    /// else needs to be told of a commit.
    pub covers_all: Arc<AtomicBool>,
    /// Whether the primary takes writes: heartbeats and renewals of leases are writes.
    pub writes: WriteCheck,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            wake: Bell::default(),
            controls: Bell::default(),
            progress: watch::Sender::new(0),
            covers_all: Arc::default(),
            writes: WriteCheck::default(),
        }
    }
}

/// Heard by every worker of the process, each as soon as it listens again. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Bell {
    rung: watch::Sender<u64>,
}

impl Bell {
    /// Has everybody look who listens.
    pub fn ring(&self) {
        self.rung.send_modify(|times| *times += 1);
    }

    /// Changes with each ring from now on.
    pub(crate) fn listen(&self) -> watch::Receiver<u64> {
        self.rung.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_hears_a_bell_that_rang_while_nobody_waited() {
        let bell = Bell::default();
        let listeners = [bell.listen(), bell.listen()];
        bell.clone().ring();
        assert!(listeners.iter().all(|l| l.has_changed().unwrap()));
        assert!(!bell.listen().has_changed().unwrap());
    }
}
