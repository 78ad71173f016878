//! A connection URL, taken apart: what tokio-postgres reads itself, and what it does not know.
//!
//! No error of this module repeats the URL: it holds a password.

use std::{collections::HashMap, path::PathBuf};

use percent_encoding::percent_decode_str;
use tokio_postgres::{Config, config::Host};
use twinbase_core::PrimaryError;

use super::Options;
use crate::fail;

/// libpq's modes of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Which authorities are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    /// Those that browsers trust.
    Public,
    /// Those of the operating system.
    System,
    /// Those in a PEM file.
    File(PathBuf),
}

/// How TLS is to be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tls {
    pub(super) mode: SslMode,
    pub(super) roots: Roots,
    /// Files of our own certificate and its key.
    pub(super) identity: Option<(PathBuf, PathBuf)>,
}

/// Where and how to connect.
pub(super) struct Target {
    pub(super) config: Config,
    pub(super) tls: Tls,
    pub(super) search_path: Option<String>,
    /// How many connections the pool may have, when the URL says so.
    pub(super) max_connections: Option<usize>,
    /// `host:port/database`, for people.
    pub(super) location: String,
    /// Whether the URL itself says that it is a CockroachDB.
    pub(super) says_cockroach: bool,
}

const SCHEMES: [(&str, bool); 4] = [
    ("postgres://", false),
    ("postgresql://", false),
    ("cockroach://", true),
    ("cockroachdb://", true),
];

/// What the URL may leave open. A connection is dead when sent data stays unacknowledged for 15 s; after 30 s
/// of silence the network asks whether the other side is alive.
const DEFAULTS: &str =
    "application_name=twinbase&tcp_user_timeout=15&keepalives_idle=30&keepalives_interval=10";

impl Target {
    pub(super) fn parse(url: &str, options: &Options) -> Result<Self, PrimaryError> {
        let (rest, says_cockroach) = SCHEMES
            .iter()
            .find_map(|(scheme, cockroach)| Some((url.strip_prefix(scheme)?, *cockroach)))
            .ok_or_else(|| refused("the URL must begin with postgres:// or cockroach://"))?;
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (mut ours, mut theirs) = (HashMap::new(), vec![DEFAULTS]);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if OURS.contains(&name) {
                let text = percent_decode_str(value).decode_utf8();
                let text =
                    text.map_err(|_| refused(&format!("the URL's `{name}` is not UTF-8")))?;
                ours.insert(name, text.into_owned());
            } else {
                theirs.push(pair);
            }
        }
        let rebuilt = format!("postgres://{address}?{}", theirs.join("&"));
        let mut config: Config = rebuilt.parse().map_err(|error: tokio_postgres::Error| {
            // The cause names a parameter, never a value.
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            refused(&format!(
                "the URL is not valid: {}",
                cause.unwrap_or_default()
            ))
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(refused("the URL names no host"));
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(options.connect_timeout);
        }
        // An address that is given besides a name is the one that is connected to.
        let local = match config.get_hostaddrs() {
            [] => config.get_hosts().iter().all(is_local),
            addresses => addresses.iter().all(std::net::IpAddr::is_loopback),
        };
        Ok(Self {
            location: location(&config),
            tls: tls(&ours, local)?,
            max_connections: connections(&ours)?,
            search_path: ours.remove("schema"),
            config,
            says_cockroach,
        })
    }
}

/// Parameters that tokio-postgres does not know. The last is Prisma's name for the one before it, so that a URL of
/// the seed's kind means the same here.
const OURS: [&str; 7] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "schema",
    "max_connections",
    "connection_limit",
];

fn tls(ours: &HashMap<&str, String>, local: bool) -> Result<Tls, PrimaryError> {
    let file = |name| ours.get(name).map(PathBuf::from);
    let identity = match (file("sslcert"), file("sslkey")) {
        (Some(cert), Some(key)) => Some((cert, key)),
        (None, None) => None,
        _ => return Err(refused("`sslcert` and `sslkey` go together in the URL")),
    };
    let roots = match file("sslrootcert") {
        Some(file) if file.as_os_str() == "system" => Roots::System,
        Some(file) => Roots::File(file),
        None => Roots::Public,
    };
    let mode = match (ours.get("sslmode"), &roots) {
        (Some(text), _) => mode(text)?,
        (None, Roots::Public | Roots::File(_)) if local => SslMode::Prefer,
        (None, _) => SslMode::VerifyFull,
    };
    let mode = match (mode, &roots) {
        (SslMode::VerifyFull, Roots::System) => mode,
        // As libpq: anybody can have a certificate of a public authority.
        (_, Roots::System) => {
            return Err(refused(
                "`sslrootcert=system` goes with `sslmode=verify-full` only",
            ));
        }
        // As libpq: a given authority is there to be checked.
        (SslMode::Require, Roots::File(_)) => SslMode::VerifyCa,
        _ => mode,
    };
    Ok(Tls {
        mode,
        roots,
        identity,
    })
}

fn connections(ours: &HashMap<&str, String>) -> Result<Option<usize>, PrimaryError> {
    let names = ["max_connections", "connection_limit"];
    let Some((name, text)) = names.iter().find_map(|name| ours.get_key_value(name)) else {
        return Ok(None);
    };
    let number = text.parse().ok().filter(|number| *number > 0);
    number
        .map(Some)
        .ok_or_else(|| refused(&format!("the URL's `{name}` is a number from 1")))
}

fn mode(text: &str) -> Result<SslMode, PrimaryError> {
    Ok(match text {
        "disable" => SslMode::Disable,
        "allow" => SslMode::Allow,
        "prefer" => SslMode::Prefer,
        "require" => SslMode::Require,
        "verify-ca" => SslMode::VerifyCa,
        "verify-full" => SslMode::VerifyFull,
        _ => {
            return Err(refused(
                "`sslmode` is one of disable, allow, prefer, require, verify-ca, verify-full",
            ));
        }
    })
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .trim_matches(['[', ']'])
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn location(config: &Config) -> String {
    let ports = config.get_ports();
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .enumerate()
        .map(|(at, host)| {
            let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) if name.contains(':') => format!("[{name}]:{port}"),
                Host::Tcp(name) => format!("{name}:{port}"),
                #[cfg(unix)]
                Host::Unix(path) => format!("{}:{port}", path.display()),
            }
        })
        .collect();
    let database = config.get_dbname().or(config.get_user()).unwrap_or("?");
    format!("{}/{database}", hosts.join(","))
}

fn refused(reason: &str) -> PrimaryError {
    fail::refused("read DATABASE_URL", reason.to_owned())
}

#[cfg(test)]
#[path = "url_tests.rs"]
mod tests;
