//! Free TCP ports for private servers.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// A port of 127.0.0.1 that nobody listens on now. Somebody may take it before the server does: starters try again.
///
/// # Errors
/// When the machine has no free port.
pub fn free() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}
