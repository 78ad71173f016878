//! How an SQLite primary is opened: durability, waits and sizes.

use std::time::Duration;

/// When a commit is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// When the commit returns; a power cut loses nothing that was acknowledged.
    #[default]
    Full,
    /// Some time later: a power cut may lose the last commits, never the file.
    Normal,
}

impl Synchronous {
    pub(super) const fn pragma(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Normal => "normal",
        }
    }
}

/// The settings of an SQLite primary.
#[derive(Debug, Clone)]
pub struct Options {
    /// When a commit is on the disk.
    pub synchronous: Synchronous,
    /// How long to wait for a lock that another process holds.
    pub busy_timeout: Duration,
    /// How long a write waits for its turn among the writers of this process,
    /// and a read for a free connection.
    pub turn_timeout: Duration,
    /// A transaction that nobody used for so long is rolled back, because all
    /// other writers wait for it.
    pub idle_timeout: Duration,
    /// A read that takes longer is interrupted.
    pub query_timeout: Duration,
    /// Connections for reads; at least one is opened.
    pub readers: u32,
    /// Prepared statements kept by each connection.
    pub statements: usize,
}

impl Default for Options {
    /// Safe against a power cut; waits that a request can afford; four readers
    /// serve the pages of one machine; 128 statements hold those of Twinbase and
    /// of an application with a dozen tables.
    fn default() -> Self {
        Self {
            synchronous: Synchronous::Full,
            busy_timeout: Duration::from_secs(5),
            turn_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            query_timeout: Duration::from_secs(30),
            readers: 4,
            statements: 128,
        }
    }
}
