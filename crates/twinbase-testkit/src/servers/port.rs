//! Free TCP ports for private servers.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::Context as _;

/// Somebody else may take the free port between our look and the server's start.
const ATTEMPTS: usize = 5;

/// Starts a server on a free port of 127.0.0.1.
pub(super) async fn start(
    mut server: impl AsyncFnMut(u16) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let free = || free().context("find a free port");
    for _ in 1..ATTEMPTS {
        if server(free()?).await.is_ok() {
            return Ok(());
        }
    }
    server(free()?).await
}

/// A port of 127.0.0.1 that nobody listens on now. Somebody may take it before the server does: starters try again.
///
/// # Errors
/// When the machine has no free port.
pub fn free() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}
