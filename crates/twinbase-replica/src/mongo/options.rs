//! How long things may take, and what this client is called.

use std::time::Duration;

/// How many documents come in one message of a read.
pub(super) const BATCH_SIZE: u32 = 500;

/// Limits of a [`Mongo`](super::Mongo); the default suits a service. What the URL says about connecting wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How long a connection may take to be made, unless the URL has a `connectTimeoutMS`.
    pub connect_timeout: Duration,
    /// How long to look for a server that can be written to, unless the URL has a `serverSelectionTimeoutMS`.
    pub server_selection_timeout: Duration,
    /// How long any call may take in all, finding a server included. A stopped server is noticed by nothing else.
    pub call_timeout: Duration,
    /// How long the server may work on a reader's query.
    pub query_time: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            server_selection_timeout: Duration::from_secs(5),
            call_timeout: Duration::from_secs(15),
            query_time: Duration::from_secs(10),
        }
    }
}
