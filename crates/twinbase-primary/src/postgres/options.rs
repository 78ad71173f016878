//! Limits and timeouts of the pool.

use std::time::Duration;

/// How many connections, and how long anything may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// At most so many connections.
    pub max_connections: usize,
    /// How long a call waits for a connection when all are in use.
    pub wait_timeout: Duration,
    /// How long connecting to one address may take; twice that with TLS and login.
    pub connect_timeout: Duration,
    /// How long the server works on one statement.
    pub statement_timeout: Duration,
    /// How long the server waits for a lock.
    pub lock_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            // More connections than a small server has cores only queue inside of it.
            max_connections: 16,
            wait_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(10),
        }
    }
}

impl Options {
    /// How long a call waits for the server's answer. The server gives up first
    /// and says why; this is for a server or a network that says nothing.
    pub(super) fn client_timeout(&self) -> Duration {
        self.statement_timeout + Duration::from_secs(2)
    }
}
