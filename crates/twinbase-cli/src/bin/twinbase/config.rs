//! What `twinbase` is told: the two databases, and how it logs.

use twinbase_cli::{
    PrimaryUrl, ReplicaUrl,
    settings::LogFilter,
    terminal::{self, ColorChoice, LogFormat},
};

twinbase_cli::settings! {
    /// The whole configuration.
    #[derive(Debug, Clone)]
    pub(crate) struct Config in "twinbase.toml" or "TWINBASE_CONFIG" {
        /// The primary: postgres://, cockroach:// or sqlite:
        ///
        /// Other users of this machine can see the arguments of a process: give a password by
        /// the environment, or by a file that DATABASE_URL_FILE names, instead.
        primary: Option<PrimaryUrl> { variable: "DATABASE_URL", value: "URL", secret: true },
        /// The replica: mongodb:// or embedded:
        replica: Option<ReplicaUrl> { variable: "MONGODB_URL", value: "URL", secret: true },
        /// What to log
        ///
        /// One of off, error, warn, info, debug and trace, or a filter such as `warn,twinbase=debug`.
        log_level: LogFilter { variable: "TWINBASE_LOG_LEVEL", value: "LEVEL", default: "warn" },
        /// The format of log lines: text or json
        log_format: LogFormat { variable: "TWINBASE_LOG_FORMAT", value: "FORMAT", default: "text" },
    }
}

impl Config {
    /// Logs from now on as configured, without the passwords of the databases.
    pub(crate) fn start_logging(&self, color: ColorChoice) {
        let primary = self.primary.value.as_ref().map(PrimaryUrl::expose);
        let replica = self.replica.value.as_ref().map(ReplicaUrl::expose);
        terminal::hide(primary.into_iter().chain(replica), None);
        let level = self.log_level.value.as_str();
        terminal::start_logging(level, self.log_format.value, color);
    }
}
