//! The command line: names, help and examples. What a command does is in its own file.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use twinbase_cli::Presentation;

use super::operator::OperatorAction;
use crate::config::{Flags, Key};

const ABOUT: &str = "A study community that writes to SQL and reads from documents";

const LONG_ABOUT: &str = "\
A study community that writes to SQL and reads from documents.

Without a command, everything runs in this one process: the HTTP server and the
worker that carries each committed change to the document database. Without any
configuration both databases are embedded, in the folder `studyhall-data`.";

const EXAMPLES: &str = "\
Examples:
  studyhall                                 run everything, at http://localhost:3001
  studyhall demo                            fill a community to look at
  PORT=8080 studyhall                       another port
  DATABASE_URL=postgres://u:p@db/app studyhall
                                            PostgreSQL or CockroachDB as the primary
  MONGODB_URL=mongodb://mongo/app studyhall
                                            MongoDB as the replica
  studyhall serve & studyhall worker        server and worker as two processes
  studyhall verify && echo both sides agree
  studyhall top                             lag, backlog, workers and failures at a glance

Exit codes:
  0  done           1  error          2  wrong usage or configuration
  3  checked, and the answer is bad (drift, unhealthy, migrations pending)
  4  done in part  130  ended by Ctrl-C, 143 by SIGTERM, before it was done

A server or worker that is asked to stop (Ctrl-C or SIGTERM) finishes what is in
flight and exits with 0; asked again, it ends at once.";

const DATABASE_URL_HELP: &str = "\
The primary: postgres://, cockroach:// or sqlite: [env: DATABASE_URL, DATABASE_URL_FILE]

Other users of this machine can see the arguments of a process: give a password by
the environment, or by a file that DATABASE_URL_FILE names, instead.";

const MONGODB_URL_HELP: &str = "\
The replica: mongodb:// or embedded: [env: MONGODB_URL, MONGODB_URL_FILE]";

const LOG_LEVEL_HELP: &str = "\
What to log: off, error, warn, info, debug or trace, or a filter such as
`warn,studyhall=debug` [env: STUDYHALL_LOG_LEVEL] [default: info]";

const SECURE_COOKIES_HELP: &str = "\
Whether browsers send the session over TLS alone [env: STUDYHALL_SECURE_COOKIES] [default: false]

Set it to true when people reach the site by https, through a proxy that ends TLS.
With plain http, except on localhost, browsers would not keep the session. Behind a
proxy set --trusted-proxies as well.";

const HEARTBEAT_HELP: &str = "\
How often a worker sends a probe through the whole path, off for never
[env: STUDYHALL_HEARTBEAT] [default: 10s]

Without it an idle worker cannot be told from a dead one.";

const METRICS_TOKEN_HELP: &str = "\
What a reader of /metrics must send as its bearer token
[env: STUDYHALL_METRICS_TOKEN, STUDYHALL_METRICS_TOKEN_FILE]

Other users of this machine can see the arguments of a process: give it by the
environment, or by a file that STUDYHALL_METRICS_TOKEN_FILE names, instead.";

const METRICS_LISTEN_HELP: &str = "\
Where /metrics and /health/live are answered on a port of their own, off for nowhere
[env: STUDYHALL_METRICS_LISTEN] [default: off]

Only this machine may read the metrics there, unless --metrics-token or
--metrics-open is set. Prometheus must scrape every process that runs a worker:
each process exports only its own metrics.";

const METRICS_OPEN_HELP: &str = "\
Whether anybody who reaches a port may read /metrics there without a token
[env: STUDYHALL_METRICS_OPEN] [default: false]

Set it to true only when no stranger reaches the port, not even through a proxy.";

const TRUSTED_PROXIES_HELP: &str = "\
The proxies whose X-Forwarded-For or Forwarded header names the client
[env: STUDYHALL_TRUSTED_PROXIES] [default: none]

