//! The sync engine: it carries events from the primary to the replica, reports how
//! fresh the replica is, reads it no fresher than it is, and proves that both agree.
//!
//! Decisions live in pure `plan` modules; the loops around them perform what
//! was planned. No module names a driver: both sides are the traits of
//! `twinbase-core`.

pub mod changes;
pub mod metrics;
pub mod operate;
pub mod read;
pub mod rebuild;
pub mod repair;
pub mod timeline;
pub mod verify;
pub mod worker;

mod backoff;
mod freshness;
mod generations;
mod writes;

use std::sync::Arc;

pub(crate) use twinbase_core::error::error_chain;
use twinbase_core::{Clock, Primary, Registry, Replica};

pub use freshness::{Freshness, NotCaughtUp};
pub use writes::WriteCheck;

/// Both sides of one application, and what its aggregates look like.
#[derive(Clone)]
pub struct Sides {
    /// Where the application commits.
    pub primary: Arc<dyn Primary>,
    /// Where it reads.
    pub replica: Arc<dyn Replica>,
    /// Its aggregates.
    pub registry: Registry,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Sides {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sides")
            .field("primary", &self.primary.location())
            .field("replica", &self.replica.location())
            .finish_non_exhaustive()
    }
}
