//! The server in a database's URL, and the same URL with another server.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, ensure};
use tokio::{net::TcpStream, time::timeout};

/// A server that is there answers at once or not at all.
const DEADLINE: Duration = Duration::from_secs(5);

/// A URL in three parts: what is before the server, the server, and what is after it.
pub struct Place<'a> {
    before: &'a str,
    server: &'a str,
    after: &'a str,
    mongodb: bool,
}

impl<'a> Place<'a> {
    /// Finds the server in a URL.
    ///
    /// # Errors
    /// When it names no TCP server, or several.
    pub fn of(url: &'a str) -> anyhow::Result<Self> {
        let (scheme, rest) = url.split_once("://").context("the URL has no scheme")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        // A password may hold an `@` that nobody encoded; the last one ends it.
        let start = rest[..end].rfind('@').map_or(0, |at| at + 1);
        let server = &rest[start..end];
        ensure!(
            !server.is_empty() && !server.contains([',', '%']) && scheme != "mongodb+srv",
            "the URL does not name one TCP server"
        );
        let before = url.len() - rest.len() + start;
        Ok(Self {
            before: &url[..before],
            server,
            after: &rest[end..],
            mongodb: scheme == "mongodb",
        })
    }

    /// `host:port` of the server.
    pub fn target(&self) -> String {
        let has_port = self
            .server
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        if has_port {
            return self.server.to_owned();
        }
        let port = if self.mongodb { 27017 } else { 5432 };
        format!("{}:{port}", self.server)
    }

    /// The URL with another server. A client of MongoDB must not look for the
    /// other members of a replica set, which would lead it around the proxy.
    pub fn moved_to(&self, address: SocketAddr) -> String {
        let Self { before, after, .. } = self;
        let moved = format!("{before}{address}{after}");
        if !self.mongodb || after.contains("directConnection=") {
            return moved;
        }
        let separator = match after {
            after if after.contains('?') => "&",
            after if after.starts_with('/') => "?",
            _ => "/?",
        };
        format!("{moved}{separator}directConnection=true")
    }
}

/// Returns when something listens where a URL leads. One of several servers is not looked for: their driver finds them.
///
/// # Errors
/// When nobody does.
pub async fn reach(url: &str) -> anyhow::Result<()> {
    if let Ok(place) = Place::of(url) {
        let target = place.target();
        let connected = timeout(DEADLINE, TcpStream::connect(&target)).await;
        connected
            .with_context(|| format!("{target} does not answer"))?
            .with_context(|| format!("connect to {target}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Place;

    fn check(url: &str, target: &str, moved: &str) {
        let place = Place::of(url).unwrap();
        assert_eq!(place.target(), target);
        assert_eq!(place.moved_to(([127, 0, 0, 1], 9).into()), moved);
    }

    #[test]
    fn only_the_server_of_a_url_is_another() {
        check(
            "postgres://u:p@h:1/db?sslmode=disable",
            "h:1",
            "postgres://u:p@127.0.0.1:9/db?sslmode=disable",
        );
        check("postgres://h/db", "h:5432", "postgres://127.0.0.1:9/db");
    }

    #[test]
    fn a_client_of_mongodb_is_kept_to_the_proxy() {
        let direct = "directConnection=true";
        check(
            "mongodb://h",
            "h:27017",
            &format!("mongodb://127.0.0.1:9/?{direct}"),
        );
        check(
            "mongodb://h:1/db",
            "h:1",
            &format!("mongodb://127.0.0.1:9/db?{direct}"),
        );
        check(
            "mongodb://u:p@h:1/db?appName=a",
            "h:1",
            &format!("mongodb://u:p@127.0.0.1:9/db?appName=a&{direct}"),
        );
        let set = format!("mongodb://127.0.0.1:9/db?{direct}&a=b");
        check(&format!("mongodb://h:1/db?{direct}&a=b"), "h:1", &set);
    }

    #[test]
    fn a_url_of_several_servers_or_of_none_is_refused() {
        for url in [
            "mongodb://a:1,b:2/",
            "postgres://%2Frun/db",
            "h:1",
            "mongodb+srv://h/",
            "postgres:///db",
        ] {
            assert!(Place::of(url).is_err(), "{url}");
        }
    }
}