Addresses and networks separated by commas, such as 127.0.0.1,10.0.0.0/8. Without it
all users behind a proxy share one limit of failed logins, that of the proxy.";

/// The program's arguments.
#[derive(Debug, Parser)]
#[command(name = "studyhall", version, about = ABOUT, long_about = LONG_ABOUT, after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    pub(crate) presentation: Presentation,
    /// What to do; everything in one process when left out.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the HTTP server alone.
    #[command(after_long_help = "\
Example:
  studyhall serve --port 3001 & studyhall worker

Changes stay pending in the primary until a worker carries them to the document database.")]
    Serve,
    /// Run the worker alone, which carries changes to the document database.
    #[command(after_long_help = "\
Example:
  DATABASE_URL=postgres://u:p@db/app MONGODB_URL=mongodb://mongo/app studyhall worker
  studyhall worker --metrics-listen 127.0.0.1:9101    for Prometheus, and a probe of its life

Any number of workers may run against the same databases; embedded databases have one.")]
    Worker,
    #[command(flatten)]
    Operate(twinbase_cli::Command),
    /// Manage who may inspect events and act on them over HTTP.
    Operator {
        /// What to do.
        #[command(subcommand)]
        action: OperatorAction,
    },
    /// Fill a believable community, through the same write path as the API.
    #[command(after_long_help = "\
Examples:
  studyhall demo
  studyhall demo --users 10 --todos 200 --seed 7

The same seed makes the same people and todos. Data that is there is kept. It asks
first when a database is not embedded: the accounts have a password that is printed.")]
    Demo(Demo),
    /// Inspect the configuration.
    Config {
        /// What to do with it.
        #[command(subcommand)]
        action: ConfigAction,
    },
    #[command(flatten)]
    About(twinbase_cli::About),
}

/// The arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// How many people.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) users: u32,
    /// How many todos in total.
    #[arg(long, default_value_t = 3_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub(crate) todos: u32,
    /// The seed of the random names, titles and times.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Add what is missing of a demo that was begun before.
    #[arg(long = "continue")]
    pub(crate) go_on: bool,
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// The arguments of `config`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Show the configuration that would be used, with secrets hidden.
    #[command(after_long_help = "\
Examples:
  studyhall config show
  studyhall config show --origin --json

