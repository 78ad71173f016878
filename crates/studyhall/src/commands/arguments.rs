//! The command line: names, help and examples. What a command does is in its own file.

use clap::{Args, Parser, Subcommand};
use twinbase_cli::{
    Presentation,
    settings::{ConfigAction, Flags},
};

use super::{operator::OperatorAction, restore::Restore};
use crate::config::Config;

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

/// The program's arguments.
#[derive(Debug, Parser)]
#[command(name = "studyhall", version, about = ABOUT, long_about = LONG_ABOUT, after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) settings: Flags<Config>,
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
    /// Put a backup into the place of the embedded databases.
    #[command(after_long_help = "\
Examples:
  studyhall backup copies/monday
  studyhall restore copies/monday

Refused while a server or worker uses the data folder. What is there is moved into a folder
beside it and never deleted. What was written after the backup is not in it: clients that kept
versions or tokens from that time must read again.")]
    Restore(Restore),
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
  studyhall demo --people 10 --days 30 --seed 7

200 people and a year of their todos, sessions, reports, friendships, messages and
forms, which ends now. The same seed makes the same people. It is refused where there
are people, and asks first when a database is not embedded: the accounts have a
password that is printed.")]
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
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub(crate) people: u32,
    /// For how many days there have been any.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub(crate) days: u32,
    /// The seed of all that is made up.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Add them to the people who are there.
    #[arg(long)]
    pub(crate) force: bool,
    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        twinbase_cli::program::describe::<Arguments>().debug_assert();
    }
}
