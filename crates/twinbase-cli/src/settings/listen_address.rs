//! Where a process listens.

use std::fmt;

use serde_json::Value as Json;

use super::{Unusable, Value};

/// A host, which is an IP address or a name, and a port; port 0 takes any free one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress {
    host: String,
    port: u16,
}

impl Value for ListenAddress {
    /// `HOST:PORT`, with an IPv6 address in brackets.
    ///
    /// A port alone is refused: whoever writes one may mean this machine or all networks.
    fn parse(text: &str) -> Result<Self, Unusable> {
        let text = text.trim();
        let parsed = text.rsplit_once(':').and_then(|(host, port)| {
            let port = port.parse().ok()?;
            let host = unbracketed(host)?.to_owned();
            Some(Self { host, port })
        });
        parsed.ok_or_else(|| {
            Unusable::new(
                format!("`{text}` is not an address and a port"),
                remedy(text),
            )
        })
    }

    fn shown(&self) -> Json {
        self.to_string().into()
    }
}

impl ListenAddress {
    /// The address to listen on.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port to listen on.
    pub const fn port(&self) -> u16 {
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
    "Use an address and a port, such as 127.0.0.1:9101 or [::1]:9101.".to_owned()
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
            let address = ListenAddress::parse(text).unwrap();
            assert_eq!((address.host(), address.port()), (host, port));
            assert_eq!(address.to_string(), text);
        }
        assert_eq!(Option::<ListenAddress>::parse("off").unwrap(), None);
        assert_eq!(Option::<ListenAddress>::parse("").unwrap(), None);
    }

    #[test]
    fn a_port_alone_is_refused_with_the_two_things_it_could_mean() {
        for text in ["9101", ":9101"] {
            let remedy = ListenAddress::parse(text).unwrap_err().remedy;
            assert!(remedy.contains("127.0.0.1:9101"), "{remedy}");
            assert!(remedy.contains("0.0.0.0:9101"), "{remedy}");
        }
        for text in ["", "here", "::1:9101", "[here]:1", "h:70000", "h:"] {
            assert!(ListenAddress::parse(text).is_err(), "{text}");
        }
    }
}