A flag wins over the environment, that over the file, that over the default.")]
    Show {
        /// Show where each value comes from.
        #[arg(long)]
        origin: bool,
    },
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
struct Settings {
    #[arg(long, global = true, value_name = "FILE")]
    #[arg(
        help = "The configuration file [env: STUDYHALL_CONFIG] [default: studyhall.toml, if it exists]"
    )]
    config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "FOLDER")]
    #[arg(
        help = "The folder of embedded databases [env: STUDYHALL_DATA_DIR] [default: studyhall-data]"
    )]
    data_dir: Option<String>,
    #[arg(long, global = true, value_name = "URL", long_help = DATABASE_URL_HELP)]
    #[arg(help = "The primary: postgres://, cockroach:// or sqlite: [env: DATABASE_URL]")]
    database_url: Option<String>,
    #[arg(long, global = true, value_name = "URL", long_help = MONGODB_URL_HELP)]
    #[arg(help = "The replica: mongodb:// or embedded: [env: MONGODB_URL]")]
    mongodb_url: Option<String>,
    #[arg(long, global = true, value_name = "ADDRESS")]
    #[arg(help = "The address to listen on [env: STUDYHALL_HOST] [default: 127.0.0.1]")]
    host: Option<String>,
    #[arg(long, short, global = true, value_name = "PORT")]
    #[arg(help = "The port to listen on, 0 for any free one [env: PORT] [default: 3001]")]
    port: Option<String>,
    #[arg(long, global = true, value_name = "LEVEL", long_help = LOG_LEVEL_HELP)]
    #[arg(help = "What to log [env: STUDYHALL_LOG_LEVEL] [default: info]")]
    log_level: Option<String>,
    #[arg(long, global = true, value_name = "FORMAT")]
    #[arg(
        help = "The format of log lines: text or json [env: STUDYHALL_LOG_FORMAT] [default: text]"
    )]
    log_format: Option<String>,
    #[arg(long, global = true, value_name = "SPAN")]
    #[arg(help = "How long a session lasts [env: STUDYHALL_SESSION_LIFETIME] [default: 30d]")]
    session_lifetime: Option<String>,
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", long_help = SECURE_COOKIES_HELP)]
    #[arg(
        help = "Whether browsers send the session over TLS alone [env: STUDYHALL_SECURE_COOKIES] [default: false]"
    )]
    secure_cookies: Option<String>,
    #[arg(long, global = true, value_name = "SPAN")]
    #[arg(
        help = "How long a worker keeps processed events [env: STUDYHALL_RETENTION] [default: 7d]"
    )]
    retention: Option<String>,
    #[arg(long, global = true, value_name = "EVENTS")]
    #[arg(
        help = "The backlog at which a worker raises an alarm, at most 100000; nothing is dropped [env: STUDYHALL_BACKLOG_CAP] [default: 100000]"
    )]
    backlog_cap: Option<String>,
    #[arg(long, global = true, value_name = "SPAN", long_help = HEARTBEAT_HELP)]
    #[arg(
        help = "How often a worker sends a probe through the whole path, off for never [env: STUDYHALL_HEARTBEAT] [default: 10s]"
    )]
    heartbeat: Option<String>,
    #[arg(long, global = true, value_name = "TOKEN", long_help = METRICS_TOKEN_HELP)]
    #[arg(help = "What a reader of /metrics must send [env: STUDYHALL_METRICS_TOKEN]")]
    metrics_token: Option<String>,
    #[arg(long, global = true, value_name = "ADDRESS:PORT", long_help = METRICS_LISTEN_HELP)]
    #[arg(
        help = "Where /metrics is answered on a port of its own, off for nowhere [env: STUDYHALL_METRICS_LISTEN] [default: off]"
    )]
    metrics_listen: Option<String>,
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", long_help = METRICS_OPEN_HELP)]
    #[arg(
        help = "Whether anybody may read /metrics without a token [env: STUDYHALL_METRICS_OPEN] [default: false]"
    )]
    metrics_open: Option<String>,
    #[arg(long, global = true, value_name = "NETWORKS", long_help = TRUSTED_PROXIES_HELP)]
    #[arg(
        help = "The proxies that report the addresses of clients [env: STUDYHALL_TRUSTED_PROXIES] [default: none]"
    )]
    trusted_proxies: Option<String>,
}

impl Arguments {
    /// The settings that are given as flags.
    pub(crate) fn flags(&self) -> Flags {
        let settings = &self.settings;
        let given = [
            (Key::DataDir, &settings.data_dir),
            (Key::DatabaseUrl, &settings.database_url),
            (Key::MongodbUrl, &settings.mongodb_url),
            (Key::Host, &settings.host),
            (Key::Port, &settings.port),
            (Key::LogLevel, &settings.log_level),
            (Key::LogFormat, &settings.log_format),
            (Key::SessionLifetime, &settings.session_lifetime),
            (Key::SecureCookies, &settings.secure_cookies),
            (Key::Retention, &settings.retention),
            (Key::BacklogCap, &settings.backlog_cap),
            (Key::Heartbeat, &settings.heartbeat),
            (Key::MetricsToken, &settings.metrics_token),
            (Key::MetricsListen, &settings.metrics_listen),
            (Key::MetricsOpen, &settings.metrics_open),
            (Key::TrustedProxies, &settings.trusted_proxies),
        ];

        Flags {
            config: settings.config.clone(),
            values: given
                .into_iter()
                .filter_map(|(key, value)| Some((key, value.clone()?)))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        twinbase_cli::program::describe::<Arguments>().debug_assert();
    }
}
