//! The command line of `twinbase`.

use clap::{Parser, Subcommand};
use twinbase_cli::{
    About, Presentation,
    settings::{ConfigAction, Flags},
};

use crate::config::Config;

const LONG_ABOUT: &str = "\
Operates any two databases that Twinbase keeps in step: events, workers, pauses, health,
comparison, repair and rebuilds.

It knows the aggregates as the application registered them in the primary when it migrated.";

const EXAMPLES: &str = "\
Examples:
  twinbase --primary postgres://db/app --replica mongodb://mongo/app health
  DATABASE_URL=postgres://db/app MONGODB_URL=mongodb://mongo/app twinbase top
  twinbase outbox groups
  twinbase outbox retry --error-key KEY --rate 200/s
  twinbase verify
  twinbase pause --reason \"the replica is moved\"

Exit codes:
  0  done           1  error          2  wrong usage or configuration
  3  checked, and the answer is bad (unhealthy, migrations pending)
  4  done in part  130  ended by Ctrl-C, 143 by SIGTERM, before it was done";

/// The program's arguments.
#[derive(Debug, Parser)]
#[command(name = "twinbase", version, long_about = LONG_ABOUT, after_long_help = EXAMPLES)]
#[command(about = "Operates any two databases that Twinbase keeps in step")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) settings: Flags<Config>,
    #[command(flatten)]
    pub(crate) presentation: Presentation,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Operate(twinbase_cli::Command),
    /// Inspect the configuration.
    Config {
        /// What to do with it.
        #[command(subcommand)]
        action: ConfigAction,
    },
    #[command(flatten)]
    About(About),
}
