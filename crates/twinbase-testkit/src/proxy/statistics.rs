//! What a proxy has done so far.

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
