//! Taking the port, with an error that tells how to take another.

use std::{io, net::SocketAddr};

use tokio::net::TcpListener;

use crate::{config::Config, terminal::Failure};

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

/// Takes the configured port.
pub(crate) async fn listen(config: &Config) -> Result<Listening, Failure> {
    let (host, port) = (config.host.value.as_str(), config.port.value);
    let failed = |error| failure(host, port, error);
    let listener = TcpListener::bind((host, port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Listening { listener, address })
}

fn failure(host: &str, port: u16, error: io::Error) -> Failure {
    const OTHER_PORT: &str = "or choose another port with --port or PORT (0 takes any free one)";
    let (message, remedy) = match error.kind() {
        io::ErrorKind::AddrInUse => (
            format!("port {port} on {host} is in use by another program"),
            format!("Stop that program, {OTHER_PORT}."),
        ),
        io::ErrorKind::PermissionDenied => (
            format!("this user may not listen on port {port}"),
            format!("Ports below 1024 need a privilege: grant it, {OTHER_PORT}."),
        ),
        io::ErrorKind::AddrNotAvailable => (
            format!("{host} is not an address of this machine"),
            "Use 127.0.0.1 for this machine alone or 0.0.0.0 for all networks, with --host or STUDYHALL_HOST.".to_owned(),
        ),
        _ => (
            format!("cannot listen on port {port} of {host}"),
            format!("Correct the address with --host or STUDYHALL_HOST, {OTHER_PORT}."),
        ),
    };
    Failure::new(message, remedy).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_privileged_port_is_told_apart_from_one_in_use() {
        let text = |kind: io::ErrorKind| failure("127.0.0.1", 80, kind.into()).to_string();
        assert!(text(io::ErrorKind::PermissionDenied).contains("may not listen on port 80"));
        assert!(text(io::ErrorKind::AddrInUse).contains("in use"));
    }
}
