//! How the engine learns of commits and tells of progress.

use std::sync::{Arc, atomic::AtomicBool};

use tokio::sync::{Notify, watch};

/// How the engine learns of commits and tells of progress. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Signals {
    /// Notified after each commit of this process.
    pub wake: Arc<Notify>,
    /// Notified when a pause or another switch was changed by this process.
    pub controls: Arc<Notify>,
    /// Counts applied writes; changes when documents may have.
    pub progress: watch::Sender<u64>,
    /// Whether the worker of this process holds every partition, so that nobody
    /// else needs to be told of a commit.
    pub covers_all: Arc<AtomicBool>,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            wake: Arc::default(),
            controls: Arc::default(),
            progress: watch::Sender::new(0),
            covers_all: Arc::default(),
        }
    }
}
