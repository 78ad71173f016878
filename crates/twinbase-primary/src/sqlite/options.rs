//! How an SQLite primary is opened: waits and sizes.

use std::time::Duration;

/// The settings of an SQLite primary.
#[derive(Debug, Clone)]
pub struct Options {
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
}

impl Default for Options {
    /// Waits that a request can afford; four readers serve the pages of one machine.
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(5),
            turn_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            query_timeout: Duration::from_secs(30),
        }
    }
}
