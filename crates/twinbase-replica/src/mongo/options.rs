//! How long things may take, and what this client is called.

use std::time::Duration;

use mongodb::options::ClientOptions;

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

impl Options {
    pub(super) fn apply_to(&self, client: &mut ClientOptions) {
        client.app_name.get_or_insert_with(|| "twinbase".to_owned());
        client.connect_timeout.get_or_insert(self.connect_timeout);
        client
            .server_selection_timeout
            .get_or_insert(self.server_selection_timeout);
    }

    /// How long to wait for one message of a query's answer: the server stops it first, when it can.
    pub(super) fn query_deadline(&self) -> Duration {
        self.query_time + self.call_timeout.min(Duration::from_secs(2))
    }
}
