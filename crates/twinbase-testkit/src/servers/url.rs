//! The parts of a database's URL. MongoDB's may name several servers, so the usual URL parsers do not read them.

use std::{borrow::Cow, net::SocketAddr, time::Duration};

use anyhow::{Context as _, ensure};
use tokio::{net::TcpStream, time::timeout};

/// A server that is there answers at once or not at all.
const DEADLINE: Duration = Duration::from_secs(5);

/// A URL in its parts.
pub struct ServerUrl<'a> {
    /// What is before the server: the scheme and who connects.
    before: &'a str,
    server: &'a str,
    /// The database, with the slash before it.
    path: &'a str,
    options: Vec<Cow<'a, str>>,
}

impl<'a> ServerUrl<'a> {
    /// Takes a URL apart.
    pub fn of(url: &'a str) -> Self {
        let start = url.find("://").map_or(0, |at| at + 3);
        let rest = &url[start..];
        let end = start + rest.find(['/', '?']).unwrap_or(rest.len());
        // A password may hold an `@` that nobody encoded; the last one ends it.
        let at = url[start..end].rfind('@');
        let (before, server) = url[..end].split_at(at.map_or(start, |at| start + at + 1));
        let (path, options) = url[end..].split_once('?').unwrap_or((&url[end..], ""));
        let options = options.split('&').filter(|option| !option.is_empty());
        Self {
            before,
            server,
            path,
            options: options.map(Cow::from).collect(),
        }
    }

    fn is_mongodb(&self) -> bool {
        self.before.starts_with("mongodb")
    }

    /// `host:port` of the server.
    ///
    /// # Errors
    /// When the URL names no TCP server, or several.
    pub fn target(&self) -> anyhow::Result<String> {
        let (before, server) = (self.before, self.server);
        ensure!(before.contains("://"), "the URL has no scheme");
        ensure!(
            !server.is_empty()
                && !server.contains([',', '%'])
                && !before.starts_with("mongodb+srv"),
            "the URL does not name one TCP server"
        );
        let port = server.rsplit_once(':').map(|(_, port)| port);
        if port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit())) {
            return Ok(server.to_owned());
        }
        let port = if self.is_mongodb() { 27017 } else { 5432 };
        Ok(format!("{server}:{port}"))
    }

    /// The URL with another server. A client of MongoDB must not look for the
    /// other members of a replica set, which would lead it around the proxy.
    pub fn moved_to(&self, address: SocketAddr) -> String {
        let mut options = self.options.clone();
        if self.is_mongodb() && !self.has("directConnection") {
            options.push("directConnection=true".into());
        }
        self.joined(&address.to_string(), self.path, &options)
    }

    /// The URL with another database; a MongoDB server knows the client by the database's name then.
    pub fn with_database(&self, name: &str) -> String {
        let mut options = self.options.clone();
        if self.is_mongodb() {
            options.retain(|option| !names(option, "appName"));
            if self.before.contains('@') && !self.has("authSource") {
                // The path said where the user is known; now it names another database.
                let known = match self.path.trim_start_matches('/') {
                    "" => "admin",
                    path => path,
                };
                options.push(format!("authSource={known}").into());
            }
            options.push(format!("appName={name}").into());
        }
        self.joined(self.server, &format!("/{name}"), &options)
    }

    fn has(&self, name: &str) -> bool {
        self.options.iter().any(|option| names(option, name))
    }

    fn joined(&self, server: &str, path: &str, options: &[Cow<'_, str>]) -> String {
        let before = self.before;
        if options.is_empty() {
            return format!("{before}{server}{path}");
        }
        let path = if path.is_empty() { "/" } else { path };
        format!("{before}{server}{path}?{}", options.join("&"))
    }
}

fn names(option: &str, name: &str) -> bool {
    let key = option.split('=').next();
    key.is_some_and(|key| key.eq_ignore_ascii_case(name))
}

/// Returns when something listens where a URL leads. One of several servers is not looked for: their driver finds them.
///
/// # Errors
/// When nobody does.
pub async fn reach(url: &str) -> anyhow::Result<()> {
    if let Ok(target) = ServerUrl::of(url).target() {
        let connected = timeout(DEADLINE, TcpStream::connect(&target)).await;
        connected
            .with_context(|| format!("{target} does not answer"))?
            .with_context(|| format!("connect to {target}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::ServerUrl;

    #[test]
    fn only_the_server_of_a_url_is_another_and_a_client_of_mongodb_is_kept_to_it() {
        for (url, target, moved) in [
            (
                "postgres://u:p@h:1/db?sslmode=disable",
                "h:1",
                "postgres://u:p@127.0.0.1:9/db?sslmode=disable",
            ),
            ("postgres://h/db", "h:5432", "postgres://127.0.0.1:9/db"),
            (
                "mongodb://h",
                "h:27017",
                "mongodb://127.0.0.1:9/?directConnection=true",
            ),
            (
                "mongodb://h:1/db",
                "h:1",
                "mongodb://127.0.0.1:9/db?directConnection=true",
            ),
            (
                "mongodb://u:p@h:1/db?appName=a",
                "h:1",
                "mongodb://u:p@127.0.0.1:9/db?appName=a&directConnection=true",
            ),
            (
                "mongodb://h:1/db?directConnection=true&a=b",
                "h:1",
                "mongodb://127.0.0.1:9/db?directConnection=true&a=b",
            ),
        ] {
            let parts = ServerUrl::of(url);
            assert_eq!(parts.target().unwrap(), target);
            assert_eq!(parts.moved_to(([127, 0, 0, 1], 9).into()), moved);
        }
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
            assert!(ServerUrl::of(url).target().is_err(), "{url}");
        }
    }

    #[test]
    fn the_database_is_put_into_any_form_of_url_and_users_stay_where_they_are_known() {
        for (url, expected) in [
            ("postgres://u:p@h:1/x?a=b", "postgres://u:p@h:1/db?a=b"),
            ("postgres://h", "postgres://h/db"),
            ("mongodb://h:1", "mongodb://h:1/db?appName=db"),
            ("mongodb://h:1/", "mongodb://h:1/db?appName=db"),
            (
                "mongodb://a:1,b:2/?replicaSet=r",
                "mongodb://a:1,b:2/db?replicaSet=r&appName=db",
            ),
            (
                "mongodb+srv://h/?appname=x&w=1",
                "mongodb+srv://h/db?w=1&appName=db",
            ),
            (
                "mongodb://u:p@h",
                "mongodb://u:p@h/db?authSource=admin&appName=db",
            ),
            (
                "mongodb://u:p@h/users",
                "mongodb://u:p@h/db?authSource=users&appName=db",
            ),
            (
                "mongodb://u:p@h/x?authSource=y",
                "mongodb://u:p@h/db?authSource=y&appName=db",
            ),
        ] {
            assert_eq!(ServerUrl::of(url).with_database("db"), expected);
        }
    }
}
