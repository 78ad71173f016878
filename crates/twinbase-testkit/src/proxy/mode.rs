//! What a proxy can be told to do.

use std::time::Duration;

/// How a proxy treats what passes. A change is for the open connections too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Everything goes through.
    #[default]
    Pass,
    /// New connections are accepted and reset at once; open ones go on.
    Refuse,
    /// Nobody listens; open connections go on.
    Absent,
    /// Each piece waits for a random time between these two.
    Delay(Duration, Duration),
    /// Nothing moves until the mode is another one; then all of it arrives, late.
    Hold,
    /// What goes this way is taken and never arrives, and neither does anything after it on
    /// the same connection, in any mode: bytes that are missing cannot be made up for.
    Swallow(Way),
    /// At most so many bytes in a second each way of each connection.
    Throttle {
        /// Bytes, more than 0.
        bytes_per_second: u32,
    },
    /// The first connection that would get more than so many bytes from its server gets these and
    /// is reset; with 0, an answer is lost whole. Then everything passes again.
    CutAnswer {
        /// How many bytes still arrive.
        after_bytes: usize,
    },
    /// The same, but the rest is taken and never arrives, as with [`Mode::Swallow`].
    LoseAnswer {
        /// How many bytes still arrive.
        after_bytes: usize,
    },
}

/// A direction of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

/// What the proxy was told so far. A connection compares it with what it was when it was opened.
#[derive(Debug, Clone, Default)]
pub(super) struct Orders {
    pub(super) mode: Mode,
    /// The number of the mode: two of the same kind one after the other are two.
    pub(super) number: u64,
    pub(super) cuts: u64,
    pub(super) half_closes: [u64; 2],
}

impl Orders {
    pub(super) fn enter(&mut self, mode: Mode) {
        self.mode = mode;
        self.number += 1;
    }
}
