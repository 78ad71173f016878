//! The names of the settings: in the file, in the environment, on the command line.

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// The primary.
    DatabaseUrl,
    /// The replica.
    MongodbUrl,
    /// The data folder.
    DataDir,
    /// The address to listen on.
    Host,
    /// The port to listen on.
    Port,
    /// What is logged.
    LogLevel,
    /// How it is logged.
    LogFormat,
    /// How long a login is good for.
    SessionLifetime,
    /// Whether browsers send the session over TLS alone.
    SecureCookies,
    /// How long events that are done are kept.
    Retention,
    /// The backlog above which an alarm is raised.
    BacklogCap,
    /// How often a heartbeat goes through the whole path.
    Heartbeat,
    /// What whoever reads the metrics must know.
    MetricsToken,
    /// Where the metrics are answered apart from the server's own port.
    MetricsListen,
    /// Whether anybody may read the metrics.
    MetricsOpen,
    /// The proxies that report the addresses of clients.
    TrustedProxies,
}

impl Key {
    /// All settings, in the order in which they are shown.
    pub(crate) const ALL: [Self; 16] = [
        Self::DatabaseUrl,
        Self::MongodbUrl,
        Self::DataDir,
        Self::Host,
        Self::Port,
        Self::LogLevel,
        Self::LogFormat,
        Self::SessionLifetime,
        Self::SecureCookies,
        Self::Retention,
        Self::BacklogCap,
        Self::Heartbeat,
        Self::MetricsToken,
        Self::MetricsListen,
        Self::MetricsOpen,
        Self::TrustedProxies,
    ];

    /// Its name in the configuration file.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::DatabaseUrl => "database_url",
            Self::MongodbUrl => "mongodb_url",
            Self::DataDir => "data_dir",
            Self::Host => "host",
            Self::Port => "port",
            Self::LogLevel => "log_level",
            Self::LogFormat => "log_format",
            Self::SessionLifetime => "session_lifetime",
            Self::SecureCookies => "secure_cookies",
            Self::Retention => "retention",
            Self::BacklogCap => "backlog_cap",
            Self::Heartbeat => "heartbeat",
            Self::MetricsToken => "metrics_token",
            Self::MetricsListen => "metrics_listen",
            Self::MetricsOpen => "metrics_open",
            Self::TrustedProxies => "trusted_proxies",
        }
    }

    /// Its environment variable. Not `HOST`: some shells set that to the machine's name.
    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::DatabaseUrl => "DATABASE_URL",
            Self::MongodbUrl => "MONGODB_URL",
            Self::DataDir => "STUDYHALL_DATA_DIR",
            Self::Host => "STUDYHALL_HOST",
            Self::Port => "PORT",
            Self::LogLevel => "STUDYHALL_LOG_LEVEL",
            Self::LogFormat => "STUDYHALL_LOG_FORMAT",
            Self::SessionLifetime => "STUDYHALL_SESSION_LIFETIME",
            Self::SecureCookies => "STUDYHALL_SECURE_COOKIES",
            Self::Retention => "STUDYHALL_RETENTION",
            Self::BacklogCap => "STUDYHALL_BACKLOG_CAP",
            Self::Heartbeat => "STUDYHALL_HEARTBEAT",
            Self::MetricsToken => "STUDYHALL_METRICS_TOKEN",
            Self::MetricsListen => "STUDYHALL_METRICS_LISTEN",
            Self::MetricsOpen => "STUDYHALL_METRICS_OPEN",
            Self::TrustedProxies => "STUDYHALL_TRUSTED_PROXIES",
        }
    }

    /// Its flag.
    pub(crate) const fn flag(self) -> &'static str {
        match self {
            Self::DatabaseUrl => "--database-url",
            Self::MongodbUrl => "--mongodb-url",
            Self::DataDir => "--data-dir",
            Self::Host => "--host",
            Self::Port => "--port",
            Self::LogLevel => "--log-level",
            Self::LogFormat => "--log-format",
            Self::SessionLifetime => "--session-lifetime",
            Self::SecureCookies => "--secure-cookies",
            Self::Retention => "--retention",
            Self::BacklogCap => "--backlog-cap",
            Self::Heartbeat => "--heartbeat",
            Self::MetricsToken => "--metrics-token",
            Self::MetricsListen => "--metrics-listen",
            Self::MetricsOpen => "--metrics-open",
            Self::TrustedProxies => "--trusted-proxies",
        }
    }

    /// For a setting that is or may hold a secret: the key and the variable that name a file with it.
    pub(crate) const fn secret_file(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::DatabaseUrl => Some(("database_url_file", "DATABASE_URL_FILE")),
            Self::MongodbUrl => Some(("mongodb_url_file", "MONGODB_URL_FILE")),
            Self::MetricsToken => Some(("metrics_token_file", "STUDYHALL_METRICS_TOKEN_FILE")),
            _ => None,
        }
    }
}
