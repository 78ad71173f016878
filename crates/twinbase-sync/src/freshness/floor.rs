//! The floor of versions as far as this process knows it.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use twinbase_core::Version;

/// Only ever rises.
#[derive(Debug, Default)]
pub(super) struct Floor(AtomicI64);

impl Floor {
    pub(super) fn raise(&self, floor: Version) {
        self.0.fetch_max(floor.get(), Relaxed);
    }

    pub(super) fn get(&self) -> Version {
        Version::new(self.0.load(Relaxed))
    }
}
