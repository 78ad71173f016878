//! What a proxy has done so far.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::Way;

/// What a proxy has done since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Connections that were opened through to the server.
    pub connections: u64,
    /// Those of them that are still open.
    pub open: u64,
    /// Connections that were refused, by order or because the server was away.
    pub refused: u64,
    /// Connections that were reset by order.
    pub cuts: u64,
    /// Bytes that were delivered to the server.
    pub bytes_to_server: u64,
    /// Bytes that were delivered to clients.
    pub bytes_to_client: u64,
    /// Bytes that were taken and never delivered.
    pub bytes_lost: u64,
}

#[derive(Default)]
pub(super) struct Counters {
    connections: AtomicU64,
    closed: AtomicU64,
    refused: AtomicU64,
    cuts: AtomicU64,
    delivered: [AtomicU64; 2],
    lost: AtomicU64,
}

impl Counters {
    pub(super) fn opened(&self) {
        self.connections.fetch_add(1, Relaxed);
    }

    pub(super) fn closed(&self) {
        self.closed.fetch_add(1, Relaxed);
    }

    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    pub(super) fn cut(&self) {
        self.cuts.fetch_add(1, Relaxed);
    }

    pub(super) fn delivered(&self, way: Way, bytes: usize) {
        self.delivered[way.index()].fetch_add(bytes as u64, Relaxed);
    }

    pub(super) fn lost(&self, bytes: usize) {
        self.lost.fetch_add(bytes as u64, Relaxed);
    }

    pub(super) fn read(&self) -> Statistics {
        // A connection is opened before it is closed, so this order never answers fewer than none.
        let closed = self.closed.load(Relaxed);
        let connections = self.connections.load(Relaxed);
        Statistics {
            connections,
            open: connections.saturating_sub(closed),
            refused: self.refused.load(Relaxed),
            cuts: self.cuts.load(Relaxed),
            bytes_to_server: self.delivered[Way::ToServer.index()].load(Relaxed),
            bytes_to_client: self.delivered[Way::ToClient.index()].load(Relaxed),
            bytes_lost: self.lost.load(Relaxed),
        }
    }
}
