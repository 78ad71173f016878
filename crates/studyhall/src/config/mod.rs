//! What the program runs with: flag over environment over file over default.
//!
//! Every setting is resolved once, here, to a value with its origin; nothing else
//! reads the environment. Secrets show only through [`PrimaryUrl::expose`] and its siblings.

mod environment;
mod error;
mod file;
mod key;
mod listen_address;
mod metrics_token;
mod origin;
mod resolve;
mod span;

use std::{path::PathBuf, time::Duration};

use studyhall::api::TrustedProxies;

pub(crate) use environment::Environment;
pub(crate) use error::ConfigError;
pub(crate) use key::Key;
pub(crate) use listen_address::ListenAddress;
pub(crate) use metrics_token::MetricsToken;
pub(crate) use origin::Origin;
pub(crate) use resolve::{Flags, resolve};
pub(crate) use twinbase_cli::terminal::LogFormat;
use twinbase_cli::{PrimaryUrl, ReplicaUrl};

/// A value, and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Setting<T> {
    /// The value.
    pub(crate) value: T,
    /// Its origin.
    pub(crate) origin: Origin,
}

/// The whole configuration.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// The configuration file, when there is one.
    pub(crate) file: Option<PathBuf>,
    /// The primary.
    pub(crate) database_url: Setting<PrimaryUrl>,
    /// The replica.
    pub(crate) mongodb_url: Setting<ReplicaUrl>,
    /// Where embedded databases lie.
    pub(crate) data_dir: Setting<PathBuf>,
    /// The address to listen on: an IP address or a name.
    pub(crate) host: Setting<String>,
    /// The port to listen on; 0 for any free one.
    pub(crate) port: Setting<u16>,
    /// What is logged, in the syntax of `tracing`'s filters.
    pub(crate) log_level: Setting<String>,
    /// How log lines look.
    pub(crate) log_format: Setting<LogFormat>,
    /// How long a login is good for.
    pub(crate) session_lifetime: Setting<Duration>,
    /// Whether browsers may send the session's cookie over TLS alone.
    pub(crate) secure_cookies: Setting<bool>,
    /// How long events that are done are kept.
    pub(crate) retention: Setting<Duration>,
    /// The backlog above which an alarm is raised.
    pub(crate) backlog_cap: Setting<u64>,
    /// How often a heartbeat goes through the whole path; `None` for never.
    pub(crate) heartbeat: Setting<Option<Duration>>,
    /// What whoever reads the metrics must know.
    pub(crate) metrics_token: Setting<MetricsToken>,
    /// Where the metrics are answered apart from the server's own port; `None` for nowhere.
    pub(crate) metrics_listen: Setting<Option<ListenAddress>>,
    /// Whether anybody may read the metrics.
    pub(crate) metrics_open: Setting<bool>,
    /// The proxies that report the addresses of clients.
    pub(crate) trusted_proxies: Setting<TrustedProxies>,
}

/// One line of `config show`.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The setting.
    pub(crate) key: Key,
    /// Its value without secrets.
    pub(crate) value: serde_json::Value,
    /// Where it came from.
    pub(crate) origin: Origin,
}

impl Config {
    /// Whether a database lies in the data folder by default.
    pub(crate) fn uses_data_folder(&self) -> bool {
        self.database_url.origin == Origin::Default || self.mongodb_url.origin == Origin::Default
    }

    /// The databases that are not files of this program, without secrets.
    pub(crate) fn servers(&self) -> Vec<String> {
        let urls = [
            self.database_url.value.redacted(),
            self.mongodb_url.value.redacted(),
        ];
        let is_file = |url: &String| url.starts_with("sqlite:") || url.starts_with("embedded:");
        urls.into_iter().filter(|url| !is_file(url)).collect()
    }

    /// All settings, with secrets hidden.
    pub(crate) fn shown(&self) -> Vec<Shown> {
        Key::ALL.into_iter().map(|key| self.show(key)).collect()
    }

    fn show(&self, key: Key) -> Shown {
        let (value, origin) = match key {
            Key::DatabaseUrl => (
                self.database_url.value.redacted().into(),
                &self.database_url.origin,
            ),
            Key::MongodbUrl => (
                self.mongodb_url.value.redacted().into(),
                &self.mongodb_url.origin,
            ),
            Key::DataDir => (
                self.data_dir.value.display().to_string().into(),
                &self.data_dir.origin,
            ),
            Key::Host => (self.host.value.clone().into(), &self.host.origin),
            Key::Port => (self.port.value.into(), &self.port.origin),
            Key::LogLevel => (self.log_level.value.clone().into(), &self.log_level.origin),
            Key::LogFormat => (self.log_format.value.name().into(), &self.log_format.origin),
            Key::SessionLifetime => (
                span::write(self.session_lifetime.value).into(),
                &self.session_lifetime.origin,
            ),
            Key::SecureCookies => (
                self.secure_cookies.value.into(),
                &self.secure_cookies.origin,
            ),
            Key::Retention => (
                span::write(self.retention.value).into(),
                &self.retention.origin,
            ),
            Key::BacklogCap => (self.backlog_cap.value.into(), &self.backlog_cap.origin),
            Key::Heartbeat => (
                (self.heartbeat.value)
                    .map_or_else(|| span::OFF.to_owned(), span::write)
                    .into(),
                &self.heartbeat.origin,
            ),
            Key::MetricsToken => (
                self.metrics_token.value.redacted().into(),
                &self.metrics_token.origin,
            ),
            Key::MetricsListen => (
                (self.metrics_listen.value.as_ref())
                    .map_or_else(|| span::OFF.to_owned(), ToString::to_string)
                    .into(),
                &self.metrics_listen.origin,
            ),
            Key::MetricsOpen => (self.metrics_open.value.into(), &self.metrics_open.origin),
            Key::TrustedProxies => (
                self.trusted_proxies.value.to_string().into(),
                &self.trusted_proxies.origin,
            ),
        };
        Shown {
            key,
            value,
            origin: origin.clone(),
        }
    }
}
