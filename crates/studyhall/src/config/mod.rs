//! What the program runs with. Nothing else reads the environment.

mod backlog_cap;
mod below;
mod proxies;
mod rates;

use std::{path::PathBuf, time::Duration};

use twinbase_cli::{
    PrimaryUrl, ReplicaUrl,
    settings::{LogFilter, Secret},
};

pub(crate) use backlog_cap::BacklogCap;
pub(crate) use below::Below;
pub(crate) use proxies::Proxies;
pub(crate) use rates::RateLimits;
pub(crate) use twinbase_cli::{
    settings::{ListenAddress, Origin},
    terminal::LogFormat,
};

twinbase_cli::settings! {
    /// The whole configuration.
    #[derive(Debug, Clone)]
    pub(crate) struct Config in "studyhall.toml" or "STUDYHALL_CONFIG" {
        /// The primary: postgres://, cockroach:// or sqlite:
        ///
        /// Other users of this machine can see the arguments of a process: give a password by
        /// the environment, or by a file that DATABASE_URL_FILE names, instead.
        database_url: PrimaryUrl {
            variable: "DATABASE_URL", value: "URL", default: "sqlite:{data_dir}/studyhall.db", secret: true,
        },
        /// The replica: mongodb:// or embedded:
        mongodb_url: ReplicaUrl {
            variable: "MONGODB_URL", value: "URL", default: "embedded:{data_dir}/documents.db", secret: true,
        },
        /// The folder of embedded databases
        data_dir: PathBuf {
            variable: "STUDYHALL_DATA_DIR", value: "FOLDER", default: "studyhall-data",
        },
        /// The address to listen on
        host: String {
            // Not HOST: some shells set that to the machine's name.
            variable: "STUDYHALL_HOST", value: "ADDRESS", default: "127.0.0.1",
        },
        /// The port to listen on, 0 for any free one
        port: u16 { variable: "PORT", short: Some('p'), value: "PORT", default: "3001" },
        /// The path below which browsers reach the site, such as /study
        ///
        /// For a proxy that serves several sites on one host. It may take the path off or leave it.
        base_path: Below { variable: "STUDYHALL_BASE_PATH", value: "PATH", default: "/" },
        /// What to log
        ///
        /// One of off, error, warn, info, debug and trace, or a filter such as `warn,studyhall=debug`.
        log_level: LogFilter { variable: "STUDYHALL_LOG_LEVEL", value: "LEVEL", default: "info" },
        /// The format of log lines: text or json
        log_format: LogFormat { variable: "STUDYHALL_LOG_FORMAT", value: "FORMAT", default: "text" },
        /// How long a session lasts
        session_lifetime: Duration {
            variable: "STUDYHALL_SESSION_LIFETIME", value: "SPAN", default: "30d",
        },
        /// Whether browsers send the session over TLS alone
        ///
        /// Set it to true when people reach the site by https, through a proxy that ends TLS.
        /// With plain http, except on localhost, browsers would not keep the session. Behind a
        /// proxy set --trusted-proxies as well.
        secure_cookies: bool {
            variable: "STUDYHALL_SECURE_COOKIES", value: "BOOL", default: "false",
        },
        /// How long a worker keeps processed events
        retention: Duration { variable: "STUDYHALL_RETENTION", value: "SPAN", default: "7d" },
        /// The backlog at which a worker raises an alarm, at most 100000; nothing is dropped
        backlog_cap: BacklogCap {
            variable: "STUDYHALL_BACKLOG_CAP", value: "EVENTS", default: "100000",
        },
        /// How often a worker sends a probe through the whole path, off for never
        ///
        /// Without it an idle worker cannot be told from a dead one, and a database that was put back to an earlier state is noticed later or not at all.
        heartbeat: Option<Duration> { variable: "STUDYHALL_HEARTBEAT", value: "SPAN", default: "10s" },
        /// How often a worker compares all documents with their rows, off for never
        ///
        /// It does so slowly, beside everything else, and `health` shows what it found.
        verify_every: Option<Duration> { variable: "STUDYHALL_VERIFY_EVERY", value: "SPAN", default: "1h" },
        /// Whether a worker makes documents anew that it finds wrong
        ///
        /// Otherwise `health` and the metrics say so, and `repair` mends them.
        repair_drift: bool { variable: "STUDYHALL_REPAIR_DRIFT", value: "BOOL", default: "false" },
        /// What a reader of /metrics must send as its bearer token
        ///
        /// Other users of this machine can see the arguments of a process: give it by the
        /// environment, or by a file that STUDYHALL_METRICS_TOKEN_FILE names, instead.
        metrics_token: Option<Secret> {
            variable: "STUDYHALL_METRICS_TOKEN", value: "TOKEN", secret: true,
        },
        /// Where /metrics and /health/live are answered on a port of their own, off for nowhere
        ///
        /// Only this machine may read the metrics there, unless --metrics-token or
        /// --metrics-open is set. Prometheus must scrape every process that runs a worker:
        /// each process exports only its own metrics.
        metrics_listen: Option<ListenAddress> {
            variable: "STUDYHALL_METRICS_LISTEN", value: "ADDRESS:PORT", default: "off",
        },
        /// Whether anybody who reaches a port may read /metrics there without a token
        ///
        /// Set it to true only when no stranger reaches the port, not even through a proxy.
        metrics_open: bool { variable: "STUDYHALL_METRICS_OPEN", value: "BOOL", default: "false" },
        /// The proxies whose X-Forwarded-For or Forwarded header names the client
        ///
        /// Addresses and networks separated by commas, such as 127.0.0.1,10.0.0.0/8. Without it
        /// all users behind a proxy share one limit of failed logins, that of the proxy.
        trusted_proxies: Proxies { variable: "STUDYHALL_TRUSTED_PROXIES", value: "NETWORKS" },
        /// How much one user may do in a minute, off for no limits
        ///
        /// Numbers for what costs, separated by commas; what is not named keeps its default. One address may do
        /// twenty times as much: behind it there can be a class.
        rate_limits: RateLimits {
            variable: "STUDYHALL_RATE_LIMITS", value: "RATES",
            default: "write=300,search=120,export=20,friend-request=30,message=120,response=60",
        },
        /// The folder in which POST /api/backup/full makes backups
        ///
        /// Each has a folder of its own, named by its time. They are never deleted here.
        backup_dir: PathBuf {
            variable: "STUDYHALL_BACKUP_DIR", value: "FOLDER", default: "{data_dir}/backups",
        },
        /// A file with the time that the program takes for the present, or an address that answers it, for tests
        ///
        /// It has one time, such as 2030-01-31T09:00:00Z, and is read whenever the program asks for the
        /// time. An address is of this machine, such as http://127.0.0.1:8080/now, and is asked every 20 ms. Refused unless both databases are embedded or --test-run is set.
        ///
        /// What a database records of its own work goes by the database's clock all the same: when an event was written and applied, when an operation began and ended, and when a backup was taken.
        test_clock: Option<PathBuf> { variable: "STUDYHALL_TEST_CLOCK", value: "URL|FILE" },
        /// Whether the databases are a test's, so that --test-clock may be used on servers
        test_run: bool { variable: "STUDYHALL_TEST", value: "BOOL", default: "false" },
    }
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
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use twinbase_cli::settings::{ConfigError, Environment, Flags, Settings as _};

    use super::*;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        settings: Flags<Config>,
    }

    fn resolved(flag: &str, value: &str) -> Result<Config, ConfigError> {
        let flag = format!("{flag}={value}");
        let arguments = Arguments::parse_from(["studyhall", &flag]);
        Config::resolve(&arguments.settings, &Environment::default())
    }

    #[test]
    fn the_data_folder_moves_both_embedded_databases() {
        let config = resolved("--data-dir", "/d").unwrap();
        assert_eq!(config.database_url.value.expose(), "sqlite:/d/studyhall.db");
        assert_eq!(
            config.mongodb_url.value.expose(),
            "embedded:/d/documents.db"
        );
        assert!(config.uses_data_folder());
    }

    #[test]
    fn a_heartbeat_can_be_switched_off() {
        let heartbeat = |text| resolved("--heartbeat", text).unwrap().heartbeat.value;
        assert_eq!(heartbeat("off"), None);
        assert_eq!(heartbeat("1m"), Some(Duration::from_mins(1)));
    }

    #[test]
    fn values_that_cannot_be_used_are_refused_with_a_remedy() {
        for (flag, text) in [
            ("--port", "70000"),
            ("--port", "http"),
            ("--log-level", "loud"),
            ("--log-format", "xml"),
            ("--session-lifetime", "forever"),
            ("--secure-cookies", "yes"),
            ("--retention", "7"),
            ("--backlog-cap", "0"),
            ("--backlog-cap", "1e6"),
            ("--heartbeat", "never"),
            ("--metrics-token", "too short"),
            ("--metrics-listen", "9101"),
            ("--metrics-open", "yes"),
            ("--trusted-proxies", "10.0.0.0/8,proxy"),
            ("--rate-limits", "write=0"),
            ("--base-path", "study"),
            ("--base-path", "/a//b"),
            ("--database-url", "mysql://h/d"),
        ] {
            let error = resolved(flag, text).unwrap_err();
            assert!(error.to_string().starts_with(flag), "{error}");
            assert!(!error.remedy().is_empty());
        }
    }
}
