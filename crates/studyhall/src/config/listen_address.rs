//! Where a process listens beside the server's own port.

use std::fmt;

use twinbase_cli::Unusable;

use super::span;

/// A host, which is an IP address or a name, and a port; port 0 takes any free one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListenAddress {
    host: String,
    port: u16,
}

impl ListenAddress {
    /// `HOST:PORT`, with an IPv6 address in brackets; empty or `off` for nowhere.
    ///
    /// A port alone is refused: whoever writes one may mean this machine or all networks.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, Unusable> {
        let text = text.trim();
        if text.is_empty() || text == span::OFF {
            return Ok(None);
        }
        let parsed = text.rsplit_once(':').and_then(|(host, port)| {
            let port = port.parse().ok()?;
            let host = unbracketed(host)?.to_owned();
            Some(Self { host, port })
        });
        match parsed {
            Some(address) => Ok(Some(address)),
            None => Err(Unusable {
                reason: format!("`{text}` is not an address and a port"),
                remedy: remedy(text),
            }),
        }
    }

    /// The address to listen on.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The port to listen on.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

/// The host without the brackets around an IPv6 address, which is nowhere unambiguous without them.
fn unbracketed(host: &str) -> Option<&str> {
    let inside = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match inside {
        Some(address) => address.contains(':').then_some(address),
        None => (!host.is_empty() && !host.contains([':', '[', ']'])).then_some(host),
    }
}

fn remedy(text: &str) -> String {
    let port = text.strip_prefix(':').unwrap_or(text);
    if port.parse::<u16>().is_ok() {
        return format!(
            "Use 127.0.0.1:{port} for this machine alone, or 0.0.0.0:{port} for all networks."
        );
    }
    "Use an address and a port, such as 127.0.0.1:9101 or [::1]:9101, or off.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port_and_is_written_as_it_is_read() {
        for (text, host, port) in [
            ("127.0.0.1:9101", "127.0.0.1", 9101),
            ("[::1]:0", "::1", 0),
            ("localhost:80", "localhost", 80),
        ] {
            let address = ListenAddress::parse(text).unwrap().unwrap();
            assert_eq!((address.host(), address.port()), (host, port));
            assert_eq!(address.to_string(), text);
        }
        assert_eq!(ListenAddress::parse("off").unwrap(), None);
        assert_eq!(ListenAddress::parse("").unwrap(), None);
    }

    #[test]
    fn a_port_alone_is_refused_with_the_two_things_it_could_mean() {
        for text in ["9101", ":9101"] {
            let remedy = ListenAddress::parse(text).unwrap_err().remedy;
            assert!(remedy.contains("127.0.0.1:9101"), "{remedy}");
            assert!(remedy.contains("0.0.0.0:9101"), "{remedy}");
        }
        for text in ["here", "::1:9101", "[here]:1", "h:70000", "h:"] {
            assert!(ListenAddress::parse(text).is_err(), "{text}");
        }
    }
}
