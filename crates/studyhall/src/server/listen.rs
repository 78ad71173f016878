//! Taking the port, with an error that tells how to take another.

use std::{io, net::SocketAddr};

use tokio::net::TcpListener;

use crate::{
    config::{Config, ListenAddress},
    terminal::Failure,
};

/// A port that was taken.
#[derive(Debug)]
pub(crate) struct Listening {
    /// Where connections come in.
    pub(crate) listener: TcpListener,
    /// The address, with the real port.
    pub(crate) address: SocketAddr,
}

impl Listening {
    /// The URL at which this machine reaches it. The loopback addresses and "any
    /// address" are what people call localhost.
    pub(crate) fn url(&self) -> String {
        let ip = self.address.ip();
        if ip.is_loopback() || ip.is_unspecified() {
            format!("http://localhost:{}", self.address.port())
        } else {
            format!("http://{}", self.address)
        }
    }
}

/// The settings that lead elsewhere, as an error names them.
#[derive(Debug, Clone, Copy)]
struct Settings {
    host: &'static str,
    port: &'static str,
}

const OF_SERVER: Settings = Settings {
    host: "--host or STUDYHALL_HOST",
    port: "--port or PORT",
};
const OF_METRICS: Settings = Settings {
    host: "--metrics-listen or STUDYHALL_METRICS_LISTEN",
    port: "--metrics-listen or STUDYHALL_METRICS_LISTEN",
};

/// Takes the server's port.
pub(crate) async fn listen(config: &Config) -> Result<Listening, Failure> {
    bind(&config.host.value, config.port.value, OF_SERVER).await
}

/// Takes the port of a worker's metrics.
pub(crate) async fn listen_for_metrics(address: &ListenAddress) -> Result<Listening, Failure> {
    bind(address.host(), address.port(), OF_METRICS).await
}

async fn bind(host: &str, port: u16, settings: Settings) -> Result<Listening, Failure> {
    let failed = |error| failure(host, port, settings, error);
    let listener = TcpListener::bind((host, port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Listening { listener, address })
}

fn failure(host: &str, port: u16, settings: Settings, error: io::Error) -> Failure {
    let other_port = format!(
        "or choose another port with {} (0 takes any free one)",
        settings.port
    );
    let by_host = settings.host;
    let (message, remedy) = match error.kind() {
        io::ErrorKind::AddrInUse => (
            format!("port {port} on {host} is in use by another program"),
            format!("Stop that program, {other_port}."),
        ),
        io::ErrorKind::PermissionDenied => (
            format!("this user may not listen on port {port}"),
            format!("Ports below 1024 need a privilege: grant it, {other_port}."),
        ),
        io::ErrorKind::AddrNotAvailable => (
            format!("{host} is not an address of this machine"),
            format!(
                "Use 127.0.0.1 for this machine alone or 0.0.0.0 for all networks, with {by_host}."
            ),
        ),
        _ => (
            format!("cannot listen on port {port} of {host}"),
            format!("Correct the address with {by_host}, {other_port}."),
        ),
    };
    Failure::new(message, remedy).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_privileged_port_is_told_apart_from_one_in_use() {
        let text =
            |kind: io::ErrorKind| failure("127.0.0.1", 80, OF_SERVER, kind.into()).to_string();
        assert!(text(io::ErrorKind::PermissionDenied).contains("may not listen on port 80"));
        assert!(text(io::ErrorKind::AddrInUse).contains("in use"));
    }
}
